"""The command as a whole: version, help, start-up, exit codes and messages."""

import re
import sys

import pytest
import swiftcore
from cli_support import TEMPLATE, command, run, spawn, squeezed, talk, write
from support import cpu_seconds


def test_version():
    for call in (run, spawn):
        result = call("--version")
        assert (result.code, result.out, result.err) == (0, f"swiftcore {swiftcore.__version__}\n", "")


def test_version_is_quick():
    assert min(cpu_seconds(spawn, "--version") for _ in range(5)) < 0.3


@pytest.mark.parametrize("arguments", [["--help"], ["encode", "--help"], ["templates", "-h"]])
def test_help_loads_neither_the_native_module_nor_progress_bars(arguments):
    code = (
        "import sys\n"
        "from swiftcore.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as done:\n"
        "    assert done.code == 0\n"
        "heavy = {'swiftcore._native', 'swiftcore.template.template', 'rich.progress'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "[]\n"
    assert done.stdout.startswith("Usage: swiftcore")


def test_help_names_the_exit_codes():
    text = " ".join(run("encode", "--help").out.split())
    assert "Exit codes: 0 every row is encoded as asked (at most --max_refused rows are" in text
    assert "130 interrupted" in text


def test_without_arguments_it_helps():
    result = run()
    assert "Commands:" in result.out + result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["IN"], "usage: -o is missing; give -o OUT for an output, or --show N to look at rows"),
        (
            ["IN", "-o", "OUT"],
            "usage: --template is missing; give the name of the model's template, such as --template qwen3 "
            "(`swiftcore templates` lists them), or --model DIR|ID, whose template is its own",
        ),
        (
            ["IN", "-o", "OUT", *TEMPLATE, "--model", "a", "--tokenizer", "b"],
            "usage: --model brings its own tokenizer; give --model or --tokenizer, not both",
        ),
        (
            ["IN", "-o", "OUT", *TEMPLATE, "--columns", "query"],
            "usage: --columns: 'query' is no pair; give FIELD=COLUMN, such as query=question",
        ),
        (
            ["IN", "-o", "OUT", *TEMPLATE, "--mode", "trian"],
            "usage: --mode: 'trian' is no mode; give one of train, rlhf, kto, transformers, vllm, lmdeploy, sglang",
        ),
    ],
)
def test_usage(tmp_path, arguments, message):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    places = {"IN": source, "OUT": tmp_path / "out.jsonl"}
    result = run("encode", *(places.get(argument, argument) for argument in arguments))
    assert (result.code, result.err) == (2, f"swiftcore: {message}\n")
    assert result.out == ""
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["encode"], "IN"),
        (["encode", "a", "--limt", "3"], "No such option: --limt"),
        (["encode", "a", "--limit", "three"], "Invalid value for '--limit'"),
        (["encode", "a", "--limit", "0"], "Invalid value for '--limit'"),
        (["encode", "a", "--use_chat_template=maybe"], "does not take a value"),
        (["encod"], "No such command 'encod'"),
    ],
)
def test_usage_that_typer_refuses(arguments, message):
    result = run(*arguments)
    assert result.code in (0, 2) if arguments == ["encode"] else result.code == 2
    assert message in result.out + result.err


def test_an_unknown_template_is_an_error_with_the_nearest(tmp_path):
    result = run("encode", "-", "-o", tmp_path / "x.jsonl", "--template", "deepseek_v2")
    assert result.code == 2
    assert re.fullmatch(
        r"swiftcore: usage: no template 'deepseek_v2'; did you mean '\w+' or '\w+' or '\w+'\? "
        rf"`swiftcore templates` lists all {len(swiftcore.TEMPLATE_MAPPING)}, "
        r"--custom_register_path FILE\.py adds one\n",
        result.err,
    )
    assert "'deepseek_v2_5'" in result.err


@pytest.mark.parametrize("arguments", [(*TEMPLATE, "--tokenizer"), ("--model",)])
def test_an_unknown_tokenizer_is_an_error(tmp_path, arguments):
    result = run("encode", "-", "-o", tmp_path / "x.jsonl", *arguments, "nowhere")
    assert result.code == 1
    assert result.err == (
        "swiftcore: error: tokenizer: there is no 'nowhere'; give a folder with a tokenizer.json, such a "
        "file, a model's id such as 'Qwen/Qwen3-8B', a transformers tokenizer, or the name of a packaged one "
        "(deepseek)\n"
    )


def test_an_error_has_no_traceback_in_a_process(tmp_path):
    result = spawn("encode", tmp_path / "none.jsonl", "-o", tmp_path / "out.jsonl", *TEMPLATE)
    assert result.code == 1
    assert result.err.startswith("swiftcore: error: ")
    assert str(tmp_path / "none.jsonl") in result.err
    assert "Traceback" not in result.err
    assert list(tmp_path.iterdir()) == []


def test_the_installed_command_is_this_one():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="swiftcore")
    assert script.value == "swiftcore.cli:main"
    assert command("--version")[3:] == ["--version"]
    assert squeezed(" a   b \n\n") == ["a b"]
