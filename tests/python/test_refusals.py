"""What is refused, and what the errors read like: alone, in a batch, and as what kind."""

from __future__ import annotations

import copy
import decimal
import math
import pickle
import warnings
from collections import UserDict
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import swiftcore
from support import row

Make = Callable[..., swiftcore.Template]

USER = {"role": "user", "content": "Hi"}
REPLY = {"role": "assistant", "content": "Ho"}
LONE = "a\ud800"


def said(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"messages": list(messages), **fields}


def user(content: Any) -> dict[str, Any]:
    return said({"role": "user", "content": content})


def reply(content: Any = "Ho", **fields: Any) -> dict[str, Any]:
    return said(USER, {"role": "assistant", "content": content, **fields})


def called(content: Any) -> dict[str, Any]:
    return {"role": "tool_call", "content": content}


def call(**kwargs: Any) -> dict[str, Any]:
    return said(USER, REPLY, chat_template_kwargs=kwargs)


ROW = "give an object with `messages`"
MESSAGES = "give a list of messages with `role` and `content`"
MESSAGE = "give an object with `role` and `content`"
ROLES = "give one of system, user, assistant, tool, tool_response, tool_call"
CONTENT = "give a string, a list of parts or a list of token ids"
PART = 'give parts such as {"type": "text", "text": "..."}'
TYPES = "give one of text, image, image_url, audio, audio_url, video, video_url, tool_use, tool_result, thinking"
TOOLS = (
    "template 'deepseek_v2_5' has no agent format to write tools with; give agent_template=..., one of "
    + ", ".join(swiftcore.agent_template_names())
)
TOOL_FIRST = "a tool's message stands before any other; give the call that it answers before it"
NOR = "JSON nor a Python literal;"
TOOL_LIST = "give a list of tools, or one as JSON text"
TOOL = "give an object with `name` and `parameters`, or such an object as JSON text"
CALL = 'give {"name": ..., "arguments": {...}}'
ARGUMENTS = "give an object, or one as JSON text"
UNICODE = "is not Unicode text (it has a lone surrogate such as \\ud83d); give text without lone surrogates"
IDS = "is a list of token ids; give a string"
OPEN = "is null; give a string; only the last message, an assistant's, may be left open"
FLAG = "give true, false or null"
LATE = "a system message stands behind others; give it as the first message"

# The row, the kind of refusal, and the whole message.
REFUSED: list[tuple[Any, str, str]] = [
    # No row.
    (None, "wrong_type", f"is null; {ROW}"),
    (5, "wrong_type", f"is a number; {ROW}"),
    (True, "wrong_type", f"is a boolean; {ROW}"),
    ("hi", "wrong_type", f"is a string; {ROW}"),
    ([USER], "wrong_type", f"is a list; {ROW}"),
    ((USER,), "wrong_type", f"is a list; {ROW}"),
    ({1}, "wrong_type", f"is a set; {ROW}"),
    (SimpleNamespace(), "wrong_type", f"is a SimpleNamespace; {ROW}"),
    (dict, "wrong_type", f"is a type; {ROW}"),
    # Messages.
    ({}, "missing_field", f"field 'messages': is missing; {MESSAGES}"),
    ({"messages": None}, "missing_field", f"field 'messages': is missing; {MESSAGES}"),
    ({"messages": []}, "wrong_value", "field 'messages': is empty; give at least one message"),
    ({"messages": "hi"}, "wrong_type", f"field 'messages': is a string; {MESSAGES}"),
    ({"messages": USER}, "wrong_type", f"field 'messages': is an object; {MESSAGES}"),
    ({"messages": 5}, "wrong_type", f"field 'messages': is a number; {MESSAGES}"),
    ({"messages": {1}}, "wrong_type", f"field 'messages': is a set; {MESSAGES}"),
    ({"messages": LONE}, "invalid_text", f"field 'messages': {UNICODE}"),
    (SimpleNamespace(messages=5), "wrong_type", f"field 'messages': is a number; {MESSAGES}"),
    # A message.
    (said(None), "wrong_type", f"message 0: is null; {MESSAGE}"),
    (said("hi"), "wrong_type", f"message 0: is a string; {MESSAGE}"),
    (said([USER]), "wrong_type", f"message 0: is a list; {MESSAGE}"),
    (said(USER, 1), "wrong_type", f"message 1: is a number; {MESSAGE}"),
    (said(USER, LONE), "invalid_text", f"message 1: {UNICODE}"),
    # Its role.
    (said({"content": "x"}), "missing_field", f"message 0, field 'role': is missing; {ROLES}"),
    (said({"role": None, "content": "x"}), "missing_field", f"message 0, field 'role': is missing; {ROLES}"),
    (said({"role": 1, "content": "x"}), "wrong_type", f"message 0, field 'role': is a number; {ROLES}"),
    (said({"role": ["user"], "content": "x"}), "wrong_type", f"message 0, field 'role': is a list; {ROLES}"),
    (
        said(USER, {"role": "narrator", "content": "x"}),
        "unknown_role",
        f"message 1, field 'role': 'narrator' is no role; {ROLES}",
    ),
    (
        said({"role": "User", "content": "x"}),
        "unknown_role",
        f"message 0, field 'role': 'User' is no role; {ROLES}",
    ),
    (said({"role": LONE, "content": "x"}), "invalid_text", f"message 0, field 'role': {UNICODE}"),
    (said(USER, {"role": "system", "content": "x"}, REPLY), "role_order", f"message 1, field 'role': {LATE}"),
    (
        said({"role": "system", "content": "x"}),
        "wrong_value",
        "field 'messages': holds a system message only; give at least one user or assistant message",
    ),
    # Its content.
    (
        said(USER, {"role": "assistant"}),
        "missing_field",
        f"message 1, field 'content': is missing; {CONTENT}",
    ),
    (user(None), "wrong_type", "message 0, field 'content': is null; give a string"),
    (said(USER, {**REPLY, "content": None}, USER), "wrong_type", f"message 1, field 'content': {OPEN}"),
    (user(1.5), "wrong_type", f"message 0, field 'content': is a number; {CONTENT}"),
    (user(True), "wrong_type", f"message 0, field 'content': is a boolean; {CONTENT}"),
    (user(b"x"), "wrong_type", f"message 0, field 'content': is a bytes; {CONTENT}"),
    (user(LONE), "invalid_text", f"message 0, field 'content': {UNICODE}"),
    (reply(LONE), "invalid_text", f"message 1, field 'content': {UNICODE}"),
    (
        said({"role": "system", "content": LONE}, USER),
        "invalid_text",
        f"message 0, field 'content': {UNICODE}",
    ),
    # Parts.
    (user(["x"]), "wrong_type", f"message 0, field 'content': is a list with a string at position 0; {PART}"),
    (
        user([{"type": "text", "text": "x"}, 5]),
        "wrong_type",
        f"message 0, field 'content': is a list with a number at position 1; {PART}",
    ),
    (user([{"text": "x"}]), "missing_field", f"message 0, field 'content.type': is missing; {TYPES}"),
    (user([{"type": 1}]), "wrong_type", f"message 0, field 'content.type': is a number; {TYPES}"),
    (
        user([{"type": "smell"}]),
        "wrong_value",
        f"message 0, field 'content.type': 'smell' is no type of part; {TYPES}",
    ),
    (user([{"type": LONE}]), "invalid_text", f"message 0, field 'content.type': {UNICODE}"),
    (user([{"type": "text"}]), "missing_field", "message 0, field 'content.text': is missing; give a string"),
    (
        user([{"type": "text", "text": 3}]),
        "wrong_type",
        "message 0, field 'content.text': is a number; give a string",
    ),
    (user([{"type": "text", "text": LONE}]), "invalid_text", f"message 0, field 'content.text': {UNICODE}"),
    # Token ids.
    (user([1, 2]), "wrong_type", f"message 0, field 'content': {IDS} (an assistant's content may be ids)"),
    (
        user({"token_ids": [1]}),
        "wrong_type",
        f"message 0, field 'content': {IDS} (an assistant's content may be ids)",
    ),
    (said({"role": "system", "content": [1]}, USER), "wrong_type", f"message 0, field 'content': {IDS}"),
    (
        reply([1, -1]),
        "wrong_value",
        "message 1, field 'content': -1 at position 1 is no token id; give integers from 0 to 2147483647",
    ),
    (
        reply([2**31]),
        "wrong_value",
        "message 1, field 'content': 2147483648 at position 0 is no token id; give integers from 0 to 2147483647",
    ),
    (
        reply([1, 2.5]),
        "wrong_type",
        "message 1, field 'content': is a list of token ids with a number at position 1; give integers only",
    ),
    (
        reply([1, True]),
        "wrong_type",
        "message 1, field 'content': is a list of token ids with a boolean at position 1; give integers only",
    ),
    (
        reply([1.0]),
        "wrong_type",
        f"message 1, field 'content': is a list with a number at position 0; {PART}",
    ),
    (
        reply({}),
        "wrong_type",
        "message 1, field 'content': is an object without `token_ids`; "
        'give {"token_ids": [...], "loss_scale": [...]}, a string or a list',
    ),
    (
        reply({"token_ids": "x"}),
        "wrong_type",
        "message 1, field 'content.token_ids': is a string; give a list of token ids",
    ),
    (
        reply({"token_ids": [1, 2], "loss_scale": [1]}),
        "wrong_value",
        "message 1, field 'content.loss_scale': holds 1 weights for 2 token ids; give one an id",
    ),
    (
        reply({"token_ids": [1], "loss_scale": 1}),
        "wrong_type",
        "message 1, field 'content.loss_scale': is a number; give a list of numbers",
    ),
    (
        reply({"token_ids": [1], "loss_scale": ["x"]}),
        "wrong_type",
        "message 1, field 'content.loss_scale': is a string; give a number",
    ),
    (
        reply({"token_ids": [1], "loss_scale": [math.nan]}),
        "wrong_value",
        "message 1, field 'content.loss_scale': is NaN; give a finite number",
    ),
    # Loss.
    (reply(loss="yes"), "wrong_type", f"message 1, field 'loss': is a string; {FLAG}"),
    (reply(loss=2), "wrong_type", f"message 1, field 'loss': is a number; {FLAG}"),
    (reply(loss=0.5), "wrong_type", f"message 1, field 'loss': is a number; {FLAG}"),
    (reply(loss=LONE), "invalid_text", f"message 1, field 'loss': {UNICODE}"),
    (reply(loss_scale="x"), "wrong_type", "message 1, field 'loss_scale': is a string; give a number"),
    (reply(loss_scale=True), "wrong_type", "message 1, field 'loss_scale': is a boolean; give a number"),
    (
        reply(loss_scale=decimal.Decimal(1)),
        "wrong_type",
        "message 1, field 'loss_scale': is a Decimal; give a number",
    ),
    (
        reply(loss_scale=math.nan),
        "wrong_value",
        "message 1, field 'loss_scale': is NaN; give a finite number",
    ),
    (
        reply(loss_scale=-math.inf),
        "wrong_value",
        "message 1, field 'loss_scale': is -inf; give a finite number",
    ),
    (reply(loss_scale=10**400), "wrong_value", "message 1, field 'loss_scale': is inf; give a finite number"),
    # What a row says for itself.
    (
        said(USER, chat_template_kwargs=5),
        "wrong_type",
        "field 'chat_template_kwargs': is a number; give an object",
    ),
    (
        call(enable_thinking="yes"),
        "wrong_type",
        f"field 'chat_template_kwargs.enable_thinking': is a string; {FLAG}",
    ),
    (
        call(preserve_thinking=1),
        "wrong_type",
        f"field 'chat_template_kwargs.preserve_thinking': is a number; {FLAG}",
    ),
    (
        call(response_prefix=1),
        "wrong_type",
        "field 'chat_template_kwargs.response_prefix': is a number; give a string",
    ),
    (call(response_prefix=LONE), "invalid_text", f"field 'chat_template_kwargs.response_prefix': {UNICODE}"),
    (said(USER, add_eos="yes"), "wrong_type", "field 'add_eos': is a string; give true, false or \"auto\""),
    (said(USER, add_eos=1), "wrong_type", "field 'add_eos': is a number; give true, false or \"auto\""),
    (said(USER, add_eos=LONE), "invalid_text", f"field 'add_eos': {UNICODE}"),
    # Media.
    (said(USER, images=5), "wrong_type", "field 'images': is a number; give a list"),
    (
        said({"role": "user", "content": [{"type": "image", "image": "x"}]}, images=["y"]),
        "wrong_value",
        "field 'images': is given although messages hold such parts; give them in one place",
    ),
    (
        said(USER, objects={"ref": ["x"]}),
        "unsupported",
        "field 'objects': grounding objects need a media template; leave them out",
    ),
    # Tools.
    (said(USER, tools=[{}]), "unsupported", f"field 'tools': {TOOLS}"),
    (said(USER, tools="[{"), "wrong_value", f"field 'tools': is a string that is neither {NOR} {TOOL_LIST}"),
    (said(USER, tools=5), "wrong_type", f"field 'tools': is a number; {TOOL_LIST}"),
    (said(USER, tools=[5]), "wrong_type", f"field 'tools[0]': is a number; {TOOL}"),
    (said(USER, tools=["{"]), "wrong_value", f"field 'tools[0]': is a string that is neither {NOR} {TOOL}"),
    (
        said(USER, tools=[{"name": {1}}]),
        "wrong_type",
        "field 'tools[0]': holds a set, which JSON cannot say; give strings, numbers, lists and dicts",
    ),
    (said({"role": "tool", "content": "x"}), "role_order", "message 0, field 'role': " + TOOL_FIRST),
    (said(USER, {"role": "tool", "content": "x"}), "unsupported", f"message 1, field 'role': {TOOLS}"),
    (said(USER, {"role": "tool_response", "content": "x"}), "unsupported", f"message 1, field 'role': {TOOLS}"),
    (said(USER, called("x y")), "wrong_value", f"message 1, field 'content': is a string that is neither {NOR} {CALL}"),
    (said(USER, called([])), "wrong_type", f"message 1, field 'content': is a list; {CALL}"),
    (said(USER, called({})), "missing_field", "message 1, field 'content.name': is missing; give the name of a tool"),
    (
        said(USER, called({"name": "f"})),
        "missing_field",
        "message 1, field 'content.arguments': is missing; give an object",
    ),
    (said(USER, called({"name": "f", "arguments": {}})), "unsupported", f"message 1, field 'role': {TOOLS}"),
    (
        said(USER, {"role": "assistant", "tool_calls": [{}]}),
        "missing_field",
        "message 1, field 'tool_calls[0].name': is missing; give the name of a tool",
    ),
    (
        said(USER, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "x y"}}]}),
        "wrong_value",
        f"message 1, field 'tool_calls[0].function.arguments': is a string that is neither {NOR} {ARGUMENTS}",
    ),
    # Length.
    (
        row("a b c d e f g h i j k l m", "Ho"),
        "too_long",
        "encodes to 18 tokens, more than max_length 12; shorten it, raise max_length, or give "
        "truncation_strategy 'left', 'right', 'split' or 'delete'",
    ),
]


@pytest.fixture(scope="module")
def template(make: Make) -> swiftcore.Template:
    return make(mode="train", max_length=12)


@pytest.mark.parametrize(("candidate", "kind", "text"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_refusals_say_what_is_wrong_and_where(
    template: swiftcore.Template, candidate: Any, kind: str, text: str
) -> None:
    with pytest.raises(swiftcore.RowError) as alone:
        template.encode(candidate)
    error = alone.value
    assert (str(error), error.kind, error.row) == (text, kind, None)
    assert isinstance(error, swiftcore.MaxLengthError) == (kind == "too_long")
    # Message and field are those that the text names.
    assert text.startswith(f"message {error.message}") == (error.message is not None)
    assert (f"field '{error.field}': " in text) == (error.field is not None)
    assert text.endswith(error.detail)
    with pytest.warns(UserWarning, match="1 row refused"):
        batch = template.encode_batch([row("a", "b"), candidate, row("c", "d")])
    assert memoryview(batch.row_index).tolist() == [0, 2]
    (error,) = batch.refused
    lead = "row 1, " if text.startswith(("message", "field")) else "row 1: "
    assert (str(error), error.kind, error.row) == (lead + text, kind, 1)
    assert str(pickle.loads(pickle.dumps(error))) == lead + text


def test_rendering_refuses_what_encoding_refuses(template: swiftcore.Template) -> None:
    for candidate, kind, text in REFUSED:
        if kind == "too_long":  # a rendered row has no length yet
            continue
        with pytest.raises(swiftcore.RowError) as raised:
            template.render(candidate)
        assert str(raised.value) == text


def test_a_refused_row_is_left_as_it_was(template: swiftcore.Template) -> None:
    for candidate, _, _ in REFUSED:
        if isinstance(candidate, dict):
            before = copy.deepcopy(candidate)
            with pytest.raises(swiftcore.RowError):
                template.encode(candidate)
            assert repr(candidate) == repr(before)


@pytest.mark.parametrize("system", ["Be brief.", ""])
def test_a_system_text_on_a_template_without_a_place_for_one(make: Make, system: str) -> None:
    with pytest.raises(swiftcore.RowError) as raised:
        make("dummy", mode="train").encode(row("Hi", "Ho", system=system))
    assert raised.value.kind == "system_unsupported"
    assert str(raised.value) == (
        "message 0, field 'content': template 'dummy' has no place for a system text, not even an empty one; "
        "leave the message out"
    )


def test_a_row_of_no_token_is_refused(make: Make) -> None:
    with pytest.raises(swiftcore.RowError) as raised:
        make("dummy").encode(row(""))
    assert raised.value.kind == "empty"
    assert str(raised.value) == "encodes to no token at all; give it some text"


def test_rows_may_be_any_mapping_or_object_with_messages(template: swiftcore.Template) -> None:
    plain = row("Hi", "Ho")
    expected = template.encode(plain)
    others = [
        UserDict(plain),
        SimpleNamespace(**plain),
        {"messages": tuple(plain["messages"])},
        {"messages": [UserDict(message) for message in plain["messages"]]},
    ]
    assert [template.encode(other) for other in others] == [expected] * 4
    assert list(template.encode_batch(others)) == [expected] * 4


ROWS = "give an iterable of rows, each a dict with `messages`"


@pytest.mark.parametrize(
    ("rows", "found"),
    [(None, "a NoneType"), (5, "an int"), (row("Hi"), "a dict"), ("abc", "a str"), (object(), "an object")],
    ids=["None", "an int", "a dict", "a str", "an object"],
)
def test_what_is_no_list_of_rows(template: swiftcore.Template, rows: Any, found: str) -> None:
    with pytest.raises(swiftcore.RowError) as raised:
        template.encode_batch(rows)
    assert (raised.value.kind, raised.value.field, raised.value.row) == ("wrong_type", "rows", None)
    assert str(raised.value) == f"field 'rows': is {found}; {ROWS}"


def test_rows_may_be_any_iterable(template: swiftcore.Template) -> None:
    rows = [row("Hi", "Ho"), row("Ho", "Hi")]
    expected = list(template.encode_batch(rows))
    for iterable in (tuple(rows), iter(rows), (one for one in rows), dict(enumerate(rows)).values()):
        assert list(template.encode_batch(iterable)) == expected


def test_an_error_of_the_iterator_itself_comes_through(template: swiftcore.Template) -> None:
    def rows() -> Iterator[Any]:
        yield row("Hi")
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        template.encode_batch(rows())


@pytest.mark.parametrize("mode", ["train", "transformers"])
@pytest.mark.parametrize("loss_scale", ["default", "react"])
def test_no_rows_give_an_empty_batch_with_every_column(make: Make, mode: str, loss_scale: str) -> None:
    template = make(mode=mode, loss_scale=loss_scale)
    batch = template.encode_batch([])
    assert batch.column_names == template.encode_batch([row("Hi", "Ho")]).column_names
    assert (len(batch), list(batch), batch.refused, batch.untrainable) == (0, [], [], 0)
    for name in batch.column_names[:-2]:
        assert (len(batch[name]), memoryview(batch[name].values).tolist()) == (0, [])
        assert memoryview(batch[name].offsets).tolist() == [0]


def test_on_error_raise_carries_the_batch_and_the_refused(template: swiftcore.Template) -> None:
    rows = [row("Hi", "Ho"), user(5), row("Ho", "Hi"), None]
    with pytest.raises(swiftcore.BatchError) as raised:
        template.encode_batch(rows, on_error="raise")
    error = raised.value
    assert str(error) == f"2 rows refused; the first: row 1, message 0, field 'content': is a number; {CONTENT}"
    assert [refusal.row for refusal in error.refused] == [1, 3]
    assert list(error.batch) == [template.encode(rows[0]), template.encode(rows[2])]
    assert error.__cause__ is error.refused[0]


def test_skipped_rows_are_warned_of_where_the_batch_was_asked_for(template: swiftcore.Template) -> None:
    with pytest.warns(UserWarning) as warned:  # noqa: PT030
        template.encode_batch([user(5)])
    (warning,) = warned
    assert str(warning.message) == (
        f"1 row refused; the first: row 0, message 0, field 'content': is a number; {CONTENT} "
        "(all in EncodedBatch.refused)"
    )
    assert warning.filename == __file__


def test_good_rows_are_not_warned_of(template: swiftcore.Template) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        template.encode_batch([row("Hi", "Ho"), row("Hi")], on_error="raise")


@pytest.mark.parametrize(
    ("choice", "kept", "refused"), [("keep", [0, 1, 2], []), ("skip", [0, 2], []), ("error", [0, 2], [1])]
)
@pytest.mark.filterwarnings("ignore:1 row refused")
def test_rows_without_a_token_to_train_on(
    template: swiftcore.Template, choice: Any, kept: list[int], refused: list[int]
) -> None:
    rows = [row("Hi", "Ho"), row("Hi"), row("Ho", "Hi")]
    batch = template.encode_batch(rows, on_untrainable=choice)
    assert memoryview(batch.row_index).tolist() == kept
    assert [error.row for error in batch.refused] == refused
    assert {str(error) for error in batch.refused} <= {
        "row 1: has no token to train on; give it a trained assistant message within max_length"
    }
    assert {error.kind for error in batch.refused} <= {"untrainable"}
    assert batch.untrainable == 1


def test_truncation_can_make_a_row_untrainable(make: Make) -> None:
    template = make(mode="train", max_length=4, truncation_strategy="right")
    batch = template.encode_batch([row("a long question before it", "Ho")], on_untrainable="skip")
    assert (len(batch), batch.untrainable) == (0, 1)


def test_outside_training_no_row_is_untrainable(make: Make) -> None:
    batch = make().encode_batch([row("Hi")], on_untrainable="error")
    assert (len(batch), batch.untrainable) == (1, 0)


THREADS = "expected an integer from 1 to 1024, or None for one a core, got"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"num_threads": 0}, f"argument 'num_threads': {THREADS} 0"),
        ({"num_threads": -1}, f"argument 'num_threads': {THREADS} -1"),
        ({"num_threads": "2"}, f"argument 'num_threads': {THREADS} '2'"),
        ({"num_threads": 1.5}, f"argument 'num_threads': {THREADS} 1.5"),
        ({"num_threads": True}, f"argument 'num_threads': {THREADS} True"),
        ({"on_error": "warn"}, "argument 'on_error': 'warn' is unknown; give one of skip, ignore, raise"),
        ({"on_error": None}, "argument 'on_error': None is unknown; give one of skip, ignore, raise"),
        (
            {"on_untrainable": "drop"},
            "argument 'on_untrainable': 'drop' is unknown; give one of keep, skip, error",
        ),
        (
            {"on_untrainable": None},
            "argument 'on_untrainable': None is unknown; give one of keep, skip, error",
        ),
    ],
    ids=str,
)
def test_arguments_of_a_batch(template: swiftcore.Template, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(swiftcore.ArgumentError) as raised:
        template.encode_batch([row("Hi", "Ho")], **arguments)
    assert str(raised.value) == text
    assert raised.value.argument == next(iter(arguments))


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_the_variable_for_threads(template: swiftcore.Template, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SWIFTCORE_NUM_THREADS", value)
    with pytest.raises(swiftcore.ArgumentError) as raised:
        template.encode_batch([row("Hi", "Ho")])
    text = f"argument 'SWIFTCORE_NUM_THREADS': '{value}' is not a number of threads; give an integer from 1 to 1024"
    assert str(raised.value) == text


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        ([], "encodes to no token at all; give it some text"),
        ([swiftcore.Segment(text="")], "encodes to no token at all; give it some text"),
    ],
)
def test_segments_of_no_token(template: swiftcore.Template, segments: Any, text: str) -> None:
    with pytest.raises(swiftcore.RowError) as raised:
        template.encode_segments(segments)
    assert str(raised.value) == text


ID = "give integers from 0 to 2147483647"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"ids": [1, 2**31]}, f"argument 'ids': 2147483648 is no token id; {ID}"),
        ({"text": "x", "weight": math.nan}, "argument 'weight': is NaN; give a finite number"),
        ({"text": "x", "weight": -math.inf}, "argument 'weight': is -inf; give a finite number"),
    ],
    ids=str,
)
def test_segments_that_make_no_sense(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(swiftcore.ArgumentError) as raised:
        swiftcore.Segment(**arguments)
    assert str(raised.value) == text


@pytest.mark.parametrize("arguments", [{}, {"text": "x", "ids": [1]}, {"text": 5}, {"ids": ["x"]}], ids=str)
def test_a_segment_is_text_or_ids(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        swiftcore.Segment(**arguments)
