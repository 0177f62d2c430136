"""Tables in, columns out: what Arrow holds encodes to what the same rows as dicts do."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import EncodedBatch

pa = pytest.importorskip("pyarrow")

Make = Callable[..., swiftcore.Template]

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {}}}}}
TEXTS = ["", "a", "x\u0000y", "\ud7ff\U0010ffff", "日本語 text", "<｜User｜>", "\r\n \t", "long " * 300, "🙂" * 9]
ROWS = [
    *(row(text, f"{text}!", system=None if index % 2 else text) for index, text in enumerate(TEXTS)),
    row("a", "b", "c", "d"),
    row("still to be answered"),
]


@pytest.fixture(scope="module")
def template(make: Make) -> swiftcore.Template:
    return make(mode="train", loss_scale="react")


@pytest.fixture(scope="module")
def expected(template: swiftcore.Template) -> list[dict[str, Any]]:
    return list(template.encode_batch(ROWS))


MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])


def messages_of(rows: list[dict[str, Any]], kind: Any) -> Any:
    return pa.array([one["messages"] for one in rows], kind)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def table_of(rows: list[dict[str, Any]]) -> Any:
    names = dict.fromkeys(name for one in rows for name in one)
    return pa.table({name: [one.get(name) for one in rows] for name in names})


def struct_of(text: Any, role: Any = None) -> Any:
    return pa.struct([("role", text if role is None else role), ("content", text)])


MESSAGES = [message for one in ROWS for message in one["messages"]]


def listed(messages: Any) -> Any:
    """Lists of messages, as many a row as it has."""
    offsets = itertools.accumulate((len(one["messages"]) for one in ROWS), initial=0)
    return pa.ListArray.from_arrays(pa.array(list(offsets), pa.int32()), messages)


def dictionary_encoded() -> Any:
    flat = pa.array(MESSAGES, MESSAGE)
    columns = [flat.field(name).dictionary_encode() for name in ("role", "content")]
    return listed(pa.StructArray.from_arrays(columns, ["role", "content"]))


def list_view() -> Any:
    lists = messages_of(ROWS, pa.list_(MESSAGE))
    offsets = lists.offsets
    sizes = pa.array([stop.as_py() - start.as_py() for start, stop in zip(offsets[:-1], offsets[1:], strict=True)])
    return pa.ListViewArray.from_arrays(offsets[:-1], sizes.cast(pa.int32()), lists.values)


FORMS: dict[str, Callable[[], Any]] = {
    "structs": lambda: messages_of(ROWS, pa.list_(MESSAGE)),
    "large": lambda: messages_of(ROWS, pa.large_list(struct_of(pa.large_string()))),
    "views": lambda: messages_of(ROWS, pa.list_(struct_of(pa.string_view()))),
    "list views": list_view,
    "dictionaries": dictionary_encoded,
    "text": lambda: pa.array([as_json(one["messages"]) for one in ROWS]),
    "large text": lambda: pa.array([as_json(one["messages"]) for one in ROWS], pa.large_string()),
    "text views": lambda: pa.array([as_json(one["messages"]) for one in ROWS], pa.string_view()),
    "escaped text": lambda: pa.array([json.dumps(one["messages"], indent=1) for one in ROWS]).dictionary_encode(),
    "messages as text": lambda: pa.array([[as_json(message) for message in one["messages"]] for one in ROWS]),
    "JSON": lambda: pa.array([as_json(one["messages"]) for one in ROWS], pa.json_()),
    "messages as JSON": lambda: listed(pa.array([as_json(message) for message in MESSAGES], pa.json_())),
    "contents as JSON": lambda: listed(
        pa.StructArray.from_arrays(
            [
                pa.array([message["role"] for message in MESSAGES]),
                pa.array([as_json(message["content"]) for message in MESSAGES], pa.json_()),
            ],
            ["role", "content"],
        )
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_messages(template: swiftcore.Template, expected: list[dict[str, Any]], form: str) -> None:
    table = pa.table({"id": list(range(len(ROWS))), "messages": FORMS[form]()})
    assert list(template.encode_batch(table)) == expected
    # Sliced, so that no offset is 0; chunked, so that rows are counted on; and on one thread.
    sliced = template.encode_batch(table.slice(3, 5), on_error="raise")
    assert list(sliced) == expected[3:8]
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2, 7), table.slice(9)])
    assert list(template.encode_batch(chunked, num_threads=1)) == expected


def test_rows_of_a_struct_are_padded_with_nulls(make: Make) -> None:
    template = make("qwen2_5", mode="train")
    rows: list[dict[str, Any]] = [
        row("a", "b") | {"tools": [TOOL]},
        row("q", "w", "e", "r") | {"chat_template_kwargs": {"enable_thinking": False}},
        row("a"),
        {
            "messages": [
                {"role": "user", "content": "a"},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [
                        {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": null}'}}
                    ],
                },
                {"role": "tool", "content": '{"x": null}', "tool_call_id": "1"},
                {"role": "assistant", "content": "b", "loss": False},
                {"role": "user", "content": "c"},
                {"role": "assistant", "content": "d", "loss": True, "loss_scale": 1.0},
            ],
            "tools": [TOOL, {"type": "function", "function": {"name": "g", "description": "other keys"}}],
            "add_eos": True,
        },
    ]
    expected = list(template.encode_batch(rows, on_error="raise"))
    table = table_of(rows)
    assert table.schema.field("messages").type.value_type.num_fields > 2
    assert list(template.encode_batch(table, on_error="raise")) == expected
    as_text = pa.table(
        {
            name: [None if one.get(name) is None else as_json(one[name]) for one in rows]
            for name in ("messages", "tools", "chat_template_kwargs")
        }
        | {"add_eos": [one.get("add_eos") for one in rows]}
    )
    assert list(template.encode_batch(as_text, on_error="raise")) == expected
    as_lists = as_text.set_column(
        1, "tools", pa.array([[as_json(tool) for tool in one.get("tools", [])] or None for one in rows])
    )
    assert list(template.encode_batch(as_lists, on_error="raise")) == expected


def test_nulls_in_text_are_no_padding(make: Make) -> None:
    template = make("qwen2_5", mode="train")
    call = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {"a": None, "b": 1}}}]}
    rows = [{"messages": [{"role": "user", "content": "a"}, call]}]
    text = template.encode_batch(pa.table({"messages": [as_json(rows[0]["messages"])]}), on_error="raise")
    assert list(text) == list(template.encode_batch(rows, on_error="raise"))
    # A struct cannot tell such a null from one that only fills a field.
    struct = template.encode_batch(table_of(rows), on_error="raise")
    assert len(struct[0]["input_ids"]) < len(text[0]["input_ids"])


def test_pairs(make: Make) -> None:
    template = make(mode="rlhf")
    rows: list[dict[str, Any]] = [
        row("a", "b") | {"rejected_response": "c", "margin": 0.5},
        row("a", "d") | {"rejected_messages": row("a", "e")["messages"]},
    ]
    expected = list(template.encode_batch(rows, on_error="raise"))
    assert list(template.encode_batch(table_of(rows), on_error="raise")) == expected
    text = [
        {name: as_json(value) if name.endswith("messages") else value for name, value in one.items()} for one in rows
    ]
    assert list(template.encode_batch(table_of(text), on_error="raise")) == expected


def test_refused_rows_are_named_as_those_of_dicts(template: swiftcore.Template) -> None:
    rows: list[dict[str, Any]] = [
        row("a", "b"),
        {"messages": [{"role": "user", "content": "a"}, {"role": "narrator", "content": "b"}]},
        {"messages": []},
        {"messages": None},
        row("a", "b"),
        {"messages": [{"role": "user", "content": "a"}, {"role": None, "content": "b"}]},
    ]
    of_dicts = template.encode_batch(rows, on_error="ignore")
    table = pa.Table.from_pylist(rows, pa.schema([("messages", pa.list_(MESSAGE))]))
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    for columns in (table, chunked):
        batch = template.encode_batch(columns, on_error="ignore")
        assert [str(error) for error in batch.refused] == [str(error) for error in of_dicts.refused]
        assert memoryview(batch.row_index).tolist() == [0, 4]
    assert (of_dicts.refused[0].row, of_dicts.refused[0].message, of_dicts.refused[0].field) == (1, 1, "role")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["[{"], "row 0, field 'messages': is a string that is not JSON; give a list, or one as JSON text"),
        (["{}"], "row 0, field 'messages': is an object; give a list of messages with `role` and `content`"),
        ([["{"]], "row 0, message 0: is a string that is not JSON; give an object, or one as JSON"),
        ([["3"]], "row 0, message 0: is a number; give an object with `role` and `content`"),
        ([7], "row 0, field 'messages': is a number; give a list of messages with `role` and `content`"),
        ([b"[]"], "row 0, field 'messages': is a cell of type Binary; give a list of messages with"),
    ],
    ids=str,
)
def test_what_text_cannot_be_read(template: swiftcore.Template, column: list[Any], expected: str) -> None:
    batch = template.encode_batch(pa.table({"messages": column}), on_error="ignore")
    assert (len(batch), len(batch.refused)) == (0, 1)
    assert str(batch.refused[0]).startswith(expected)


def test_messages_may_be_text_in_dicts_too(template: swiftcore.Template) -> None:
    batch = template.encode_batch([{"messages": as_json(ROWS[0]["messages"])}, {"messages": "no"}], on_error="ignore")
    assert batch[0] == template.encode(ROWS[0])
    assert batch.refused[0].detail.startswith("is a string; give a list of messages")


def test_what_on_error_says(template: swiftcore.Template) -> None:
    table = pa.table({"messages": ["no"]})
    with pytest.warns(UserWarning, match="1 row refused; the first: row 0, field 'messages'"):
        template.encode_batch(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(template.encode_batch(table, on_error="ignore").refused) == 1
    with pytest.raises(swiftcore.BatchError, match="1 row refused"):
        template.encode_batch(table, on_error="raise")


@pytest.mark.parametrize("rows", [pa.array([1, 2]), pa.array(["a"]), pa.chunked_array([[1.5]])], ids=str)
def test_what_is_no_table(template: swiftcore.Template, rows: Any) -> None:
    with pytest.raises(swiftcore.ArgumentError, match="argument 'rows': is an Arrow array of .*; give a table with"):
        template.encode_batch(rows)


def test_whoever_exports_arrow(template: swiftcore.Template, expected: list[dict[str, Any]]) -> None:
    table = pa.table({"messages": FORMS["structs"]()})
    sources: list[Any] = [
        table.combine_chunks().to_batches()[0],
        table.to_reader(max_chunksize=2),
        table.to_struct_array(),
        table.to_struct_array().combine_chunks(),
    ]
    for source in sources:
        assert list(template.encode_batch(source)) == expected
    assert len(template.encode_batch(table.slice(0, 0))) == 0
    # A batch is a table too, though not one of rows to encode.
    assert len(template.encode_batch(template.encode_batch(table), on_error="ignore").refused) == len(ROWS)


def test_an_interrupted_stream(template: swiftcore.Template) -> None:
    table = pa.table({"messages": FORMS["structs"]()})

    def batches() -> Any:
        yield table.to_batches()[0]
        raise OSError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(table.schema, batches())
    with pytest.raises(swiftcore.ArgumentError, match="'rows': cannot be read as Arrow: .*the disk is gone"):
        template.encode_batch(reader)


def test_rows_that_are_null_themselves(template: swiftcore.Template) -> None:
    rows = pa.array([ROWS[1], None], pa.struct([("messages", pa.list_(MESSAGE))]))
    batch = template.encode_batch(rows, on_error="ignore")
    assert len(batch) == 1
    assert str(batch.refused[0]) == "row 1: is null; give an object with `messages`"


def test_a_dataset(template: swiftcore.Template, expected: list[dict[str, Any]]) -> None:
    datasets = pytest.importorskip("datasets")
    dataset = datasets.Dataset.from_list(ROWS)
    assert list(template.encode_batch(dataset)) == expected
    # With indices, that is, a choice of rows in another order.
    chosen = [7, 2, 2, 5]
    assert list(template.encode_batch(dataset.select(chosen))) == [expected[index] for index in chosen]
    # Rows that are made as they are asked for.
    shouted = dataset.with_transform(lambda rows: {"messages": [ROWS[0]["messages"]] * len(rows["messages"])})
    assert list(template.encode_batch(shouted)) == [expected[0]] * len(ROWS)


def test_a_polars_frame(template: swiftcore.Template, expected: list[dict[str, Any]]) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"messages": [one["messages"] for one in ROWS]})
    assert list(template.encode_batch(frame)) == expected
    assert list(polars.DataFrame(template.encode_batch(frame))["input_ids"][1]) == expected[1]["input_ids"]


def test_a_pandas_frame(template: swiftcore.Template, expected: list[dict[str, Any]]) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"messages": [as_json(one["messages"]) for one in ROWS]})
    assert list(template.encode_batch(frame)) == expected


def test_weights_in_64_bits(template: swiftcore.Template, make: Make) -> None:
    np = pytest.importorskip("numpy")
    rows = [*ROWS, {"messages": [*row("a")["messages"], {"role": "assistant", "content": "b", "loss_scale": 0.1}]}]
    batch = template.encode_batch(rows, loss_scale_dtype="float64")
    column = batch["loss_scale"].numpy()
    assert column.dtype == np.float64
    # Not as `encode` gives them only after float32.
    assert list(batch) == [template.encode(one) for one in rows]
    assert 0.1 in column
    assert pa.table(batch).schema.field("loss_scale").type.value_type == pa.float64()
    assert list(template.encode_batch(rows, loss_scale_dtype="float64", num_threads=1)) == list(batch)
    assert list(EncodedBatch(_pickled(batch._native))) == list(batch)
    with pytest.raises(swiftcore.ArgumentError, match="'loss_scale_dtype': 'f8' is unknown; give one of float32"):
        template.encode_batch(rows, loss_scale_dtype="f8")  # type: ignore[arg-type]


def _pickled(value: Any) -> Any:
    import pickle

    return pickle.loads(pickle.dumps(value))


def test_hooks_see_the_same_rows(make: Make, template: swiftcore.Template, expected: list[dict[str, Any]]) -> None:
    class Hooked(swiftcore.Template):
        def _preprocess_inputs(self, inputs: Any) -> None:
            super()._preprocess_inputs(inputs)

    meta = template._source_meta
    hooked = Hooked(template.processor, meta, mode="train", loss_scale="react")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for form in ("structs", "text", "messages as text", "messages as JSON"):
            table = pa.table({"messages": FORMS[form]()})
            assert list(hooked.encode_batch(table)) == expected
