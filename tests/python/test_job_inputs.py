"""Input files as people have them: encodings, pretty-printed JSON, files that shrink, errors that name the line."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("swiftcore._native")

from cli_support import read, run, talk, write  # noqa: E402

TEMPLATE = ("--template", "deepseek_v2_5", "--tokenizer", "deepseek", "--mode", "train")


def encode(path, *more):
    output = path.parent / "out.jsonl"
    return run("encode", path, "-o", output, "--overwrite", *TEMPLATE, *more), output


def expected(tmp_path, rows) -> list[dict]:
    result, output = encode(write(tmp_path / "plain.jsonl", rows))
    assert result.code == 0, result.err
    return read(output)


ROWS = [{"messages": talk(f"q{number} é", "a\n{[\"']")} for number in range(50)]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + "".join(json.dumps(row) + "\n" for row in ROWS),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\ufeff \n" + json.dumps(ROWS, indent=0),
        "\n".join(json.dumps(row, indent=4) for row in ROWS),
        "".join(json.dumps(row, indent=0, ensure_ascii=False) for row in ROWS),
        ",\n".join(json.dumps(row, indent=4) for row in ROWS),
        "\n" * 100_000 + "\n \n".join(json.dumps(row) for row in ROWS),
    ],
    ids=["bom", "array", "pretty array", "flat array", "pretty objects", "no separator", "commas", "blank lines"],
)
def test_rows_are_the_same_however_json_is_laid_out(tmp_path, text):
    wanted = expected(tmp_path, ROWS)
    path = tmp_path / "in.json"
    path.write_text(text, encoding="utf-8")
    result, output = encode(path)
    assert result.code == 0, result.err
    assert read(output) == wanted


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_one_error_about_the_file(tmp_path, encoding):
    path = tmp_path / "in.jsonl"
    path.write_bytes("".join(json.dumps(row) + "\n" for row in ROWS).encode(encoding))
    result, output = encode(path)
    assert result.code == 1
    assert "in.jsonl: is UTF-" in result.err.replace("\n", " ")
    assert not output.exists()
    assert not list(tmp_path.glob("*.refused.jsonl"))


def test_errors_about_json_name_the_line_of_the_file(tmp_path):
    path = tmp_path / "in.jsonl"
    lines = [json.dumps(row) for row in ROWS[:3]]
    lines.insert(2, '{"messages": [}')
    path.write_text("\n".join(lines))
    result, output = encode(path)
    assert result.code == 3
    refused = read(output.with_suffix(".jsonl.refused.jsonl"))
    assert [row["line"] for row in refused] == [3]
    assert "line 1" not in refused[0]["reason"]
    assert "at column 15" in refused[0]["reason"]


def test_an_error_inside_an_object_of_several_lines_names_the_line_in_it(tmp_path):
    path = tmp_path / "in.json"
    good = json.dumps(ROWS[0], indent=1)
    path.write_text(f'{good}\n{{\n "messages": [\n  ?\n ]\n}}\n{good}')
    result, output = encode(path)
    assert result.code == 3
    (refused,) = read(output.with_suffix(".jsonl.refused.jsonl"))
    assert refused["line"] == good.count("\n") + 2
    assert "line 3 of the row" in refused["reason"]


def test_a_file_that_is_cut_off_inside_an_object_is_an_error(tmp_path):
    path = tmp_path / "in.json"
    path.write_text("\n".join(json.dumps(row, indent=1) for row in ROWS)[:-3])
    result, output = encode(path)
    assert result.code == 1
    assert "cut off" in result.err
    assert not output.exists()
