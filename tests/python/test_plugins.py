"""Files that register something: read by a call, by every command, and by worker processes."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from cli_support import read, run, spawn, talk, write
from swiftcore import DataError, TemplateError, import_external_file

MINE = """
from swiftcore import Template, TemplateMeta, register_template
from beside import SUFFIX

class Mine(Template):
    load_images = False

    def replace_tag(self, media_type, index, inputs):
        return [f"[{media_type} {index}]"]

register_template(TemplateMeta("plugged", ["<s>"], ["<user>{{QUERY}}<bot>"], ["</s>"], [SUFFIX], template_cls=Mine))
"""
ROW = {"messages": talk("<image>?"), "images": ["a"]}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forgets what a test registers."""
    before = set(swiftcore.TEMPLATE_MAPPING)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("swiftcore.plugins._FILES", {})
    yield
    for name in set(swiftcore.TEMPLATE_MAPPING) - before:
        del swiftcore.TEMPLATE_MAPPING[name]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("SUFFIX = '</s>'\n")
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    sys.modules.pop("beside", None)
    return path


def test_a_file_is_read_once(mine: Path) -> None:
    module = import_external_file(mine)
    assert swiftcore.TEMPLATE_MAPPING["plugged"].template_cls is module.Mine
    assert import_external_file(str(mine)) is module
    assert import_external_file(mine.parent / "." / "mine.py") is module


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x = 1\nraise KeyError('x')\n", DataError, r"bad\.py, line 2: KeyError: 'x'"),
        ("x = 1\nif x\n", DataError, r"bad\.py, line 2: SyntaxError: expected ':'"),
        (
            "from swift.llm import Template\n",
            DataError,
            r"bad\.py, line 1: ModuleNotFoundError: .*from swiftcore import",
        ),
        (
            "from swiftcore import *\nregister_template(TemplateMeta('qwen3', [], ['{{QUERY}}'], []))\n",
            TemplateError,
            r"bad\.py, line 2: template 'qwen3' is registered already, built in at .*pass exist_ok=True to replace it",
        ),
    ],
)
def test_what_goes_wrong_in_a_file_names_the_line(
    tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    for _ in range(2):  # it is no better the second time
        with pytest.raises(error, match=message):
            import_external_file(path)


def test_what_is_no_python_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.py: is not there"):
        import_external_file(tmp_path / "nowhere.py")
    (tmp_path / "rows.jsonl").write_text("{}")
    with pytest.raises(DataError, match=r"rows\.jsonl: is no Python file"):
        import_external_file(tmp_path / "rows.jsonl")


def test_a_built_in_template_is_replaced_on_purpose(tmp_path: Path) -> None:
    before = swiftcore.TEMPLATE_MAPPING["chatml"]
    path = tmp_path / "mine.py"
    meta = "TemplateMeta('chatml', ['<s>'], ['{{QUERY}}'], [], ['</s>'])"
    path.write_text(f"from swiftcore import *\nregister_template({meta}, exist_ok=True)\n")
    try:
        import_external_file(path)
        assert swiftcore.TEMPLATE_MAPPING["chatml"].suffix == ["</s>"]
    finally:
        swiftcore.register_template(before, exist_ok=True)


# The command


@pytest.mark.parametrize("name", ["--custom_register_path", "--external_plugins", "--custom-register-path"])
def test_the_command_reads_it_first(mine: Path, tmp_path: Path, name: str) -> None:
    rows = write(tmp_path / "rows.jsonl", [ROW])
    done = spawn(
        "encode", name, mine, rows, "-o", tmp_path / "ids.jsonl", "--template", "plugged", "--tokenizer", "deepseek"
    )
    assert (done.code, "overrides replace_tag" in done.err) == (0, True), done.err
    (encoded,) = read(tmp_path / "ids.jsonl")
    text = swiftcore.Tokenizer.from_pretrained("deepseek").decode(encoded["input_ids"])
    assert text == "<s><user>[image 0]?<bot>Hello!</s>"


def test_several_files_one_flag_or_several(mine: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.py"
    more.write_text("from swiftcore import *\nregister_template(TemplateMeta('plugged_more', [], ['{{QUERY}}'], []))\n")
    for given in (
        ("--custom_register_path", mine, more),
        ("--custom_register_path", mine, "--external_plugins", more),
        (f"--custom_register_path={mine}", f"--custom_register_path={more}", f"--external_plugins={mine}"),
    ):
        done = spawn("templates", "--names", *given, "--filter", "plugged")
        assert (done.code, done.out.split()) == (0, ["plugged", "plugged_more"]), done.err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("encode", "rows.py", "-o", "x.jsonl", "--template", "chatml"), "usage: rows.py is Python, and no input"),
        (("encode", "rows.jsonl", "more.py", "--show", "1"), "usage: more.py is Python, and no input"),
        (("templates", "--custom_register_path"), "usage: --custom_register_path: needs a Python file"),
        (("templates", "--external_plugins", "--names"), "usage: --external_plugins: needs a Python file"),
        (("templates", "--custom_register_path", "nowhere.py"), "nowhere.py: is not there"),
    ],
)
def test_usage(arguments: tuple[str, ...], text: str) -> None:
    done = run(*arguments)
    assert done.code in (1, 2)
    assert text in done.err


def test_a_python_file_may_be_the_value_of_another_option(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", [{"messages": talk()}])
    done = run("encode", rows, "--show", "1", "--template", "chatml", "--tokenizer", "deepseek", "--system", "x.py")
    assert done.code == 0, done.err
    assert "x.py" in done.out


def test_every_command_says_so_in_its_help() -> None:
    for name in ("encode", "templates", "models"):
        assert "--custom_register_path" in run(name, "--help").out


def test_an_error_in_the_file_ends_the_command(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("from swiftcore import *\nregister_template(TemplateMeta('qwen3', [], ['{{QUERY}}'], []))\n")
    done = run("templates", "--custom_register_path", path)
    assert done.code == 1
    assert "exist_ok=True" in done.err


# Other processes


def encoded(template: swiftcore.Template) -> Any:
    return template.encode(ROW)


@pytest.mark.filterwarnings("ignore:.*one by one")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_know_the_class(mine: Path, method: str) -> None:
    import_external_file(mine)
    template = swiftcore.get_template("deepseek", template_type="plugged", mode="train")
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map_async(encoded, [template]).get(timeout=60) == [template.encode(ROW)]


def test_a_meta_by_itself_knows_its_class(mine: Path, tmp_path: Path) -> None:
    import_external_file(mine)
    path = tmp_path / "meta.pickle"
    path.write_bytes(pickle.dumps(swiftcore.get_template_meta("plugged")))
    code = f"import pickle; print(pickle.load(open({str(path)!r}, 'rb')).template_cls.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "Mine", done.stderr


def test_rows_of_a_file_keep_their_other_columns(mine: Path, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", [{**ROW, "source": "web"}, {"messages": 1, "source": "x"}])
    place = tmp_path / "ids.jsonl"
    options = ("--template", "plugged", "--tokenizer", "deepseek", "--keep_columns", "source", "--custom_register_path")
    done = spawn("encode", rows, "-o", place, *options, mine)
    assert done.code == 3, done.err
    assert [one["source"] for one in read(place)] == ["web"]
    assert json.loads((tmp_path / "ids.jsonl.refused.jsonl").read_text())["line"] == 2
