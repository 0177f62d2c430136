"""`swiftcore templates`."""

import pytest
import swiftcore
from cli_support import NOTE, run, spawn
from swiftcore.template.rules import NeedsProcessor, QueryDocument


def test_names_where_there_is_no_terminal():
    result = spawn("templates")
    assert result.code == 0
    assert result.out.splitlines() == sorted(swiftcore.TEMPLATE_MAPPING)
    assert run("templates", "--names").out == result.out


def test_filter():
    assert run("templates", "--filter", "Deepseek").out.splitlines() == [
        name for name in sorted(swiftcore.TEMPLATE_MAPPING) if "deepseek" in name
    ]
    result = run("templates", "--filter", "nothing_like_it")
    assert result.code == 2
    assert result.err == (
        "swiftcore: usage: --filter: no template has 'nothing_like_it' in its name; `swiftcore templates` lists all\n"
    )
    assert run("templates", "qwen3", "--names").code == 2


def test_table_on_a_terminal(monkeypatch):
    import io

    from swiftcore.cli import templates

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    # Not by way of os.environ: rich keeps it, and a map of datasets in several processes puts another in its place.
    monkeypatch.setattr("rich.console.Console._environ", {"TERM": "dumb", "COLUMNS": "100"})
    monkeypatch.setattr("sys.stdout", out)
    templates._list("qwen3", False)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[0] == ["template", "system", "multi-round", "thinking", "tools"]
    assert ["qwen3", "yes", "yes", "yes", "hermes"] in lines


def test_one_template():
    result = run("templates", "deepseek_v2_5")
    assert result.code == 0
    assert result.err == NOTE
    fields, _, example = result.out.partition("\n\n")
    assert fields.splitlines()[:4] == [
        "template_type = 'deepseek_v2_5'",
        "prefix = ['<｜begin▁of▁sentence｜>']",
        "prompt = ['<｜User｜>{{QUERY}}<｜Assistant｜>']",
        "chat_sep = ['<｜end▁of▁sentence｜>']",
    ]
    assert example == (
        "⟦trained⟧, all else is not\n"
        "── deepseek_v2_5, mode train: 40 tokens, 19 trained\n"
        "<｜begin▁of▁sentence｜>You answer in one sentence.<｜User｜>Which planet is the largest?"
        "<｜Assistant｜>⟦Jupiter is the largest planet of the solar system.<｜end▁of▁sentence｜>⟧"
        "<｜User｜>And the smallest?<｜Assistant｜>⟦Mercury is the smallest.<｜end▁of▁sentence｜>⟧\n"
    )


def test_options_of_the_example():
    result = run("templates", "qwen3", "--mode", "vllm", "--tokenizer", "deepseek", "--enable-thinking=false")
    assert result.code == 0
    assert result.err.count("warning") == 1  # the tokenizer lacks its markers
    assert "── qwen3, mode vllm: " in result.out


@pytest.mark.parametrize("name", sorted(swiftcore.TEMPLATE_MAPPING))
def test_every_template_can_be_shown(name):
    result = run("templates", name)
    assert result.code == 0, result.err
    assert result.out.startswith(f"template_type = {name!r}\n")
    if name in ("telechat", "telechat2"):
        asks = "asks for the tokenizer's user_token_id, and this tokenizer has none; give it one, or "
        asks += "another template"
        missing = f"template {name!r}, field 'prompt': {asks}"
        assert result.err == f"{NOTE}no example: {missing}; give its own with --tokenizer\n"
        result = run("templates", name, "--tokenizer", "deepseek")
        assert (result.code, result.err) == (1, f"swiftcore: error: {missing}\n")
        return
    rules = swiftcore.TEMPLATE_MAPPING[name].rules
    needs = [rule.reason for rule in rules if isinstance(rule, NeedsProcessor) and not rule.for_system]
    if needs:
        assert result.err == f"{NOTE}no example: {needs[0]}\n"
        return
    pair = any(isinstance(rule, QueryDocument) for rule in rules)  # which takes a query and a document alone
    assert ("Jupiter is the largest" if pair else "Mercury is the smallest.") in result.out
    # A placeholder in lower case is not filled in, as in ms-swift.
    assert "{{" not in result.out.partition("\n\n")[2].replace("{{system}}", "")


def test_an_unknown_template():
    result = run("templates", "qwenn3")
    assert result.code == 2
    assert "no template 'qwenn3'; did you mean 'qwen3' or " in result.err
