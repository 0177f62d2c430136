"""Options: each argument of `get_template` has one, and each can be spelled in two ways."""

import contextlib
import inspect
import re

import pytest
from cli_support import TOKENIZER, run, talk, write
from swiftcore.cli.app import app
from swiftcore.cli.errors import Usage
from swiftcore.cli.options import HubOptions, TemplateOptions, names, pairs, spell_out
from swiftcore.template.get import get_template
from swiftcore.template.template import Template


def signature():
    """The arguments of get_template with their defaults, but for the tokenizer and the template."""
    found = dict(inspect.signature(Template.__init__).parameters)
    for name in ("self", "processor", "template_meta"):
        found.pop(name)
    return {name: parameter.default for name, parameter in found.items()}


def options_of(name):
    from typer.main import get_command

    return get_command(app).commands[name].params


@pytest.fixture
def given(monkeypatch):
    """The options that a command line comes to."""
    seen = []
    monkeypatch.setattr(TemplateOptions, "make", lambda self, name: seen.append((name, self)))

    def parse(*arguments):
        seen.clear()
        with contextlib.suppress(AttributeError):  # the template is none
            run("templates", "qwen3", *arguments)
        ((name, options),) = seen
        assert name == "qwen3"
        return options

    return parse


def test_every_argument_of_get_template_is_an_option():
    defaults = {**signature(), "mode": "train"}
    assert TemplateOptions().arguments() == defaults
    arguments = get_template.__doc__.partition("Args:")[2].partition("Raises:")[0]
    documented = set(re.findall(r"^ {8}(\w+): ", arguments, re.M))
    hub = set(HubOptions().hub())
    assert documented - {"processor", "template_type", "model_type"} - hub == set(defaults)
    assert hub < documented


@pytest.mark.parametrize("command", ["encode", "templates"])
def test_every_argument_has_its_python_name(command):
    spelled = {name for option in options_of(command) for name in option.opts}
    assert {f"--{name}" for name in signature()} <= spelled
    assert {"--model", "--model_type", "--template", "--tokenizer"} <= spelled


def test_encode_has_the_arguments_of_encode_files():
    from swiftcore.data import encode_files

    spelled = {name.lstrip("-") for option in options_of("encode") for name in option.opts}
    theirs = set(inspect.signature(encode_files).parameters)
    assert theirs - spelled == {"template", "inputs", "on_progress"} - spelled
    assert {"template_type", "limit", "overwrite", "keep_columns", "num_threads"} <= spelled


@pytest.mark.parametrize("command", ["encode", "templates"])
def test_help_has_one_spelling(command):
    text = run(command, "--help").out
    for option in options_of(command):
        for name in [*option.opts, *option.secondary_opts]:
            if name.startswith("--"):
                assert "-" not in name[2:]
                assert name in text


def test_metavars_name_what_is_taken():
    options = {option.name: option.metavar for option in options_of("encode") if hasattr(option, "metavar")}
    talk_row = {"messages": talk(), "rejected_response": "no", "label": True}
    import swiftcore

    for name in ("mode", "truncation_strategy", "padding_side"):
        for value in options[name].split("|"):
            template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", **{name: value})
            assert template.encode(talk_row)


VALUES = {int: "7", str: "left", bool: "true"}


@pytest.mark.parametrize("name", list(signature()))
def test_both_spellings(given, name):
    option = next(option for option in options_of("templates") if f"--{name}" in option.opts)
    if option.is_flag:
        for spelling in (name, name.replace("_", "-")):
            off = f"--no_{spelling}" if spelling == name else f"--no-{spelling}"
            for arguments, value in {
                (f"--{spelling}",): True,
                (off,): False,
                (f"--{spelling}", "true"): True,
                (f"--{spelling}", "False"): False,
                (f"--{spelling}=false",): False,
                (f"--{spelling}=True",): True,
                (f"--{spelling}", "none"): signature()[name],
            }.items():
                assert getattr(given(*arguments), name) is value
        return
    value = 7 if name in ("max_length", "thinking_budget", "num_labels") else "left"
    for spelling in (name, name.replace("_", "-")):
        assert getattr(given(f"--{spelling}", str(value)), name) == value
        assert getattr(given(f"--{spelling}={value}"), name) == value


def test_aliases(given):
    assert given("--system", "Be brief.").default_system == "Be brief."
    assert given("--default-system=--enable-thinking").default_system == "--enable-thinking"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["a", "--on", "b"], ["a", "--on", "b"]),
        (["--on", "false", "b"], ["--off", "b"]),
        (["--on", "--", "--on", "false"], ["--on", "--", "--on", "false"]),
        (["--text", "--on", "false"], ["--text", "--on", "false"]),
        (["--text=x", "--on", "false"], ["--text=x", "--off"]),
        (["-t", "--on=false"], ["-t", "--on=false"]),
        (["--plain", "true"], ["--plain"]),
        (["--plain", "false"], []),
        (["--on", "none"], []),
        (["--on=maybe"], ["--on=maybe"]),
        (["--text"], ["--text"]),
        (["-", "--on"], ["-", "--on"]),
    ],
)
def test_spell_out(args, expected):
    switches = {"--on": ("--on", "--off"), "--plain": ("--plain", None)}
    assert spell_out(args, switches, {"--text", "-t"}) == expected


def test_pairs_and_names():
    assert pairs(["query=q, response=a", "system=s=t"], "--columns") == {
        "query": "q",
        "response": "a",
        "system": "s=t",
    }
    assert names(["a, b", "", "c,"]) == ["a", "b", "c"]
    for wrong in ("query", "=q", "query="):
        with pytest.raises(Usage, match="is no pair; give FIELD=COLUMN"):
            pairs([wrong], "--columns")


def test_options_reach_the_template(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    out = run(
        "encode", source, "--show", "1", *TOKENIZER, "--template", "qwen3", "--system", "Be brief.", "--max-length=5"
    )
    assert out.code == 3
    out = run("encode", source, "--show", "1", *TOKENIZER, "--template-type", "qwen3", "--system", "Be brief.")
    assert "<|im_start|>system\nBe brief.<|im_end|>" in out.out
    out = run("encode", source, "--show", "1", *TOKENIZER, "--template", "qwen3", "--use-chat-template", "false")
    assert "<|im_start|>" not in out.out
    out = run("encode", source, "--show", "1", *TOKENIZER, "--template", "qwen3", "--mode", "vllm")
    assert "mode vllm: prompts, nothing is trained\n" in out.out
    assert "⟦" not in out.out
