"""How rows are shown: trained text apart, characters whole, in colour and without."""

import os
import pty
import subprocess

import pytest
import swiftcore
from cli_support import TEMPLATE, command, run, spawn, talk, write
from swiftcore.cli.show import plain, visible
from swiftcore.cli.spans import Span, added_tokens, spans

TEXTS = [
    "Hi",
    " two  spaces\n\nand lines ",
    "你好，世界",
    "👩‍👩‍👧 family, 🏳️‍🌈 flag",
    "\N{REPLACEMENT CHARACTER} itself, twice \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}",
    "𓀀𓀁𓀂 hieroglyphs",
    "mixed 中文 and é and 🙂 end🙂",
]


@pytest.fixture(scope="module")
def template():
    return swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")


@pytest.mark.parametrize("text", TEXTS)
def test_spans_are_the_text(template, text):
    row = template.encode({"messages": talk(text, text)})
    parts = spans(template.tokenizer, row["input_ids"], row["labels"])
    assert parts == [
        Span(f"<｜begin▁of▁sentence｜><｜User｜>{text}<｜Assistant｜>", trained=False),
        Span(f"{text}<｜end▁of▁sentence｜>", trained=True),
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_characters_are_whole_wherever_training_begins(template, text):
    ids = template.tokenizer.encode(text)
    for first in range(len(ids)):
        labels = [-100] * first + ids[first:]
        parts = spans(template.tokenizer, ids, labels)
        assert "".join(part.text for part in parts) == text


def test_tokens_are_told_apart(template):
    added = added_tokens(template.tokenizer)
    row = template.encode({"messages": talk("Hi", "Ho")})
    assert spans(template.tokenizer, row["input_ids"], row["labels"], added) == [
        Span("<｜begin▁of▁sentence｜>", trained=False, special=True),
        Span("<｜User｜>", trained=False, special=True),
        Span("Hi", trained=False),
        Span("<｜Assistant｜>", trained=False, special=True),
        Span("Ho", trained=True),
        Span("<｜end▁of▁sentence｜>", trained=True, special=True),
    ]


def test_ids_without_a_token(template):
    hi = template.tokenizer.encode("Hi")
    unknown = len(template.tokenizer) + 1000
    parts = spans(template.tokenizer, [*hi, unknown, *hi], None)
    assert parts == [Span(f"Hi<id {unknown}>Hi", trained=False)]
    assert spans(template.tokenizer, [], None) == []


def test_an_unfinished_character_at_the_end(template):
    ids = template.tokenizer.encode("👩‍👩‍👧")
    (part,) = spans(template.tokenizer, ids[:1], None)
    assert part.text == "\N{REPLACEMENT CHARACTER}"


def test_plain_and_visible():
    parts = [Span("a", True), Span("</s>", True, special=True), Span("b", False), Span("c", True)]
    assert plain(parts) == "⟦a</s>⟧b⟦c⟧"
    assert plain([]) == ""
    assert visible("\x1b[31mred\x7f\x9b\ttab\n") == "␛[31mred␡<0x9b>\ttab\n"


def test_show_without_colour(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk("Hi", "[bold]Hello![/bold] :smile:")}] * 3)
    for call in (run, spawn):
        result = call("encode", source, "--show", "2", *TEMPLATE)
        assert result.code == 0
        assert result.out == "⟦trained⟧, all else is not\n" + "".join(
            f"── row {number}: 17 tokens, 13 trained\n"
            "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>"
            "⟦[bold]Hello![/bold] :smile:<｜end▁of▁sentence｜>⟧\n"
            for number in (1, 2)
        )
    assert list(tmp_path.iterdir()) == [source]


def on_terminal(*arguments, **environment):
    """What the command writes on a terminal, standard error included."""
    ours, theirs = pty.openpty()
    known = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        command(*arguments), stdout=theirs, stderr=theirs, env={**known, "TERM": "xterm", **environment}
    )
    os.close(theirs)
    out = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        out += block
    os.close(ours)
    assert process.wait() == 0
    return out.decode().replace("\r\n", "\n")


def test_show_in_colour(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk("Hi", "Hello!")}])
    out = on_terminal("encode", source, "--show", "1", *TEMPLATE)
    assert "\x1b[2mHi\x1b[0m" in out
    assert "\x1b[1;32mHello!\x1b[0m\x1b[1;35m<｜end▁of▁sentence｜>\x1b[0m" in out
    assert "⟦" not in out


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colour_gets_brackets(tmp_path, environment):
    source = write(tmp_path / "in.jsonl", [{"messages": talk("Hi", "Hello!")}])
    out = on_terminal("encode", source, "--show", "1", *TEMPLATE, **environment)
    assert "Hi<｜Assistant｜>⟦Hello!<｜end▁of▁sentence｜>⟧" in out
    assert "\x1b[1;32m" not in out


def test_a_terminal_sees_progress(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk("Hi", "Hello!")}] * 10)
    out = on_terminal("encode", source, "-o", tmp_path / "out.jsonl", *TEMPLATE)
    assert "encoding" in out
    assert "rows/s" in out
    out = on_terminal("encode", source, "-o", tmp_path / "b.jsonl", *TEMPLATE, "--no-progress")
    assert "encoding" not in out
    assert "10 rows in " in out


def test_a_refused_row_is_shown_with_its_reason(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": [{"role": "usr", "content": "x"}]}, {"messages": talk()}])
    result = run("encode", source, "--show", "2", *TEMPLATE)
    assert result.code == 3
    assert "── row 1: 7 tokens, 3 trained\n" in result.out
    assert (
        f"refused: {source}:1: message 0, field 'role': 'usr' is no role; give one of system, user, "
        "assistant, tool, tool_response, tool_call\n"
    ) in result.out
