"""Rows with tools: what brings them, how they are written and read back, and formats of one's own."""

from __future__ import annotations

import itertools
import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import swiftcore
from hypothesis import given
from hypothesis import strategies as st
from support import row
from swiftcore.template import agents

Make = Callable[..., swiftcore.Template]

WEATHER = {
    "name": "get_weather",
    "description": "Get the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
}
ADD = {"name": "add", "description": "Add.", "parameters": {"type": "object", "properties": {"a": {"type": "number"}}}}
CALL = {"name": "get_weather", "arguments": {"city": "Zürich", "days": 2}}
WRAPPED = {"type": "function", "function": WEATHER}


def asked(*messages: dict[str, Any], tools: Any = None) -> dict[str, Any]:
    query = {"role": "user", "content": "Weather?"}
    return {"messages": [query, *messages], "tools": [WEATHER] if tools is None else tools}


def called(content: Any = CALL, **fields: Any) -> dict[str, Any]:
    return {"role": "tool_call", "content": content, **fields}


def answered(content: Any = "21", **fields: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, **fields}


FINE = {"role": "assistant", "content": "fine"}


def text(template: swiftcore.Template, row: dict[str, Any]) -> str:
    return "".join(segment.text or f"<{segment.ids}>" for segment in template.render(row))


@pytest.fixture
def template(make: Make) -> swiftcore.Template:
    return make("qwen2_5", mode="train")


@pytest.fixture(autouse=True)
def formats_as_they_were() -> Iterator[None]:
    before = dict(agents._OWN)
    yield
    agents._OWN.clear()
    agents._OWN.update(before)


def runs(template: swiftcore.Template, row: Any) -> list[tuple[str, float]]:
    """The rendered texts, those of one weight as one."""
    segments = itertools.groupby(template.render(row), key=lambda segment: segment.weight)
    return [("".join(segment.text or "" for segment in group), weight) for weight, group in segments]


def test_a_round_of_tools(template: swiftcore.Template) -> None:
    head, call, answer, last = runs(template, asked(called(), answered({"temp": 21.0}), FINE))
    assert head[0].endswith("\n</tool_call><|im_end|>\n<|im_start|>user\nWeather?<|im_end|>\n<|im_start|>assistant\n")
    assert json.dumps(WRAPPED, ensure_ascii=False) in head[0]
    expected = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Zürich", "days": 2}}\n</tool_call>'
    assert call == (f"{expected}<|im_end|>\n", 1.0)
    assert answer[0] == (
        '<|im_start|>user\n<tool_response>\n{"temp": 21.0}\n</tool_response><|im_end|>\n<|im_start|>assistant\n'
    )
    assert last == ("fine<|im_end|>\n", 1.0)


@pytest.mark.parametrize(
    "tools",
    [
        [WRAPPED],
        [WEATHER],
        json.dumps([WEATHER]),
        [json.dumps(WEATHER)],
        json.dumps(WEATHER),
        repr([WEATHER]),
        ({**WEATHER, "strict": None},),
    ],
)
def test_tools_may_come_in_any_form(template: swiftcore.Template, tools: Any) -> None:
    assert template.encode(asked(FINE, tools=tools)) == template.encode(asked(FINE))


@pytest.mark.parametrize(
    "content",
    [
        CALL,
        json.dumps(CALL),
        repr(CALL),
        {"name": CALL["name"], "parameters": CALL["arguments"]},
        {"name": CALL["name"], "arguments": json.dumps(CALL["arguments"])},
        {"name": CALL["name"], "arguments": repr(CALL["arguments"])},
    ],
)
@pytest.mark.parametrize("agent", ["hermes", "react_en", "qwen3_coder", "llama3", "deepseek_v4", "glm4_5", "kimi_k3"])
def test_calls_may_come_in_any_form(make: Make, agent: str, content: Any) -> None:
    template = make("qwen2_5", mode="train", agent_template=agent)
    expected = template.encode(asked(called(), answered(), FINE))
    assert template.encode(asked(called(content), answered(), FINE)) == expected
    for arguments in (CALL["arguments"], json.dumps(CALL["arguments"])):
        function = {"name": CALL["name"], "arguments": arguments}
        for call in ({"id": "1", "type": "function", "function": function}, function):
            message = {"role": "assistant", "tool_calls": [call]}
            for said in (message, {**message, "content": None}, {**message, "content": ""}):
                assert template.encode(asked(said, answered(), FINE)) == expected


def test_answers_are_put_in_the_order_of_the_calls(template: swiftcore.Template) -> None:
    calls = [{"id": name, "function": {"name": "add", "arguments": {"a": name}}} for name in "xyz"]
    message = {"role": "assistant", "content": "", "tool_calls": calls}
    in_order = [answered(name, tool_call_id=name) for name in "xyz"]
    shuffled = [in_order[2], in_order[0], in_order[1]]
    assert text(template, asked(message, *shuffled, FINE)) == text(template, asked(message, *in_order, FINE))
    # Where not all calls are answered by their ids, the answers stay as they came.
    kept = text(template, asked(message, in_order[2], in_order[0], FINE))
    assert kept.index("\nz\n") < kept.index("\nx\n")


def test_loss_travels_with_the_calls(template: swiftcore.Template) -> None:
    def weights(**fields: Any) -> list[float]:
        message = {"role": "assistant", "content": "I look.", "tool_calls": [{"function": CALL}], **fields}
        return [weight for _, weight in runs(template, asked(message, answered(), FINE))]

    assert weights() == [0.0, 1.0, 0.0, 1.0]
    assert weights(loss=False) == [0.0, 1.0]
    # The token that ends the turn weighs 1, as in ms-swift.
    assert weights(loss_scale=0.5) == [0.0, 0.5, 1.0, 0.0, 1.0]
    run = [called(), called(loss=False), called(loss=True)]
    assert [weight for _, weight in runs(template, asked(*run, answered(), FINE))] == [0.0, 1.0]


def test_tools_unasked_end_the_users_text(template: swiftcore.Template) -> None:
    rendered = text(template, asked(answered("a"), answered("b"), FINE))
    assert (
        "Weather?<|im_end|>\n<|im_start|>user\n<tool_response>\na\n</tool_response>\n<tool_response>\nb\n" in rendered
    )


def test_refusals_name_row_message_and_field(make: Make) -> None:
    template = make("qwen2_5", mode="train")
    good = asked(called(), answered(), FINE)
    wrong = [
        (asked(FINE, tools="[{"), None, "tools"),
        (asked(called("nope"), answered(), FINE), 1, "content"),
        (asked(called({"arguments": {}}), FINE), 1, "content.name"),
        ({"messages": [answered(), FINE]}, 0, "role"),
        (asked(called(), answered(), {"role": "user", "content": "x"}, FINE), 3, "role"),
        ({"messages": [row("a")["messages"][0], answered({1, 2}), FINE]}, 1, "content"),
    ]
    rows = [entry for candidate, _, _ in wrong for entry in (candidate, good)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = template.encode_batch(rows)
    assert len(batch) == len(wrong)
    found = [(error.row, error.message, error.field) for error in batch.refused]
    assert found == [(2 * index, message, field) for index, (_, message, field) in enumerate(wrong)]
    with pytest.raises(swiftcore.RowError, match="writes one round only"):
        make("qwen2_5", use_chat_template=False).encode(good)
    with pytest.raises(swiftcore.RowError, match="has no agent format to write tools with"):
        make("chatml").encode(good)
    bare = next(name for name, meta in swiftcore.TEMPLATE_MAPPING.items() if not meta.support_system)
    with pytest.raises(swiftcore.RowError, match="field 'tools': template .* has no place for a system text"):
        make(bare, agent_template="hermes").encode(asked(FINE))


def test_an_unknown_format_names_the_nearest(tokenizer: swiftcore.Tokenizer) -> None:
    with pytest.raises(
        swiftcore.ArgumentError, match="there is no 'hermess'; did you mean 'hermes'\\? known: react_en"
    ):
        swiftcore.get_template(tokenizer, template_type="qwen2_5", agent_template="hermess")
    with pytest.raises(swiftcore.ArgumentError, match="argument 'agent_template': is 5; give the name"):
        swiftcore.get_template(tokenizer, template_type="qwen2_5", agent_template=5)


@pytest.mark.parametrize("agent", swiftcore.agent_template_names())
def test_every_format_in_a_batch_is_every_row_by_itself(make: Make, agent: str) -> None:
    template = make("qwen3", mode="train", agent_template=agent)
    said = {"role": "assistant", "content": "<think>\nhm\n</think>\n\nSo."}
    rows = [
        asked(FINE),
        asked(called(), answered(), FINE),
        asked(said, called(), called({"name": "add", "arguments": {"a": 1.5}}), answered(), answered("x"), FINE),
        asked(called(), answered()),
        asked(FINE, tools=[WEATHER, ADD]),
    ]
    batch = template.encode_batch(rows, num_threads=2)
    assert [batch[index] for index in range(len(rows))] == [template.encode(row) for row in rows]


def test_tools_from_a_table_are_those_of_the_rows(make: Make, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    nullable = {"name": "f", "description": "d", "parameters": {"properties": {"q": {"default": None, "enum": [None]}}}}
    other = {"name": "g", "description": "e", "parameters": {"properties": {"z": {"default": 1, "enum": [2]}}}}
    messages = [*asked(called(), answered(), FINE)["messages"]]
    rows = [{"messages": messages, "tools": [tool]} for tool in (nullable, other)]
    for entry in rows:
        entry["messages"] = [
            {
                **message,
                "content": json.dumps(message["content"])
                if isinstance(message["content"], dict)
                else message["content"],
            }
            for message in entry["messages"]
        ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    template = make("qwen2_5", mode="train")
    swiftcore.encode_files(template, [tmp_path / "rows.parquet"], tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet").column("input_ids").to_pylist()
    assert found == [template.encode(entry)["input_ids"] for entry in rows]


def test_the_tool_conversations_of_the_corpus(shared: Path, make: Make) -> None:
    lines = (shared / "data/chat.jsonl").read_text("utf-8").splitlines()
    rows = [entry for entry in map(json.loads, lines) if "tools" in entry]
    assert len(rows) == 600
    for agent in ("hermes", "react_en", "qwen_en"):
        template = make("qwen2_5", mode="train", agent_template=agent)
        batch = template.encode_batch(rows, on_error="raise")
        assert [batch[index] for index in range(len(rows))] == [template.encode(entry) for entry in rows]


# Reading back.


def test_calls_are_read_back_with_their_types(make: Make) -> None:
    for agent in ("hermes", "react_en", "qwen_en", "qwen3_coder", "llama3", "deepseek_v3_1", "deepseek_v4"):
        template = make("qwen2_5", agent_template=agent)
        rendered = text(template, asked(called(), called({"name": "add", "arguments": {"a": 1.5}})))
        answer = rendered.rsplit("<|im_start|>assistant\n", 1)[1]
        expected = [CALL, {"name": "add", "arguments": {"a": 1.5}}]
        assert template.parse_tool_calls(answer, [WEATHER, WRAPPED, json.dumps(ADD)]) == expected
    assert make("qwen2_5", agent_template="qwen3_coder").parse_tool_calls(
        "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>"
    ) == [{"name": "f", "arguments": {"a": "1"}}]
    with pytest.raises(swiftcore.ArgumentError, match="this template has no agent format"):
        make("chatml").parse_tool_calls("x")
    with pytest.raises(swiftcore.ArgumentError, match="argument 'text': is bytes; give a string"):
        make("qwen2_5").parse_tool_calls(b"x")  # type: ignore[arg-type]


SEAMS = [
    "<tool_call>",
    "</tool_call>",
    '{"name": "f", "arguments": ',
    "{",
    "}",
    "Action:",
    "Action Input:",
    "\ud800",
    "'",
]


@given(st.lists(st.one_of(st.sampled_from(SEAMS), st.text(max_size=5))).map("".join))
def test_no_text_makes_reading_fail(answer: str) -> None:
    for name in ("hermes", "react_en", "qwen3_coder", "llama3", "deepseek_v4", "gemma4", "minimax_m3"):
        template = swiftcore.get_template("deepseek", template_type="qwen2_5", agent_template=name)
        for tools in (None, answer, [answer, 5, {}, {"name": answer}]):
            assert isinstance(template.parse_tool_calls(answer, tools), list)


# Formats of one's own.

BRIEF = swiftcore.AgentTemplate(
    tool="{{NAME}}: {{SCHEMA}}",
    tools="{{SYSTEM}}[{{NAMES}}]\n{{TOOLS}}",
    around_system=("", "\n"),
    call="<c>{{CALL}}</c>",
    before_calls="\n",
    answer="<a>{{ANSWER}}</a>",
    before_answers="<end>",
    after_answers="<go>",
)


def test_a_declared_format(tokenizer: swiftcore.Tokenizer) -> None:
    swiftcore.register_agent_template("brief", BRIEF)
    assert "brief" in swiftcore.agent_template_names()
    for name in ("brief", BRIEF):
        template = swiftcore.get_template(tokenizer, template_type="qwen2_5", agent_template=name, default_system="S")
        said = {"role": "assistant", "content": "Hm."}
        rendered = text(template, asked(said, called(), called(), answered("x"), answered("y"), FINE))
        assert "system\nS\n[get_weather]\nget_weather: {" in rendered
        call = '<c>{"name": "get_weather", "arguments": {"city": "Zürich", "days": 2}}</c>'
        assert f"Hm.\n{call}\n{call}<end><a>x</a>\n<a>y</a><go>fine" in rendered
        assert template.parse_tool_calls(rendered) == [CALL, CALL]
        again = pickle.loads(pickle.dumps(template))
        assert text(again, asked(called(), answered(), FINE)) == text(template, asked(called(), answered(), FINE))


class Shout(swiftcore.BaseAgentTemplate):
    def _format_tools(
        self, tools: list[dict[str, Any]], system: str | None = None, user_message: dict[str, Any] | None = None
    ) -> str:
        assert user_message is not None and self.template_meta is not None
        user_message["content"] = f"({len(tools)} tools) " + user_message["content"]
        return system or ""

    def _add_tool_call_prefix(self, tool_content: str, pre_message: dict[str, Any] | None = None) -> str:
        if pre_message is None:
            return tool_content
        pre_message["content"] = pre_message["content"].strip()
        return "\n" + tool_content


def test_a_class_is_a_format(tokenizer: swiftcore.Tokenizer) -> None:
    swiftcore.register_agent_template("shout", Shout)
    shouting = swiftcore.get_template(tokenizer, template_type="qwen2_5", agent_template="shout", mode="train")
    said = {"role": "assistant", "content": " Hm. "}
    rows = [asked(said, called(), answered(), FINE)] * 40
    rendered = text(shouting, rows[0])
    action = "Action: get_weather\nAction Input: {'city': 'Zürich', 'days': 2}\nObservation:"
    assert f"user\n(1 tools) Weather?<|im_end|>\n<|im_start|>assistant\nHm.\n{action}21\nfine" in rendered
    batch = shouting.encode_batch(rows, num_threads=3)
    assert [batch[index] for index in range(40)] == [shouting.encode(row) for row in rows]
    assert shouting.parse_tool_calls(rendered) == [CALL]
    again = pickle.loads(pickle.dumps(shouting))
    assert again.encode(rows[0]) == shouting.encode(rows[0])
    with pytest.raises(swiftcore.RowError, match="agent format 'shout' raised NotImplementedError"):
        shouting.encode(asked(answered(), FINE))


def test_a_class_writes_what_the_built_in_format_writes(tokenizer: swiftcore.Tokenizer) -> None:
    class React(swiftcore.BaseAgentTemplate):
        def _format_tools(
            self, tools: list[dict[str, Any]], system: str | None = None, user_message: dict[str, Any] | None = None
        ) -> str:
            return "T"

    make = swiftcore.get_template
    ours = make(tokenizer, template_type="qwen2_5", agent_template=React)
    theirs = make(tokenizer, template_type="qwen2_5", agent_template="react_en")
    for messages in (
        [called(), answered(), FINE],
        [called(), called(), answered(), answered("b\n"), FINE],
        [FINE, called(), answered(), FINE],
        [{"role": "assistant", "content": "x\nAction: f\nAction Input: {}"}, answered(), FINE],
        [FINE, answered(), FINE],
    ):
        untooled = asked(*messages) | {"tools": []}
        assert text(ours, untooled) == text(theirs, untooled)


def test_registering_refuses_what_is_no_format() -> None:
    register = swiftcore.register_agent_template
    for name, format, message in (
        ("", BRIEF, "argument 'name': is ''"),
        ("x", 5, "argument 'agent_template': is 5; give an AgentTemplate, or a class"),
        ("hermes", BRIEF, "there is an agent format 'hermes' already"),
    ):
        with pytest.raises(swiftcore.ArgumentError, match=message):
            register(name, format)  # type: ignore[arg-type]
    register("hermes", BRIEF, exist_ok=True)
    with pytest.raises(swiftcore.ArgumentError, match="argument 'tools': is 'x'; give a text that holds {{TOOLS}}"):
        swiftcore.AgentTemplate(tools="x")


READ_AS_JSON = ["hy_v3", "hy_v3_preview", "minimax_m2", "minimax_m3", "minicpm5", "xing4_0"]


@pytest.mark.parametrize("agent_template", READ_AS_JSON)
def test_values_are_json_in_these_formats_where_tools_say_nothing(make: Make, agent_template: str) -> None:
    made = make("qwen2_5", agent_template=agent_template)
    arguments = {"a": 2, "b": [1, "x"], "c": "text", "d": True, "e": {"f": 0.5}}
    written = text(made, asked(called({"name": "f", "arguments": arguments}), tools=[]))
    assert made.parse_tool_calls(written) == [{"name": "f", "arguments": arguments}]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in "abd"}}
    for key in ("parameters", "input_schema"):
        found = made.parse_tool_calls(written, [{"name": "f", key: schema}])[0]["arguments"]
        assert (found["a"], found["d"], found["c"]) == ("2", "true", "text")


@pytest.mark.parametrize("agent_template", ["glm4_5", "qwen3_coder", "ling3", "seed_oss", "spark2_5"])
def test_values_are_text_in_other_formats_where_tools_say_nothing(make: Make, agent_template: str) -> None:
    made = make("qwen2_5", agent_template=agent_template)
    written = text(made, asked(called({"name": "f", "arguments": {"a": 2}}), tools=[]))
    assert made.parse_tool_calls(written) == [{"name": "f", "arguments": {"a": "2"}}]
