"""Messages in the forms of OpenAI's and Anthropic's APIs, whatever the way in."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import swiftcore
from swiftcore import RowError

Make = Callable[..., swiftcore.Template]
Row = dict[str, Any]

USER = {"role": "user", "content": "q"}
FINE = {"role": "assistant", "content": "a"}


def text(template: swiftcore.Template, row: Row) -> str:
    return "".join(segment.text or f"<{segment.ids}>" for segment in template.render(row))


@pytest.fixture
def template(make: Make) -> swiftcore.Template:
    return make("qwen2_5", mode="train")


def of_one_type(row: Row) -> Row:
    """The row with all texts as parts, if any content is a list: the cells of a column have one type."""
    messages = row["messages"]
    if not any(isinstance(message["content"], list) for message in messages):
        return row

    def parts(content: Any) -> Any:
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    return {**row, "messages": [{**message, "content": parts(message["content"])} for message in messages]}


def ways_in(template: swiftcore.Template, row: Row, folder: Path, tables: bool = True) -> dict[str, Row]:
    """What comes of a row as a dict, in a batch, of a file, of JSON text in a table and of a table."""
    source, target = folder / "rows.jsonl", folder / "out.jsonl"
    source.write_text(json.dumps(row) + "\n", "utf-8")
    swiftcore.encode_files(template, [source], target, overwrite=True)
    cells = {name: [json.dumps(value)] if name == "messages" else [value] for name, value in row.items()}
    found = {
        "dict": template.encode(row),
        "batch": template.encode_batch([row])[0],
        "file": json.loads(target.read_text("utf-8")),
        "text": template.encode_batch(pa.table(cells))[0],
    }
    if tables:
        found["table"] = template.encode_batch(pa.Table.from_pylist([of_one_type(row)]))[0]
    return {way: {name: encoded[name] for name in ("input_ids", "labels")} for way, encoded in found.items()}


def same_everywhere(template: swiftcore.Template, row: Row, other: Row, folder: Path, tables: bool = True) -> None:
    """Checks that a row encodes like `other`, whatever the way in."""
    expected = template.encode(other)
    for way, encoded in ways_in(template, row, folder, tables).items():
        assert encoded == {name: expected[name] for name in ("input_ids", "labels")}, way


def calls(*ids: Any) -> Row:
    form = [{"id": one, "function": {"name": f"f{index}", "arguments": {}}} for index, one in enumerate(ids)]
    return {"role": "assistant", "content": "", "tool_calls": form}


def answer(content: Any, **fields: Any) -> Row:
    return {"role": "tool", "content": content, **fields}


# Ids of two calls, and the ids that their answers give.
PAIRS = [(1, 2), (1.5, 2.5), ("", "b"), (0, 1), (True, False), (10**30, 2), ("1", 1), (-1, -2)]


@pytest.mark.parametrize("first, second", PAIRS, ids=repr)
def test_answers_are_put_in_the_order_of_the_calls_whatever_their_ids_are(
    template: swiftcore.Template, tmp_path: Path, first: Any, second: Any
) -> None:
    turned = [answer("two", tool_call_id=second), answer("one", tool_call_id=first)]
    row = {"messages": [USER, calls(first, second), *turned, FINE]}
    expected = {"messages": [USER, calls("a", "b"), answer("one"), answer("two"), FINE]}
    is_one_type = type(first) is type(second) and first != 10**30
    same_everywhere(template, row, expected, tmp_path, tables=is_one_type)


@pytest.mark.parametrize("ids", [(1, 1.0), ("1", 1), (True, 1), (None, 2), (1, 3), (float("nan"), 2)], ids=repr)
def test_answers_that_do_not_name_all_calls_stay_where_they_are(template: swiftcore.Template, ids: Any) -> None:
    answers = [answer("two", tool_call_id=2), answer("one", tool_call_id=ids[0])]
    row = {"messages": [USER, calls(*ids), *answers, FINE]}
    expected = {"messages": [USER, calls("a", "b"), answer("two"), answer("one"), FINE]}
    assert template.encode(row) == template.encode(expected)


@pytest.mark.parametrize("ids", [(1, True), (2.0, 2)])
def test_ids_that_python_takes_for_equal_are_equal(template: swiftcore.Template, ids: Any) -> None:
    row = {
        "messages": [USER, calls("x", ids[0]), answer("b", tool_call_id=ids[1]), answer("a", tool_call_id="x"), FINE]
    }
    expected = {"messages": [USER, calls("a", "b"), answer("a"), answer("b"), FINE]}
    assert template.encode(row) == template.encode(expected)


def test_answers_are_ordered_in_every_format(make: Make) -> None:
    tried = 0
    for name in swiftcore.agent_template_names():
        made = make("qwen2_5", mode="train", agent_template=name)
        turned = [answer("two", tool_call_id=2), answer("one", tool_call_id=1)]
        try:
            expected = text(made, {"messages": [USER, calls("a", "b"), answer("one"), answer("two"), FINE]})
        except RowError:
            continue
        assert text(made, {"messages": [USER, calls(1, 2), *turned, FINE]}) == expected, name
        tried += 1
    assert tried > 25


@pytest.mark.parametrize(
    "given, written", [(8, "8"), (1.0, "1.0"), (True, "True"), ("c", "c"), ("", ""), (None, "None")]
)
def test_an_id_is_written_as_it_was_given(make: Make, given: Any, written: str) -> None:
    made = make("qwen2_5", mode="train", agent_template="kimi_k25")
    row = {"messages": [USER, {"role": "assistant", "content": "x"}, answer("r", tool_call_id=given), FINE]}
    assert f"## Return of {written}\nr" in text(made, row)


def test_an_id_that_cannot_be_compared_is_refused(template: swiftcore.Template) -> None:
    with pytest.raises(RowError, match=r"message 1, field 'tool_calls\[0\].id': is a list; give a string or a number"):
        template.encode({"messages": [USER, calls([1]), answer("r"), FINE]})
    with pytest.raises(RowError, match="message 2, field 'tool_call_id': is an object"):
        template.encode({"messages": [USER, calls(1), answer("r", tool_call_id={}), FINE]})


def call(**fields: Any) -> Row:
    return {"role": "tool_call", "content": '{"name": "f", "arguments": {}}', **fields}


@pytest.mark.parametrize(
    "first, second, like",
    [
        ({"loss": None}, {"loss": False}, {}),
        ({}, {"loss": False}, {"loss": False}),
        ({"loss": False}, {"loss": True}, {"loss": False}),
        ({"loss_scale": None}, {"loss_scale": 0.5}, {}),
        ({}, {"loss_scale": 0.5}, {"loss_scale": 0.5}),
        ({"loss": None, "loss_scale": 2.0}, {"loss": False, "loss_scale": 0.5}, {"loss_scale": 2.0}),
    ],
)
def test_the_first_call_of_a_run_that_says_anything_of_its_loss_decides(
    make: Make, tmp_path: Path, first: Row, second: Row, like: Row
) -> None:
    made = make("qwen2_5", mode="train", is_binary_loss_scale=False)
    same_everywhere(
        made,
        {"messages": [USER, call(**first), call(**second)]},
        {"messages": [USER, call(**like), call(**like)]},
        tmp_path,
        tables=None not in first.values(),  # a null of a table is a field that is not there
    )


def test_openai_calls_with_null_loss_are_trained_as_usual(template: swiftcore.Template) -> None:
    row = {"messages": [USER, {**calls("a"), "loss": None}, call(loss=False)]}
    assert template.encode(row) == template.encode({"messages": [USER, calls("a"), call()]})


NO_MEDIUM = ["", [], [""], [None], {}, [{}], {"path": None}, [{"path": None, "bytes": None}], [{"url": ""}], None]


@pytest.mark.parametrize("value", NO_MEDIUM, ids=repr)
@pytest.mark.parametrize("name", ["images", "videos", "audios", "image", "video", "audio"])
def test_what_is_no_medium_is_not_counted(template: swiftcore.Template, tmp_path: Path, name: str, value: Any) -> None:
    row = {"messages": [USER, FINE], name: value}
    same_everywhere(template, row, {"messages": [USER, FINE]}, tmp_path, tables=value not in ([{}], {}))


@pytest.mark.parametrize("value", NO_MEDIUM, ids=repr)
def test_what_is_no_medium_is_not_counted_on_the_other_side(make: Make, value: Any) -> None:
    made = make("qwen2_5", mode="rlhf")
    row = {"messages": [USER, FINE], "rejected_response": "b"}
    assert made.encode({**row, "rejected_images": value}) == made.encode(row)


def test_a_medium_is_still_counted(template: swiftcore.Template) -> None:
    for value in ("x.png", ["x.png", ""], {"path": "x"}, [{"bytes": b"1", "path": None}], [{"other": 1}], [object()]):
        assert "<image>q" in text(template, {"messages": [USER, FINE], "images": value}), value


@pytest.mark.parametrize(
    "content, expected",
    [
        ([{"type": "text", "text": "10525"}], "10525"),
        ([{"type": "text", "text": "a"}, {"type": "output_text", "text": "b"}], "ab"),
        ([{"type": "text", "text": "a"}, {"type": "image", "image": "x.png"}], "a<image>"),
        ([{"type": "text"}], '[{"type": "text"}]'),
        ([{"type": "city", "text": "a"}], '[{"type": "city", "text": "a"}]'),
        ([{"type": "text", "text": "a"}, 1], '[{"type": "text", "text": "a"}, 1]'),
        ([], "[]"),
        ({"type": "text", "text": "a"}, '{"type": "text", "text": "a"}'),
    ],
)
def test_the_parts_of_an_answer_are_its_text(
    template: swiftcore.Template, tmp_path: Path, content: Any, expected: str
) -> None:
    row = {"messages": [USER, calls("a"), answer(content), FINE]}
    other = {"messages": [USER, calls("a"), answer(expected), FINE]}
    is_list = isinstance(content, list) and all(isinstance(part, dict) for part in content)
    same_everywhere(template, row, other, tmp_path, tables=is_list and "t" in expected)


def test_developer_and_function_are_roles(template: swiftcore.Template, tmp_path: Path) -> None:
    row = {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            USER,
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}},
            {"role": "function", "name": "f", "content": "r"},
            FINE,
        ]
    }
    made = {"name": "f", "arguments": {"a": 1}}
    expected = [
        {"role": "system", "content": "Be brief."},
        USER,
        {"role": "tool_call", "content": made},
        answer("r"),
        FINE,
    ]
    same_everywhere(template, row, {"messages": expected}, tmp_path)
    sharegpt = [{"from": one["role"], "value": one["content"]} for one in (row["messages"][0], USER, FINE)]
    assert template.encode({"conversations": sharegpt}) == template.encode({"messages": [expected[0], USER, FINE]})
    assert "You are Qwen" not in text(template, row)


def test_what_openai_says_in_place_of_an_answer(template: swiftcore.Template, tmp_path: Path) -> None:
    refused = {"role": "assistant", "content": None, "refusal": "No."}
    expected = {"messages": [USER, {"role": "assistant", "content": "No."}]}
    same_everywhere(template, {"messages": [USER, refused]}, expected, tmp_path)
    parts = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    same_everywhere(template, {"messages": [USER, parts]}, expected, tmp_path)
    answered = {"role": "assistant", "content": "a", "refusal": None, "function_call": None, "tool_calls": None}
    same_everywhere(template, {"messages": [USER, answered]}, {"messages": [USER, FINE]}, tmp_path)


@pytest.mark.parametrize(
    "parts, expected",
    [
        ([{"type": "input_text", "text": "q"}], "q"),
        ([{"type": "text", "text": "q"}, {"type": "input_text", "text": "r"}], "qr"),
        ([{"type": "input_image", "image_url": "x.png"}, {"type": "text", "text": "q"}], "<image>q"),
        (
            [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}, {"type": "text", "text": "q"}],
            "<audio>q",
        ),
        ([{"type": "image", "source": {"type": "url", "url": "x.png"}}, {"type": "text", "text": "q"}], "<image>q"),
    ],
)
def test_parts_of_other_apis(template: swiftcore.Template, tmp_path: Path, parts: Any, expected: str) -> None:
    row = {"messages": [{"role": "user", "content": parts}, FINE]}
    same_everywhere(template, row, {"messages": [{"role": "user", "content": expected}, FINE]}, tmp_path)


def use(name: str, **fields: Any) -> Row:
    return {"type": "tool_use", "id": name, "name": name, "input": {"a": 1}, **fields}


def result(name: str, content: Any = "r", **fields: Any) -> Row:
    return {"type": "tool_result", "tool_use_id": name, "content": content, **fields}


def said(*blocks: Row, role: str = "assistant") -> Row:
    return {"role": role, "content": list(blocks)}


def plain(name: str) -> Row:
    return {"role": "tool_call", "content": {"name": name, "arguments": {"a": 1}}}


TEXT = {"type": "text", "text": "Let me."}
BLOCKS = [
    (
        [said(TEXT, use("f")), said(result("f"), role="user")],
        [{"role": "assistant", "content": "Let me."}, plain("f"), answer("r")],
    ),
    ([said(use("f")), said(result("f"), role="user")], [plain("f"), answer("r")]),
    (
        [said(use("f"), use("g")), said(result("g", "2"), result("f", "1"), role="user")],
        [plain("f"), plain("g"), answer("1"), answer("2")],
    ),
    (
        [said(use("f"), TEXT, use("g")), said(result("g", "2"), result("f", "1"), role="user")],
        [plain("f"), {"role": "assistant", "content": "Let me."}, plain("g"), answer("1"), answer("2")],
    ),
    (
        [said(use("f")), said(result("f", [{"type": "text", "text": "r"}], is_error=False), role="user")],
        [plain("f"), answer("r")],
    ),
    ([said(use("f")), said(result("f", None), role="user")], [plain("f"), answer("")]),
    (
        [said(use("f"), use("g")), answer("2", tool_call_id="g"), answer("1", tool_call_id="f")],
        [plain("f"), plain("g"), answer("1"), answer("2")],
    ),
]


@pytest.mark.parametrize("blocks, messages", BLOCKS, ids=range(len(BLOCKS)))
def test_blocks_are_calls_and_answers(
    template: swiftcore.Template, tmp_path: Path, blocks: list[Row], messages: list[Row]
) -> None:
    row, expected = {"messages": [USER, *blocks, FINE]}, {"messages": [USER, *messages, FINE]}
    same_everywhere(template, row, expected, tmp_path)


def thinking(text: Any) -> Row:
    return {"type": "thinking", "thinking": text, "signature": "x"}


@pytest.mark.parametrize(
    "messages, expected",
    [
        ([said(thinking("t"), TEXT)], [{"role": "assistant", "content": "Let me.", "reasoning_content": "t"}]),
        ([said(thinking([{"type": "text", "text": "t"}]), TEXT)], [{**FINE, "content": "Let me.", "reasoning": "t"}]),
        ([said(thinking("t"), thinking("u"), TEXT)], [{**FINE, "content": "Let me.", "reasoning": "t\n\nu"}]),
        ([said(thinking(""), TEXT)], [{**FINE, "content": "Let me."}]),
        (
            [said(thinking("t"), use("f")), said(result("f"), role="user"), FINE],
            [{**calls("f"), "content": "<think>\nt\n</think>\n\n"}, answer("r"), FINE],
        ),
        (
            [said(thinking("t"), TEXT, use("f")), said(result("f"), role="user"), said(thinking("u"), TEXT)],
            [
                {**calls("f"), "content": "<think>\nt\n</think>\n\nLet me."},
                answer("r"),
                {**FINE, "content": "<think>\nu\n</think>\n\nLet me."},
            ],
        ),
        ([{**calls("f"), "content": [thinking("t")]}], [{**calls("f"), "reasoning_content": "t"}]),
        ([{**said(thinking("t"), TEXT), "reasoning_content": "t"}], [{**FINE, "content": "Let me.", "reasoning": "t"}]),
    ],
)
def test_thinking_is_the_reasoning_of_its_message(
    make: Make, tmp_path: Path, messages: list[Row], expected: list[Row]
) -> None:
    made = make("qwen3", mode="train")
    first = messages[0]["content"]
    if any(block.get("type") == "tool_use" for block in first):
        expected = [{**expected[0], "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, *expected[1:]]
    same_everywhere(made, {"messages": [USER, *messages]}, {"messages": [USER, *expected]}, tmp_path, tables=False)


def test_thinking_that_is_not_used_is_reported(template: swiftcore.Template) -> None:
    row = {"messages": [USER, said(thinking("t"), {"type": "redacted_thinking", "data": "x"}, TEXT)]}
    batch = template.encode_batch([row])
    found = [(warning.kind, warning.field) for warning in batch.warnings]
    assert found == [
        ("unused_reasoning", "messages[].content[].redacted_thinking"),
        ("unused_reasoning", "messages[].content[].thinking"),
    ]
    assert batch[0] == template.encode({"messages": [USER, {**FINE, "content": "Let me."}]})


def test_blocks_carry_the_loss_of_their_message(template: swiftcore.Template) -> None:
    row = {"messages": [USER, {**said(TEXT, use("f")), "loss": False}]}
    expected = [USER, {"role": "assistant", "content": "Let me.", "loss": False}, {**plain("f"), "loss": False}]
    assert template.encode(row) == template.encode({"messages": expected})


def test_a_system_text_may_be_blocks_of_its_own_column(template: swiftcore.Template, tmp_path: Path) -> None:
    blocks = [
        {"type": "text", "text": "Be ", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "brief."},
    ]
    expected = {"messages": [{"role": "system", "content": "Be brief."}, USER, FINE]}
    same_everywhere(template, {"system": blocks, "messages": [USER, FINE]}, expected, tmp_path)


def test_blocks_that_cannot_be_read_are_named(template: swiftcore.Template) -> None:
    def refusal(*messages: Row) -> str:
        with pytest.raises(RowError) as error:
            template.encode({"messages": [USER, *messages]})
        return str(error.value)

    assert refusal(said({"type": "tool_use", "input": {}})) == (
        "message 1, field 'content[0].name': is missing; give the name of a tool"
    )
    assert refusal({**said(use("f")), **{"tool_calls": calls("a")["tool_calls"]}}).startswith(
        "message 1, field 'content': holds calls although `tool_calls` does, too"
    )
    assert refusal(said({"type": "document"})).startswith(
        "message 1, field 'content.type': 'document' is no type of part"
    )
    # The messages behind blocks are named by their place in the row.
    late = {"role": "system", "content": "s"}
    assert refusal(said(TEXT, use("f"), use("g")), said(result("f"), result("g"), role="user"), FINE, late).startswith(
        "message 4, field 'role': a system message stands behind others"
    )


def test_a_rejected_response_of_blocks(make: Make) -> None:
    made = make("qwen2_5", mode="rlhf")
    talk = [USER, said(TEXT, use("f")), said(result("f"), role="user"), FINE, {"role": "user", "content": "r"}]
    row = {"messages": [*talk, FINE], "rejected_response": [said(use("g"))]}
    messages = [USER, {"role": "assistant", "content": "Let me."}, plain("f"), answer("r"), FINE, talk[-1], FINE]
    assert made.encode(row) == made.encode({"messages": messages, "rejected_response": [plain("g")]})
    with pytest.raises(RowError, match="holds what answers, and no query"):
        made.encode({**row, "rejected_response": [said(TEXT, role="user")]})


TOOL = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}
ANTHROPIC = {"name": "f", "description": "d", "input_schema": TOOL["parameters"]}
TOOL_FORMS = [
    [{"type": "function", "function": TOOL}],
    TOOL,
    {"type": "function", "function": TOOL},
    [ANTHROPIC],
    ANTHROPIC,
    {**ANTHROPIC, "type": "custom", "cache_control": {"type": "ephemeral"}},
    [TOOL, None],
]


@pytest.mark.parametrize("tools", TOOL_FORMS, ids=range(len(TOOL_FORMS)))
@pytest.mark.parametrize("is_text", [False, True])
def test_tools_in_other_forms(template: swiftcore.Template, tmp_path: Path, tools: Any, is_text: bool) -> None:
    row = {"messages": [USER, FINE], "tools": json.dumps(tools) if is_text else tools}
    same_everywhere(template, row, {"messages": [USER, FINE], "tools": [TOOL]}, tmp_path)


@pytest.mark.parametrize("tools", [{}, [], None, [None], "", " ", "{}", "[]", "null", "None"], ids=repr)
def test_no_tools(template: swiftcore.Template, tmp_path: Path, tools: Any) -> None:
    row = {"messages": [USER, FINE], "tools": tools}
    same_everywhere(template, row, {"messages": [USER, FINE]}, tmp_path, tables=tools not in ({}, []))


def test_calls_may_be_text(template: swiftcore.Template, tmp_path: Path) -> None:
    row = {"messages": [USER, {**calls("a", "b"), "tool_calls": json.dumps(calls("a", "b")["tool_calls"])}]}
    same_everywhere(template, row, {"messages": [USER, calls("a", "b")]}, tmp_path)
    with pytest.raises(RowError, match="message 1, field 'tool_calls': is a string that is not a list as JSON"):
        template.encode({"messages": [USER, {**calls("a"), "tool_calls": "f"}]})


def test_hooks_see_media_and_roles_alike() -> None:
    from swiftcore.template.inputs import StdTemplateInputs

    row = {"messages": [{"role": "developer", "content": "s"}, USER, FINE], "images": [None, {"path": None}, "x.png"]}
    inputs = StdTemplateInputs.from_dict(row)
    assert (inputs.system, inputs.images, len(inputs.messages)) == ("s", ["x.png"], 2)


FORMS = [
    *([USER, *blocks, FINE] for blocks, _ in BLOCKS),
    [USER, calls(1, 2), answer("two", tool_call_id=2), answer([{"type": "text", "text": "one"}], tool_call_id=1), FINE],
    [USER, said(thinking("t"), TEXT)],
    [USER, said(thinking("t"), use("f")), said(result("f"), role="user"), FINE],
    [USER, {"role": "assistant", "content": None, "refusal": "No."}],
    [{"role": "developer", "content": [{"type": "input_text", "text": "s"}]}, USER, FINE],
    [
        USER,
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "content": "r"},
    ],
]


@pytest.mark.parametrize("messages", FORMS, ids=range(len(FORMS)))
def test_templates_with_hooks_read_the_same_forms(messages: list[Row]) -> None:
    class Seen(swiftcore.Template):
        def _preprocess_inputs(self, inputs: Any) -> None:
            super()._preprocess_inputs(inputs)

    meta = swiftcore.get_template_meta("qwen3")
    hooked = Seen("deepseek", meta, mode="train")
    plain = swiftcore.get_template("deepseek", template_type="qwen3", mode="train")
    row = {"messages": messages}
    expected = plain.encode(row)
    assert {name: list(hooked.encode(row)[name]) for name in ("input_ids", "labels")} == {
        name: list(expected[name]) for name in ("input_ids", "labels")
    }


def column_of_json(*contents: str) -> pa.Table:
    """A conversation whose contents stand in a column of JSON as `datasets` writes it: text that is JSON as it is."""
    roles = [("user", "assistant")[index % 2] for index in range(len(contents))]
    cells = pa.array([_stored(content) for content in contents], pa.string())
    fields = [pa.field("role", pa.string()), pa.field("content", pa.json_())]
    storage = pa.ExtensionArray.from_storage(pa.json_(), cells)
    messages = pa.StructArray.from_arrays([pa.array(roles), storage], fields=fields)
    return pa.table({"messages": pa.ListArray.from_arrays(pa.array([0, len(contents)], pa.int32()), messages)})


def _stored(content: str) -> str:
    try:
        json.loads(content)
    except ValueError:
        return json.dumps(content)
    return content


IN_JSON = [
    "[1, 2, 3]",
    "5",
    "true",
    "null",
    '{"a": 1}',
    "[]",
    '["a"]',
    '[{"b": 2}]',
    "0.50",
    "1e3",
    '{"token_ids": [1]}',
]


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="pyarrow has no type of JSON")
@pytest.mark.parametrize("content", IN_JSON)
def test_text_that_is_json_in_a_column_of_json_is_text(template: swiftcore.Template, content: str) -> None:
    batch = template.encode_batch(column_of_json(content, "a", "Hi", "b"))
    texts = [content, "a", "Hi", "b"]
    messages = [{"role": ("user", "assistant")[index % 2], "content": text} for index, text in enumerate(texts)]
    if content == "[]":  # no parts
        messages[0]["content"] = ""
    assert batch[0] == template.encode({"messages": messages})
    assert not list(batch.warnings)


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="pyarrow has no type of JSON")
def test_token_ids_in_a_column_of_json_are_reported(template: swiftcore.Template) -> None:
    for content in ("[1, 2, 3]", '{"token_ids": [1, 2, 3]}'):
        with pytest.warns(swiftcore.DataWarning) if content.startswith("[") else nullcontext():
            batch = template.encode_batch(column_of_json("Hi", content))
        messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [1, 2, 3]}]
        assert batch[0] == template.encode({"messages": messages})
        assert [(one.kind, one.field) for one in batch.warnings] == [("ambiguous_content", "messages[].content")]
    number = template.encode_batch(column_of_json("Hi", "42"))
    assert number[0] == template.encode({"messages": [USER | {"content": "Hi"}, FINE | {"content": "42"}]})
