"""Rules of templates, each seen from outside: what a row renders to with it."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import pytest
import swiftcore
from support import ROOT, row
from swiftcore import ArgumentError, RowError, TemplateError, TemplateMeta, register_template
from swiftcore.template import rules as module
from swiftcore.template.check import check
from swiftcore.template.rules import (
    AnswerApart,
    CloseQuery,
    EnableThinking,
    FrameSystem,
    HarmonyChannels,
    HistoryAnswer,
    HistoryBeforeTools,
    KeepThinkingWithTools,
    LastRoundOnly,
    MarkSteps,
    NeedsProcessor,
    OpenAnswers,
    OpeningNote,
    PrefixAfterUser,
    PrefixAllAnswers,
    PrefixLastAnswer,
    PreserveThinking,
    QueryDocument,
    ResponseTags,
    Rule,
    StripAnswers,
    SystemIntoQuery,
    SystemNote,
    ThinkingBudget,
    ThinkingChannels,
    ThinkingLevel,
    ThinkingMarkers,
    TrimMessages,
    TrimNewline,
)

THINKING = {"is_thinking": True, "thinking_prefix": "<think>", "non_thinking_prefix": "<none>"}


def made(*rules: Rule, arguments: dict[str, Any] | None = None, **fields: Any) -> swiftcore.Template:
    facts: dict[str, Any] = {
        "prefix": ["^"],
        "prompt": ["[{{QUERY}}]"],
        "chat_sep": ["|"],
        "suffix": ["$"],
        "system_prefix": ["^({{SYSTEM}})"],
    }
    meta = TemplateMeta("made", **(facts | fields), rules=rules)
    check(meta)
    return swiftcore.Template("deepseek", meta, **(arguments or {}))


def text(template: swiftcore.Template, inputs: dict[str, Any]) -> str:
    return "".join(segment.text or "" for segment in template.render(inputs))


def with_options(inputs: dict[str, Any], **options: Any) -> dict[str, Any]:
    return inputs | {"chat_template_kwargs": options}


# Messages


def test_trim_messages() -> None:
    template = made(TrimMessages())
    inputs = row(" q\n", "\n<think> a \n</think>b ", " r", " c ", system=" s ")
    assert text(template, inputs) == "^(s)[q]<think>\na\n</think>\n\nb|[r]c"


def test_system_into_query() -> None:
    template = made(SystemIntoQuery("--"), system_prefix=None)
    assert text(template, row("q", "a", system="s")) == "^[s--q]a"
    assert text(template, row("q", "a", system="")) == "^[--q]a"
    assert text(template, row("q", "a")) == "^[q]a"


def test_rules_count_each_call_as_a_message() -> None:
    def calls(*names: str) -> dict[str, Any]:
        form = [{"id": name, "function": {"name": name, "arguments": {}}} for name in names]
        return {"role": "assistant", "content": "", "tool_calls": form}

    def call(name: str) -> dict[str, Any]:
        return {"role": "tool_call", "content": {"name": name, "arguments": {}}}

    closing = made(CloseQuery(only_odd=True), arguments={"agent_template": "hermes"})
    answers = [{"role": "tool", "tool_call_id": name, "content": name} for name in "ba"]
    openai = [calls("a", "b"), *answers]
    written = [call("a"), call("b"), answers[1], answers[0]]
    assert closing.render({"messages": openai}) == closing.render({"messages": written})
    # Two calls and one answer are three messages, which are closed.
    one = {"messages": [calls("a", "b"), answers[0]]}
    assert closing.encode(one) == closing.encode({"messages": [*one["messages"], {"role": "assistant", "content": ""}]})
    document = QueryDocument(instruction="I", before_instruction="", before_query=" Q:", before_document=" D:")
    ranked = made(document).render({"messages": [{"role": "user", "content": "q"}, calls("a"), answers[0]]})
    assert '{"name": "a", "arguments": {}}' in "".join(segment.text or "" for segment in ranked)


def test_close_query() -> None:
    train = {"mode": "train"}
    assert text(made(CloseQuery(), arguments=train), row("q")) == "^[q]$"
    assert text(made(arguments=train), row("q")) == "^[q]"
    two = {"messages": [{"role": "user", "content": "q"}, {"role": "user", "content": "r"}]}
    assert text(made(CloseQuery(only_odd=True), arguments=train), two) == "^[qr]"
    assert text(made(CloseQuery(), arguments=train), two) == "^[qr]$"


def test_query_document() -> None:
    template = made(QueryDocument("find", "I=", ",Q=", ",D="), default_system="judge")
    assert text(template, row("q", "d")) == "^(judge)[I=find,Q=q,D=d]"
    assert text(template, row("q", "d", system="rank")) == "^(judge)[I=rank,Q=q,D=d]"
    with pytest.raises(RowError, match="message 1, field 'content': is missing: the document of a pair"):
        template.encode(row("q"))
    with pytest.raises(RowError, match="message 1, field 'content': is the document of a pair to rank; give a string"):
        template.encode(row("q", [1]))


def test_mark_steps() -> None:
    template = made(MarkSteps("<step>"))
    assert text(template, row("q", "a")) == "^[q]a<step>"
    assert text(template, row("q", "a<step>b")) == "^[q]a<step>b"
    assert text(template, row("q")) == "^[q<step>]"
    with pytest.raises(RowError, match="message 1, field 'content': is not a text, and the marker of a step"):
        template.encode(row("q", [1]))


CHANNELS = ThinkingChannels("<t>", "</t>", "<r>", "</r>")


def test_thinking_channels() -> None:
    fields = THINKING | {"non_thinking_prefix": "<t></t><r>", "history_thinking_prefix": "<t></t><r>"}
    template = made(CHANNELS, PreserveThinking(), **fields)
    inputs = row("q", "<think>a</think>b", "r", "c")
    assert text(template, inputs) == "^[q]<t>a</t><r>b</r>|[r]<t></t><r>c</r>"
    assert text(template, with_options(inputs, preserve_thinking=False)) == "^[q]<t></t><r>b</r>|[r]<t></t><r>c</r>"
    template = made(CHANNELS, arguments={"response_prefix": "<think>hm"}, **fields)
    assert text(template, row("q")) == "^[q]<t>hm"


def test_needs_processor() -> None:
    reason = "it takes a picture; give a `template_cls` that has one"
    with pytest.raises(RowError, match=reason):
        made(NeedsProcessor(reason)).encode(row("q"))
    template = made(NeedsProcessor("give `default_system`", for_system=True))
    with pytest.raises(RowError, match="give `default_system`"):
        template.encode(row("q"))
    assert text(template, row("q", system="s")) == "^(s)[q]"
    assert text(made(NeedsProcessor("no", for_system=True), default_system="d"), row("q")) == "^(d)[q]"


# Turns


def test_strip_answers() -> None:
    template = made(StripAnswers("\n"))
    assert text(template, row("\nq", "\n\na \n")) == "^[\nq]a "
    two = row("q", "\na")
    two["messages"].append({"role": "assistant", "content": "b\n"})
    assert text(template, two) == "^[q]\nab\n"  # an answer of two messages stays as it is


def test_response_tags() -> None:
    template = made(ResponseTags())
    assert text(template, row("q", "a")) == "^[q]<response>\na\n</response>\n"
    assert text(template, row("q", "<think>t</think>a")) == ("^[q]<think>\nt</think>\n\n<response>\na\n</response>")
    assert text(template, row("q", "<response>a")) == "^[q]<response>a"
    with pytest.raises(RowError, match="cannot be put between <response> and </response>"):
        template.encode(row("q", [1]))


def test_open_answers() -> None:
    template = made(OpenAnswers("<final>", unless="<"))
    assert text(template, row("q", "a", "r", "<b")) == "^[q]<final>a|[r]<b"
    plain = made(OpenAnswers("<final>", unless="<"), arguments={"use_chat_template": False})
    assert text(plain, row("q", "a")).endswith("qa")


def test_frame_system() -> None:
    template = made(FrameSystem("none", "<", ">", unless="="))
    assert text(template, row("q", "a")) == "^(none)[q]a"
    assert text(template, row("q", "a", system="s")) == "^(<s>)[q]a"
    assert text(template, row("q", "a", system="=s")) == "^(=s)[q]a"


def test_dates_in_rules_are_written_out() -> None:
    arguments = {"current_date": "2026-11-22"}
    template = made(FrameSystem("on {{DATE:%Y-%m-%d}}"), arguments=arguments)
    assert text(template, row("q", "a")) == "^(on 2026-11-22)[q]a"


BUDGET = ThinkingBudget(
    between_systems="/",
    system="{{BUDGET}} every {{INTERVAL}}",
    system_none="no budget",
    think_open="<t>",
    think_close="</t>",
    remark="<r>{{USED}} used, {{LEFT}} left",
    remark_open="<r>",
    remark_none="<r>none",
    prompt_end="]",
)


def test_thinking_budget_of_the_row() -> None:
    template = made(BUDGET)
    assert text(template, row("q", "<think>hm</think>a")) == "^(512 every 128)[q]<t>hm</t>a"
    assert text(template, row("q", "a", system="s")) == "^(s/no budget)[q]<t><r>none</t>a"
    assert text(template, row("q", "<think>hm</think>a", "r", "b")) == ("^(512 every 128)[q]<t>hm</t>a|[r]<t></t>b")
    assert text(template, row("q", [1])) == "^(no budget)[q]"  # ids are taken as they are


def test_thinking_budget_of_the_call() -> None:
    template = made(BUDGET, arguments={"thinking_budget": 700})
    assert text(template, row("q")) == "^(1024 every 256)[q]"
    assert text(made(BUDGET, arguments={"thinking_budget": 20_000}), row("q")) == "^(20000 every 1024)[q]"
    assert text(made(BUDGET, arguments={"thinking_budget": 0}), row("q")) == "^(no budget)[q]<t><r>"
    assert text(made(BUDGET, arguments={"seed_use_thinking": False}), row("q", "a")) == "^[q]a"


def test_a_budget_of_nothing_opens_the_answer_apart() -> None:
    template = made(BUDGET)
    encoded = template.encode(row("q"))["input_ids"]
    tokenizer = template.tokenizer
    assert encoded == tokenizer.encode("^(no budget)[q]") + tokenizer.encode("<t><r>")
    assert template.encode_segments(template.render(row("q")))["input_ids"] == encoded


def test_remarks_on_the_budget() -> None:
    template = made(BUDGET, arguments={"seed_use_budget_interval": True, "thinking_budget": 512})
    sentence = "word " * 70 + "end."
    answer = f"<think>{sentence} {sentence} {sentence}</think>a"
    rendered = text(template, row("q", answer))
    used = len(template.tokenizer.encode(sentence, add_special_tokens=True))
    assert rendered == (
        f"^(512 every 128)[q]<t>{sentence}\n<r>{2 * used} used, {512 - 2 * used} left\n{sentence}\n{sentence}</t>a"
    )


# Thinking


def test_enable_thinking() -> None:
    assert text(made(EnableThinking(), **THINKING), row("q")) == "^[q]<think>"
    assert text(made(**THINKING), row("q")) == "^[q]<none>"
    inputs = with_options(row("q"), enable_thinking=False)
    assert text(made(EnableThinking(), **THINKING), inputs) == "^[q]<none>"
    assert text(made(EnableThinking(always=True), **THINKING), inputs) == "^[q]<think>"
    call = {"enable_thinking": False}
    assert text(made(EnableThinking(), arguments=call, **THINKING), row("q")) == "^[q]<none>"


def test_enable_thinking_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENABLE_THINKING", "false")
    assert text(made(EnableThinking(variable=True), **THINKING), row("q")) == "^[q]<none>"
    assert text(made(EnableThinking(), **THINKING), row("q")) == "^[q]<think>"
    call = {"enable_thinking": True}
    assert text(made(EnableThinking(variable=True), arguments=call, **THINKING), row("q")) == "^[q]<think>"
    monkeypatch.setenv("ENABLE_THINKING", "perhaps")
    with pytest.raises(ArgumentError, match="environment variable ENABLE_THINKING: is 'perhaps'; give true or false"):
        made(EnableThinking(variable=True), **THINKING)


HISTORY = row("q", "<think>t</think>a", "r", "<think>u</think>b")


def test_preserve_thinking() -> None:
    assert text(made(**THINKING), HISTORY) == "^[q]a|[r]<think>u</think>b"
    assert text(made(PreserveThinking(), **THINKING), HISTORY) == "^[q]<think>t</think>a|[r]<think>u</think>b"
    inputs = with_options(HISTORY, preserve_thinking=False)
    assert text(made(PreserveThinking(), **THINKING), inputs) == "^[q]a|[r]<think>u</think>b"


def test_thinking_markers() -> None:
    template = made(ThinkingMarkers("<t>", "</t>"), **THINKING)
    assert text(template, row("q", "<t>x</t> a ", "r", "<think>")) == "^[q]a|[r]<none><think>"


def test_history_answer() -> None:
    template = made(HistoryAnswer("<answer>", "</answer>"), **THINKING)
    assert text(template, row("q", "<think>t</think><answer>\na\n</answer>\n", "r", "<think>b")) == "^[q]a|[r]<think>b"


def test_prefix_all_answers() -> None:
    rules = (ThinkingMarkers(trim=False), PrefixAllAnswers("<think></think>", "</think>"))
    template = made(*rules, **THINKING)
    inputs = row("q", "<think>x</think> a", "r", "b", "s", "</think>c")
    assert text(template, inputs) == "^[q] a|[r]b|[s]</think>c"
    kept = with_options(inputs, preserve_thinking=True)
    assert text(template, kept) == "^[q]<think>x</think> a|[r]</think>b|[s]</think>c"
    thinking = with_options(inputs, preserve_thinking=True, enable_thinking=True)
    assert text(template, thinking) == "^[q]<think>x</think> a|[r]<think></think>b|[s]</think>c"


def test_prefix_last_answer() -> None:
    template = made(PrefixLastAnswer(), arguments={"mode": "train"}, **THINKING)
    assert text(template, row("q", "a", "r", "b")) == "^[q]a|[r]<none>b$"
    assert text(template, row("q", "a", "r", "b</think>")) == "^[q]a|[r]b</think>$"
    assert text(template, row("q", "a", "r")) == "^[q]<none>a|[r]<none>"


def test_history_before_tools() -> None:
    template = made(HistoryBeforeTools(), PreserveThinking(default=False), **THINKING)
    tool = "<tool_response>x</tool_response>"
    inputs = row("q", "<think>a</think>b", "r", "<think>c</think>d", tool, "<think>e</think>f")
    assert text(template, inputs) == "^[q]b|[r]<think>c</think>d|[" + tool + "]<think>e</think>f"


def test_prefix_after_user() -> None:
    template = made(PrefixAfterUser(), arguments={"mode": "train"}, **THINKING)
    first = {"messages": [{"role": "assistant", "content": "a"}, *row("q", "b")["messages"]]}
    assert text(template, first) == "^[]a|[q]<none>b$"


def test_keep_thinking_with_tools_keeps_to_rows_with_tools() -> None:
    template = made(KeepThinkingWithTools(), **THINKING)
    assert text(template, HISTORY) == "^[q]a|[r]<think>u</think>b"


LEVEL = ThinkingLevel(known=("low", "high"), unknown="refuse", default_on="high", variable=False)
NOTE = SystemNote("{{LEVEL}} {{Level}}", thinking=True)


def test_thinking_level() -> None:
    template = made(EnableThinking(), LEVEL, NOTE, **THINKING)
    assert text(template, row("q")) == "^(high High)[q]<think>"
    assert text(template, with_options(row("q"), reasoning_effort="low")) == "^(low Low)[q]<think>"
    assert text(template, with_options(row("q"), enable_thinking=False)) == "^[q]<none>"
    message = "field 'chat_template_kwargs.reasoning_effort': 'max' is no level of this template; give one of low, high"
    with pytest.raises(RowError, match=message):
        template.encode(with_options(row("q"), reasoning_effort="max"))
    off = with_options(row("q"), reasoning_effort="max", enable_thinking=False)
    assert text(template, off) == "^[q]<none>"  # nobody reads it
    with pytest.raises(RowError, match="reasoning_effort': is a boolean; give a string"):
        template.encode(with_options(row("q"), reasoning_effort=True))


def test_a_level_of_the_call() -> None:
    template = made(EnableThinking(), LEVEL, NOTE, arguments={"reasoning_effort": "low"}, **THINKING)
    assert text(template, row("q")) == "^(low Low)[q]<think>"
    assert text(pickle.loads(pickle.dumps(template)), row("q")) == "^(low Low)[q]<think>"
    with pytest.raises(ArgumentError, match="argument 'reasoning_effort': 'max' is no level of this template"):
        made(LEVEL, arguments={"reasoning_effort": "max"})
    ignoring = dataclasses.replace(LEVEL, unknown="ignore")
    with pytest.warns(UserWarning, match="'max' is no level of this template; give one of low, high; it is ignored"):
        template = made(EnableThinking(), ignoring, NOTE, arguments={"reasoning_effort": "max"}, **THINKING)
    assert text(template, row("q")) == "^(high High)[q]<think>"
    assert text(template, with_options(row("q"), reasoning_effort="max")) == "^(high High)[q]<think>"


def test_a_level_decides_whether_to_think() -> None:
    level = ThinkingLevel(default_on="high", default_off="none", off="none", decides="given")
    template = made(level, SystemNote("{{LEVEL}}"), **THINKING)
    assert text(template, row("q")) == "^(none)[q]<none>"
    assert text(template, with_options(row("q"), reasoning_effort="x")) == "^(x)[q]<think>"
    assert text(template, with_options(row("q"), enable_thinking=True)) == "^(none)[q]<think>"
    both = with_options(row("q"), enable_thinking=True, reasoning_effort="none")
    assert text(template, both) == "^(none)[q]<none>"
    thinking = made(level, SystemNote("{{LEVEL}}"), arguments={"enable_thinking": True}, **THINKING)
    assert text(thinking, row("q")) == "^(high)[q]<think>"


def test_a_mode_opens_turns() -> None:
    level = ThinkingLevel("thinking_mode", default_off="off", off="off", decides="always", opens="on")
    template = made(level, **THINKING)
    assert text(template, row("q")) == "^[q]<none>"
    assert text(template, with_options(row("q"), thinking_mode="on")) == "^[q]<think>"
    assert text(template, with_options(row("q"), thinking_mode="perhaps")) == "^[q]"


def test_a_level_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REASONING_EFFORT", "low")
    level = dataclasses.replace(LEVEL, variable=True)
    template = made(EnableThinking(), level, NOTE, **THINKING)
    monkeypatch.delenv("REASONING_EFFORT")
    assert text(template, row("q")) == "^(low Low)[q]<think>"
    assert text(pickle.loads(pickle.dumps(template)), row("q")) == "^(low Low)[q]<think>"


@pytest.mark.parametrize(
    ("name", "value"),
    [("reasoning_effort", "low"), ("thinking_mode", "on"), ("thinking_budget", 5), ("seed_use_thinking", True)],
)
def test_a_keyword_that_no_rule_goes_by(name: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=f"argument '{name}': template 'made' does not go by it; leave it out"):
        made(arguments={name: value})


def test_keywords_of_the_wrong_type() -> None:
    with pytest.raises(ArgumentError, match="argument 'thinking_budget': is 'many'; give a whole number of tokens"):
        made(BUDGET, arguments={"thinking_budget": "many"})
    with pytest.raises(ArgumentError, match="argument 'reasoning_effort': is True; give a word such as 'high', or a"):
        made(LEVEL, arguments={"reasoning_effort": True})


# The system text


def test_system_note() -> None:
    note = SystemNote("n", separator="+", unless=("stop",))
    assert text(made(note), row("q", "a", system="s")) == "^(n+s)[q]a"
    assert text(made(note), row("q", "a")) == "^(n)[q]a"
    assert text(made(note), row("q", "a", system="stop")) == "^(stop)[q]a"
    after = dataclasses.replace(note, after=True, wherever="set")
    assert text(made(after), row("q", "a", system="s")) == "^(s+n)[q]a"
    assert text(made(after), row("q", "a", system="")) == "^(n)[q]a"
    assert text(made(after), row("q", "a")) == "^[q]a"
    assert text(made(dataclasses.replace(note, wherever="filled")), row("q", "a", system="")) == "^[q]a"
    assert text(made(dataclasses.replace(note, behind="s", tools=False)), row("q", "a", system="sos")) == "^(snosn)[q]a"
    assert text(made(dataclasses.replace(note, tools=True)), row("q", "a")) == "^[q]a"


def test_notes_of_levels() -> None:
    note = SystemNote("other", levels=(("low", ""), ("high", "much")))
    template = made(ThinkingLevel(), note)
    options = ({"reasoning_effort": level} for level in ("low", "high", "odd"))
    texts = [text(template, with_options(row("q", "a"), **option)) for option in options]
    assert texts == ["^[q]a", "^(much)[q]a", "^(other)[q]a"]


# What was rendered


def test_opening_note() -> None:
    note = OpeningNote("<{{LEVEL}}>", declaration="tools", behind="!")
    template = made(ThinkingLevel("thinking_effort"), note, arguments={"loss_scale": "all", "mode": "train"})
    assert text(template, row("q", "a")) == "^[q]a$"
    segments = template.render(with_options(row("q", "a"), thinking_effort="low", reasoning_effort="high"))
    assert [(segment.text, segment.weight) for segment in segments] == [("<low>", 0.0), ("^[q]a$", 1.0)]
    assert text(template, with_options(row("q", "a"), reasoning_effort="high")) == "<high>^[q]a$"


def test_trim_newline() -> None:
    rule = TrimNewline(("]\n", "-\n"), before="<tool>")
    template = made(rule, prompt=["[{{QUERY}}]\n"])
    assert text(template, row("q")) == "^[q]"
    assert text(template, row("q", "a-\n")) == "^[q]\na-"
    assert text(template, row("q", "", "r", "<tool>")) == "^[q]\n|[r]<tool>"
    assert text(template, row("q", "<tool>", "r")) == "^[q]<tool>|[r]"
    assert text(template, row("q", [1], "r", "-\n")) == "^[q]\n|[r]\n-"


def test_harmony_channels() -> None:
    template = made(HarmonyChannels(), ThinkingLevel(default_off="low"), FrameSystem("at {{LEVEL}}"))
    final = "<|channel|>final<|message|>"
    assert text(template, row("q", "a", "r", "<|channel|>b")) == f"^(at low)[q]{final}a|[r]<|channel|>b"
    assert template.template_meta.default_agent_template == "harmony"


def test_last_round_only() -> None:
    template = made(LastRoundOnly(), arguments={"mode": "train", "loss_scale": "all"})
    segments = [(segment.text, segment.weight) for segment in template.render(row("q", "a", "r", "b"))]
    assert segments == [("^[q]a|[r]", 0.0), ("b$", 1.0)]


def test_answer_apart() -> None:
    template = made(AnswerApart(), arguments={"mode": "train", "loss_scale": "all"})
    texts = [segment.text for segment in template.render(row("q", "a", "r", "b")) if segment.text]
    assert texts == ["^[q]a|[r]", "b$"]
    template.set_mode("transformers")
    assert [segment.text for segment in template.render(row("q", "a"))] == ["^[q]a"]


# Rules as data


def test_every_rule_reaches_the_core() -> None:
    kinds = {name for name in module.__all__ if name != "Rule"}
    tested = {name for name in globals() if isinstance(globals()[name], type) and issubclass(globals()[name], Rule)}
    assert kinds == tested - {"Rule"}


def test_rules_are_plain_data() -> None:
    for meta in swiftcore.TEMPLATE_MAPPING.values():
        for rule in meta.rules:
            assert json.loads(json.dumps(rule.spec()))["rule"] == type(rule).__name__
            assert hash(rule) == hash(dataclasses.replace(rule))


@pytest.mark.parametrize("rules", [[TrimMessages()], ("trim",), (Rule(),)])
def test_what_is_no_rule_is_refused(rules: Any) -> None:
    meta = TemplateMeta("made", ["^"], ["[{{QUERY}}]"], ["|"], rules=rules)
    with pytest.raises(TemplateError, match="rules"):
        register_template(meta)


def test_a_date_that_cannot_be_written_is_refused() -> None:
    meta = TemplateMeta("made", ["^"], ["[{{QUERY}}]"], ["|"], rules=(FrameSystem("{{DATE:%Q}}"),))
    with pytest.raises(TemplateError, match=r"rules\[0\].unset: .* holds the unknown directive %Q"):
        check(meta)


def test_the_document_names_rules_and_templates() -> None:
    document = (ROOT / "docs/templates.md").read_text("utf-8")
    assert [name for name in module.__all__ if name != "Rule" and f"`{name}`" not in document] == []
    rows = {line.split("`")[1]: line for line in document.splitlines() if line.startswith("| `")}
    for meta in swiftcore.TEMPLATE_MAPPING.values():
        for rule in meta.rules:
            if isinstance(rule, ThinkingLevel):
                row_of = rows["thinking_mode" if rule.setting == "thinking_mode" else "reasoning_effort"]
            elif isinstance(rule, ThinkingBudget):
                row_of = rows["thinking_budget"]
            elif isinstance(rule, EnableThinking) and rule.variable:
                row_of = rows["enable_thinking"]
            else:
                continue
            assert f"`{meta.template_type}`" in row_of
