"""gpt-oss and OpenAI's Harmony: the same tokens as `openai_harmony`, and calls read back.

`tests/fixtures/harmony.jsonl` holds rows and their texts as `openai_harmony` writes them. It can be written again where
the tokenizer of gpt-oss is at hand:

    SWIFTCORE_UPDATE_FIXTURES=1 pytest tests/python/test_harmony.py
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harmony_support as support
import openai_harmony as oh
import pytest
import swiftcore
from harmony_support import DATE

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "harmony.jsonl"
CASES = 400
FUNCTION = {
    "type": "function",
    "function": {"name": "f", "description": "Do it.", "parameters": {"type": "object", "properties": {}}},
}
CALL = {"role": "tool_call", "content": {"name": "f", "arguments": {"a": 1}}}
WRITTEN = ' to=functions.f<|channel|>commentary <|constrain|>json<|message|>{"a": 1}<|call|>'
NOTE = "\nCalls to these tools must go to the commentary channel: 'functions'."

Make = Callable[..., swiftcore.Template]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "tokenizers" / "gptoss"


@pytest.fixture(scope="module")
def encoding(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> oh.HarmonyEncoding:
    place = tmp_path_factory.mktemp("tiktoken")
    support.write_vocabulary(folder, place)
    return support.load_encoding(place)


@pytest.fixture(scope="module")
def gpt_oss(folder: Path) -> Make:
    @functools.cache
    def make(**arguments: Any) -> swiftcore.Template:
        arguments = {"mode": "train", "current_date": DATE} | arguments
        return swiftcore.get_template(str(folder), template_type="gpt_oss", **arguments)

    return make


@pytest.fixture(scope="module")
def text_template(tokenizer: swiftcore.Tokenizer) -> Make:
    """Makes the template with a tokenizer that every clone has; its texts are the same."""

    @functools.cache
    def make(**arguments: Any) -> swiftcore.Template:
        arguments = {"template_type": "gpt_oss", "mode": "train", "current_date": DATE} | arguments
        return swiftcore.get_template(tokenizer, **arguments)

    return make


def text_of(template: swiftcore.Template, row: dict[str, Any]) -> str:
    return "".join(segment.text or "" for segment in template.render(row))


def messages_of(template: swiftcore.Template, row: dict[str, Any]) -> str:
    """The text behind the system and developer messages."""
    text = text_of(template, row)
    return text[text.index("<|start|>user") :]


def asked(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"tools": [FUNCTION], "messages": [{"role": "user", "content": "q"}, *messages], **fields}


def said(content: Any, **fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **fields}


def answer(content: str = "r", **fields: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, **fields}


# The same tokens as `openai_harmony`.


@pytest.mark.parametrize("drops_analysis", [False, True])
def test_random_conversations(encoding: oh.HarmonyEncoding, gpt_oss: Make, drops_analysis: bool) -> None:
    template = gpt_oss(preserve_thinking=not drops_analysis)
    for seed in range(CASES):
        case = support.Draw(seed).case()
        expected = case.ids(encoding, drops_analysis=drops_analysis)
        assert template.encode(case.row)["input_ids"] == expected, (seed, encoding.decode(expected))


def test_at_inference_analysis_is_dropped_as_by_default_in_harmony(encoding: oh.HarmonyEncoding, gpt_oss: Make) -> None:
    template = gpt_oss(mode="transformers")
    drawn = (support.Draw(seed).case() for seed in range(CASES))
    for case in [case for case in drawn if case.is_open]:
        assert template.encode(case.row)["input_ids"] == case.ids(encoding, drops_analysis=True)


@pytest.mark.parametrize("drops_analysis", [False, True])
def test_calls_are_read_back_as_harmony_reads_them(
    encoding: oh.HarmonyEncoding, gpt_oss: Make, drops_analysis: bool
) -> None:
    """What the assistant says, parsed by both."""
    template = gpt_oss()
    for seed in range(CASES):
        case = support.Draw(seed).case()
        own = [message for message in case.messages if message.author.role == oh.Role.ASSISTANT]
        calls = [(m.recipient.removeprefix("functions."), m.content[0].text) for m in own if m.recipient]
        text = "".join(encoding.decode(encoding.render(message)) for message in own)
        read = template.parse_tool_calls(text.removeprefix("<|start|>assistant"))
        assert [call["name"] for call in read] == [name for name, _ in calls]
        for call, (name, content) in zip(read, calls, strict=True):
            expected = {"code": content} if name == "python" else json.loads(content)
            assert call["arguments"] == expected


def test_what_a_bare_clone_tests(text_template: Make, request: pytest.FixtureRequest) -> None:
    if os.environ.get("SWIFTCORE_UPDATE_FIXTURES"):
        encoding = request.getfixturevalue("encoding")
        cases = [(seed, drops, support.Draw(seed).case()) for seed in range(8) for drops in (False, True)]
        lines = [
            json.dumps(
                {
                    "drops_analysis": drops,
                    "row": case.row,
                    "text": encoding.decode_utf8(case.ids(encoding, drops_analysis=drops)),
                },
                ensure_ascii=False,
            )
            for _, drops, case in cases
        ]
        FIXTURE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for line in FIXTURE.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        template = text_template(preserve_thinking=not record["drops_analysis"])
        assert text_of(template, record["row"]) == record["text"]


# Where ms-swift and `openai_harmony` differ, ms-swift is right: COMPATIBILITY.md.

USER = "<|start|>user<|message|>{}<|end|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(
    "turns, ours, theirs",
    [
        pytest.param(
            [("user", "a"), ("user", "b"), ("assistant", "c")],
            f"{USER.format('ab')}{FINAL}c<|return|>",
            f"{USER.format('a')}{USER.format('b')}{FINAL}c<|return|>",
            id="g01",
        ),
        pytest.param(
            [("user", "a"), ("assistant", "b"), ("assistant", "c")],
            f"{USER.format('a')}<|start|>assistantbc<|return|>",
            f"{USER.format('a')}{FINAL}b<|end|>{FINAL}c<|return|>",
            id="g02",
        ),
        pytest.param(
            [("assistant", "g"), ("user", "a"), ("assistant", "b")],
            f"{USER.format('')}{FINAL}g<|end|>{USER.format('a')}{FINAL}b<|return|>",
            f"{FINAL}g<|end|>{USER.format('a')}{FINAL}b<|return|>",
            id="g04",
        ),
        pytest.param(
            [("user", "a"), ("assistant", "b"), ("user", "c")],
            f"{USER.format('a')}{FINAL}b<|end|>{USER.format('c')}<|start|>assistant",
            f"{USER.format('a')}{FINAL}b<|end|>{USER.format('c')}",
            id="g05",
        ),
    ],
)
def test_turns_that_harmony_writes_otherwise(
    encoding: oh.HarmonyEncoding, gpt_oss: Make, turns: list[tuple[str, str]], ours: str, theirs: str
) -> None:
    row = {"messages": [{"role": role, "content": content} for role, content in turns]}
    assert text_of(gpt_oss(), row).endswith("Channel must be included for every message.<|end|>" + ours)
    messages = [oh.Message.from_role_and_content(oh.Role(role), content) for role, content in turns]
    messages = [
        message.with_channel("final") if message.author.role == "assistant" else message for message in messages
    ]
    ids = encoding.render_conversation_for_training(oh.Conversation.from_messages(messages))
    assert encoding.decode(ids) == theirs


# The system and the developer message.


def test_tools_are_in_the_developer_message(text_template: Make) -> None:
    functions = "# Tools\n\n## functions\n\nnamespace functions {\n\n// Do it.\ntype f = (_: {\n}) => any;\n\n"
    functions += "} // namespace functions"
    system = {"role": "system", "content": "Be kind."}
    for message, developer in (([], ""), ([system], "# Instructions\n\nBe kind.\n\n")):
        row = {"tools": [FUNCTION], "messages": [*message, {"role": "user", "content": "q"}]}
        text = text_of(text_template(), row)
        assert f"for every message.{NOTE}<|end|><|start|>developer<|message|>{developer}{functions}<|end|>" in text


def test_built_in_tools_are_in_the_system_message(text_template: Make) -> None:
    user = [{"role": "user", "content": "q"}]
    texts = []
    for names in (["browser"], ["python"], ["browser", "python"], ["python", "browser"]):
        row = {"messages": user, "chat_template_kwargs": {"builtin_tools": names}}
        texts.append(text_of(text_template(), row))
        assert text_of(text_template(), {"messages": user, "tools": [{"type": name} for name in names]}) == texts[-1]
        responses = {"browser": "web_search_preview", "python": "code_interpreter"}
        tools = [{"type": responses[name]} for name in names]
        assert text_of(text_template(), {"messages": user, "tools": tools}) == texts[-1]
        assert "developer" not in texts[-1] and NOTE not in texts[-1]
    assert "\n\nReasoning: medium\n\n# Tools\n\n## browser\n\n// Tool for browsing.\n" in texts[0]
    assert "} // namespace browser\n\n# Valid channels" in texts[0]
    assert "\n\nReasoning: medium\n\n# Tools\n\n## python\n\nUse this tool to execute Python code" in texts[1]
    assert "} // namespace browser\n\n## python\n\nUse" in texts[2]
    assert texts[2] == texts[3]


@pytest.mark.parametrize("name", ["file_search", "shell"])
def test_unknown_kinds_of_tools_are_refused(text_template: Make, name: str) -> None:
    row = {"messages": [{"role": "user", "content": "q"}]}
    wanted = rf"tools\[0\].*type '{name}'; expected a function, or one of browser, python"
    with pytest.raises(swiftcore.RowError, match=wanted):
        text_template().encode({**row, "tools": [{"type": name}]})
    with pytest.raises(swiftcore.RowError, match=wanted):
        text_template().encode({**row, "chat_template_kwargs": {"builtin_tools": [name]}})


def test_reasoning_effort(text_template: Make) -> None:
    row = {"messages": [{"role": "user", "content": "q"}]}
    assert "\n\nReasoning: medium\n\n" in text_of(text_template(), row)
    high = text_template(reasoning_effort="high")
    assert "\n\nReasoning: high\n\n" in text_of(high, row)
    low = {**row, "chat_template_kwargs": {"reasoning_effort": "low"}}
    assert "\n\nReasoning: low\n\n" in text_of(high, low)
    system = {"role": "system", "content": "Reasoning: {{LEVEL}}"}
    text = text_of(high, {"messages": [system, *row["messages"]]})
    assert "\n\nReasoning: high\n\n" in text and "# Instructions\n\nReasoning: {{LEVEL}}<|end|>" in text
    with pytest.raises(swiftcore.RowError, match="give one of low, medium, high"):
        text_template().encode({**row, "chat_template_kwargs": {"reasoning_effort": "much"}})
    with pytest.raises(swiftcore.ArgumentError, match="give one of low, medium, high"):
        text_template(reasoning_effort="much")


def test_a_system_text_in_harmony_takes_the_tools_too(text_template: Make) -> None:
    own = "<|start|>system<|message|>Channel must be included for every message.<|end|>"
    for developer in ("", "<|start|>developer<|message|># Instructions\n\nHi<|end|>"):
        row = asked()
        row["messages"].insert(0, {"role": "system", "content": own + developer})
        text = text_of(text_template(), row)
        head = f"<|start|>system<|message|>Channel must be included for every message.{NOTE}<|end|>"
        opening = developer.removesuffix("<|end|>") + "\n\n" if developer else "<|start|>developer<|message|>"
        assert text.startswith(f"{head}{opening}# Tools\n\n## functions\n\n")
        assert text.count("<|start|>developer") == 1


def test_harmony_under_another_template(text_template: Make) -> None:
    template = text_template(template_type="qwen2_5", agent_template="harmony")
    row = asked(CALL, answer())
    row["messages"].insert(0, {"role": "system", "content": "Be kind."})
    text = text_of(template, row)
    assert "Be kind.\n\n# Tools\n\n## functions\n\n" in text
    assert f"<|im_start|>assistant\n{WRITTEN}<|start|>functions.f to=assistant" in text


# The assistant's messages.


def test_calls_and_answers(text_template: Make) -> None:
    row = asked(CALL, answer(), said("done"))
    prompt = "<|start|>user<|message|>q<|end|><|start|>assistant"
    answered = "<|start|>functions.f to=assistant<|channel|>commentary<|message|>r<|end|><|start|>assistant"
    final = "<|channel|>final<|message|>done<|return|>"
    assert messages_of(text_template(), row) == prompt + WRITTEN + answered + final
    segments = [(segment.text, segment.weight) for segment in text_template().render(row)]
    assert segments[1:] == [(WRITTEN, 1.0), (answered, 0.0), (final, 1.0)]


def test_a_row_that_ends_with_a_call_is_closed_by_it(text_template: Make) -> None:
    assert messages_of(text_template(), asked(CALL)).endswith(WRITTEN)
    more = asked(CALL, {"role": "user", "content": "p"}, said("done"))
    assert f"{WRITTEN}<|start|>user<|message|>p<|end|>" in messages_of(text_template(), more)
    assert messages_of(text_template(mode="transformers"), asked(CALL)).endswith(WRITTEN)


def test_text_before_a_call_is_a_preamble(text_template: Make) -> None:
    row = asked(said("I look."), CALL)
    preamble = "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant"
    assert messages_of(text_template(), row).endswith(f"<|start|>assistant{preamble}{WRITTEN}")
    silent = asked(said("I look.", loss=False), CALL)
    weights = [(segment.text, segment.weight) for segment in text_template().render(silent)][1:]
    assert weights == [(f"<|start|>assistant{WRITTEN}", 1.0)]


def test_thinking_is_in_analysis(text_template: Make) -> None:
    first = "<|channel|>analysis<|message|>hm<|end|><|start|>assistant"
    last = "<|channel|>analysis<|message|>so<|end|><|start|>assistant<|channel|>final<|message|>done"
    row = asked(said("<think>\nhm\n</think>\n\n"), CALL, answer(), said("<think>so</think>done"))
    # In training, the last round keeps its thinking; Harmony's own rule would drop it.
    text = messages_of(text_template(), row)
    assert f"assistant{first}{WRITTEN}" in text and text.endswith(f"{last}<|return|>")
    dropped = messages_of(text_template(preserve_thinking=False), row)
    assert "analysis" not in dropped and f"<|start|>assistant{WRITTEN}" in dropped
    # Thinking of an earlier round is history.
    longer = asked(*row["messages"][1:], {"role": "user", "content": "p"}, said("<think>x</think>y"))
    text = messages_of(text_template(), longer)
    assert text.count("<|channel|>analysis") == 1 and "<|channel|>analysis<|message|>x<|end|>" in text
    kept = {**longer, "chat_template_kwargs": {"preserve_thinking": True}}
    assert f"assistant{first}{WRITTEN}" in messages_of(text_template(), kept)
    # While tools are called, all thinking stays.
    chain = asked(*row["messages"][1:], {"role": "user", "content": "p"}, said("<think>x</think>"), CALL, answer())
    assert messages_of(text_template(mode="transformers"), chain).count("<|channel|>analysis") == 3


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning", "thinking"])
def test_reasoning_keys_of_random_conversations(encoding: oh.HarmonyEncoding, gpt_oss: Make, key: str) -> None:
    """Thinking next to the content is the same as thinking in it."""
    for seed in range(CASES // 4):
        case = support.Draw(seed).case()
        for message in case.row["messages"]:
            content = message.get("content")
            if message["role"] == "assistant" and content and content.startswith("<think>\n"):
                thinking, content = content.removeprefix("<think>\n").split("\n</think>\n\n", 1)
                if thinking.startswith("\n") or thinking.endswith("\n") or content.startswith("\n"):
                    continue
                message.update({key: thinking, "content": content})
        for drops_analysis in (False, True):
            expected = case.ids(encoding, drops_analysis=drops_analysis)
            template = gpt_oss(preserve_thinking=not drops_analysis)
            assert template.encode(case.row)["input_ids"] == expected, (seed, case.row)


@pytest.mark.parametrize("drops_analysis", [False, True])
def test_reasoning_keys_without_tools(encoding: oh.HarmonyEncoding, gpt_oss: Make, drops_analysis: bool) -> None:
    messages = [
        oh.Message.from_role_and_content(oh.Role.SYSTEM, oh.SystemContent.new().with_conversation_start_date(DATE))
    ]
    row: dict[str, Any] = {"messages": []}
    for text in ("a", "b", "c"):
        row["messages"] += [{"role": "user", "content": text}, said(f"{text}!", reasoning_content=f"{text}?")]
        messages.append(oh.Message.from_role_and_content(oh.Role.USER, text))
        for channel, content in (("analysis", f"{text}?"), ("final", f"{text}!")):
            message = oh.Message.from_role_and_content(oh.Role.ASSISTANT, content)
            messages.append(message.with_channel(channel))
    expected = support.Case(row, messages).ids(encoding, drops_analysis=drops_analysis)
    template = gpt_oss(preserve_thinking=not drops_analysis)
    assert template.encode(row)["input_ids"] == expected
    assert template.encode_batch([row]).warnings == []
    # `auto_drop_analysis` drops what stands before the first final message.
    text = messages_of(gpt_oss(), row)
    assert "a?" not in text and "b?" in text
    assert text.endswith("analysis<|message|>c?<|end|><|start|>assistant<|channel|>final<|message|>c!<|return|>")


def test_g03_rows_without_tools_are_as_in_ms_swift(text_template: Make) -> None:
    row = {"messages": [{"role": "user", "content": "q"}, said("<think>a</think>b")]}
    assert messages_of(text_template(), row).endswith("<|channel|>final<|message|><think>a</think>b<|return|>")


def test_messages_in_harmony_stay(text_template: Make) -> None:
    own = f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant{WRITTEN}"
    assert messages_of(text_template(), asked(said(own))).endswith(own)
    answered = "<|start|>functions.f to=assistant<|channel|>commentary<|message|>r<|end|><|start|>assistant"
    assert messages_of(text_template(), asked(said(own), answer())).endswith(own + answered)
    assert messages_of(text_template(), asked(said("<|channel|>final<|message|>x"))).endswith(">x<|return|>")


def test_messages_of_token_ids_stay(text_template: Make) -> None:
    encoded = text_template().encode(asked(said([11, 12, 13])))
    assert [label for label in encoded["labels"] if label != -100][:3] == [11, 12, 13]


def test_answers_without_a_call(text_template: Make) -> None:
    named = answer(name="g")
    written = "<|start|>functions.g to=assistant<|channel|>commentary<|message|>r<|end|><|start|>assistant"
    assert messages_of(text_template(), asked(named, said("done"))).startswith(
        f"<|start|>user<|message|>q<|end|>{written}<|channel|>final"
    )
    assert f"final<|message|>hm<|end|>{written}" in messages_of(text_template(), asked(said("hm"), named, said("x")))
    with pytest.raises(swiftcore.RowError, match=r"message 1, field 'name': is missing"):
        text_template().encode(asked(answer(), said("done")))


def test_an_answer_goes_to_the_call_that_it_names(text_template: Make) -> None:
    calls = [{"role": "tool_call", "content": {"name": name, "arguments": {}}} for name in ("f", "browser.open", "g")]
    row = asked(*calls, answer("1", name="g"), answer("2", name="f"), answer("3", name="browser.open"))
    written = messages_of(text_template(), row).split("<|call|>")[-1].removesuffix("<|start|>assistant")
    assert written == "".join(
        f"<|start|>{name} to=assistant<|channel|>{channel}<|message|>{text}<|end|>"
        for name, channel, text in (
            ("functions.g", "commentary", "1"),
            ("functions.f", "commentary", "2"),
            ("browser.open", "analysis", "3"),
        )
    )


@pytest.mark.parametrize(
    "name, recipient",
    [
        ("f", "functions.f<|channel|>commentary <|constrain|>json"),
        ("functions.f", "functions.f<|channel|>commentary <|constrain|>json"),
        ("a.b", "functions.a.b<|channel|>commentary <|constrain|>json"),
        ("browser.search", "browser.search<|channel|>analysis code"),
        ("python", "python<|channel|>analysis code"),
    ],
)
def test_recipients(text_template: Make, name: str, recipient: str) -> None:
    call = {"role": "tool_call", "content": {"name": name, "arguments": {"a": 1}}}
    text = messages_of(text_template(), asked(call))
    assert text.endswith(f'<|start|>assistant to={recipient}<|message|>{{"a": 1}}<|call|>')
    assert text_template().parse_tool_calls(text)[0]["name"] == name.removeprefix("functions.")


def test_a_declared_function_may_have_the_name_of_a_built_in_tool(text_template: Make) -> None:
    call = {"role": "tool_call", "content": {"name": "python", "arguments": {"code": "1"}}}
    row = asked(call, tools=[{"name": "python", "description": "Mine."}])
    assert messages_of(text_template(), row).endswith(
        ' to=functions.python<|channel|>commentary <|constrain|>json<|message|>{"code": "1"}<|call|>'
    )


# Reading calls back.


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", []),
        ("plain text", []),
        ("<|channel|>final<|message|>hi<|return|>", []),
        ("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", [("f", {})]),
        ("<|channel|>commentary to=functions.f<|constrain|>json<|message|>{}<|call|>", [("f", {})]),
        (" to=functions.f<|channel|>commentary json<|message|>{}<|call|>", [("f", {})]),
        # The stop token may have been taken off; half a call is none.
        (" to=functions.f<|channel|>commentary json<|message|>{}", [("f", {})]),
        (' to=functions.f<|channel|>commentary json<|message|>{"a": ', []),
        (" to=functions.f<|channel|>commentary json", []),
        # What is not JSON stays text.
        (" to=functions.f<|channel|>commentary json<|message|>{a: b<|call|>", [("f", "{a: b")]),
        (" to=functions.f<|message|>{'a': None}<|call|>", [("f", {"a": None})]),
        ("<|start|>functions.f to=assistant<|channel|>commentary<|message|>{}<|end|>", []),
        ("<|channel|>analysis to=python code<|message|>f(1)<|call|>", [("python", {"code": "f(1)"})]),
        ("<|message|><|message|><|start|><|call|><|end|> to=", []),
    ],
)
def test_reading_calls(text_template: Make, text: str, expected: list[tuple[str, Any]]) -> None:
    read = text_template().parse_tool_calls(text)
    assert [(call["name"], call["arguments"]) for call in read] == expected


@pytest.mark.parametrize(
    "text",
    ["<|start|>", "<|message|>", "<|channel|>", " to=f<|message|>", " to=f<|message|>{", "<|start|>a to=f<|message|>"],
)
def test_reading_takes_linear_time(text_template: Make, text: str) -> None:
    def seconds(count: int) -> float:
        before = time.process_time()
        text_template().parse_tool_calls(text * count)
        return time.process_time() - before

    seconds(1000)
    assert seconds(400_000 // len(text)) < 0.05 + 40 * max(seconds(40_000 // len(text)), 0.001)
