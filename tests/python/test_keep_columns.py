"""Columns of the input that go along into the output of a job: named ones, and all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from cli_support import TEMPLATE, read, run, talk, write

ROWS = [{"messages": talk(), "source": f"s{number}", "n": number} for number in range(3)]


def job(rows: Path, out: Path, *kept: str) -> Any:
    return run("encode", rows, "-o", out, *TEMPLATE, *[part for name in kept for part in ("--keep_columns", name)])


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sorce", "did you mean 'source'?"),
        ("Source", "did you mean 'source'?"),
        ("nothing", "the columns are messages, source, n"),
    ],
)
def test_a_column_that_no_row_has(tmp_path: Path, name: str, advice: str) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)
    result = job(source, tmp_path / "out.jsonl", name)
    assert (result.code, result.err) == (
        2,
        f"swiftcore: usage: --keep_columns: no row has a column '{name}'; {advice}\n",
    )
    assert list(tmp_path.iterdir()) == [source]


def test_a_column_that_no_table_has(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    source = tmp_path / "in.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), source)
    result = job(source, tmp_path / "out.jsonl", "sorce")
    assert (result.code, "has no column 'sorce' to keep; did you mean 'source'?" in result.err) == (1, True)
    assert list(tmp_path.iterdir()) == [source]
    assert job(source, tmp_path / "out.jsonl", "*").code == 0
    (first, *_) = read(tmp_path / "out.jsonl")
    assert (first["source"], first["n"], first["messages"]) == ("s0", 0, talk())


def test_a_column_that_few_rows_have(tmp_path: Path) -> None:
    rows = [{"messages": talk()} for _ in range(3000)]
    rows[2500]["late"] = "x"  # type: ignore[assignment]
    source = write(tmp_path / "in.jsonl", rows)
    assert job(source, tmp_path / "out.jsonl", "late").code == 0
    assert [row["late"] for row in read(tmp_path / "out.jsonl")].count(None) == 2999
    assert job(write(tmp_path / "none.jsonl", []), tmp_path / "none.out.jsonl", "late").code == 0


def test_all_columns(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [ROWS[0], {**ROWS[1], "more": [1]}, ROWS[2]])
    assert job(source, tmp_path / "out.jsonl", "*").code == 0
    rows = read(tmp_path / "out.jsonl")
    assert list(rows[0]) == ["input_ids", "labels", "length", "messages", "source", "n", "more"]
    assert [row["source"] for row in rows] == ["s0", "s1", "s2"]
    assert json.loads(rows[0]["messages"]) == talk()
    assert [row["more"] for row in rows] == [None, "[1]", None]


def test_columns_of_the_output_are_not_taken_for_all(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{**ROWS[0], "length": 99, "input_ids": [1]}])
    assert job(source, tmp_path / "out.jsonl", "*").code == 0
    (row,) = read(tmp_path / "out.jsonl")
    assert (row["length"], len(row["input_ids"]), row["source"]) == (7, 7, "s0")
    result = job(source, tmp_path / "other.jsonl", "length")
    assert (result.code, "which is a column of the output" in result.err) == (2, True)


def test_one_name_is_a_list_of_one(tmp_path: Path) -> None:
    template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
    source = write(tmp_path / "in.jsonl", ROWS)
    swiftcore.encode_files(template, source, tmp_path / "out.jsonl", keep_columns="source")
    assert [row["source"] for row in read(tmp_path / "out.jsonl")] == ["s0", "s1", "s2"]
