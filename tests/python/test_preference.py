"""Pairs, and the tasks that are not about the next token: what `encode` keys, and what batches and files hold."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from swiftcore import ArgumentError, MaxLengthError, RowError

Make = Callable[..., swiftcore.Template]


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


TALK = [user("1+1?"), assistant("2"), user("2+2?"), assistant("4")]
PAIR = {"messages": TALK, "rejected_response": "5"}


def other(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages)}


def side(encoded: dict[str, Any], name: str) -> dict[str, Any]:
    """One side of a row as `train` keys it."""
    keys = [key for key in encoded if key.startswith(f"{name}_") and key != f"{name}_length"]
    return {key.removeprefix(f"{name}_"): encoded[key] for key in keys}


def narrow(value: Any) -> Any:
    """Floats as float32 holds them."""
    if isinstance(value, float):
        return struct.unpack("f", struct.pack("f", value))[0]
    if isinstance(value, list):
        return [narrow(one) for one in value]
    return {key: narrow(one) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("arguments", [{}, {"loss_scale": "last_round"}, {"loss_scale": "react"}], ids=str)
def test_each_side_is_what_training_makes_of_it(make: Make, arguments: dict[str, Any]) -> None:
    train = make(mode="train", **arguments)
    pair = make(mode="rlhf", **arguments).encode(PAIR)
    assert side(pair, "chosen") == train.encode({"messages": TALK})
    assert side(pair, "rejected") == train.encode({"messages": [*TALK[:-1], assistant("5")]})
    assert (pair["chosen_length"], pair["rejected_length"]) == (len(pair["chosen_input_ids"]),) * 2
    assert "margin" not in pair
    assert "label" not in pair


def test_a_rejected_trajectory_may_be_several_messages(make: Make) -> None:
    answer = [assistant("3", loss=False), assistant("no, 5")]
    pair = make(mode="rlhf").encode({"messages": TALK, "rejected_response": answer})
    assert side(pair, "rejected") == make(mode="train").encode({"messages": [*TALK[:-1], *answer]})


def test_what_the_rejected_side_takes_over(make: Make) -> None:
    rlhf, train = make("qwen3", mode="rlhf"), make("qwen3", mode="train")
    own = {"add_eos": False, "chat_template_kwargs": {"enable_thinking": True}}
    pair = rlhf.encode({**PAIR, **own})
    assert side(pair, "rejected") == train.encode({"messages": [*TALK[:-1], assistant("5")], **own})
    whole = [user("q"), assistant("a")]
    pair = rlhf.encode({"messages": TALK, "rejected_messages": whole, **own})
    assert side(pair, "rejected") == train.encode({"messages": whole})
    pair = rlhf.encode({"messages": TALK, "rejected_messages": whole, "rejected_add_eos": False})
    assert side(pair, "rejected") == train.encode({"messages": whole, "add_eos": False})


def test_margin_label_and_lengths(make: Make) -> None:
    kto = make(mode="kto")
    row = {**PAIR, "margin": 1, "label": 0, "channel": "c"}
    encoded = kto.encode(row, return_length=True)
    assert (encoded["margin"], encoded["label"], encoded["channel"]) == (1.0, False, "c")
    assert isinstance(encoded["margin"], float)
    assert encoded["lengths"] == [encoded["chosen_length"], encoded["rejected_length"]]
    alone = kto.encode({"messages": TALK, "label": True})
    assert set(alone) == {"chosen_input_ids", "chosen_labels", "chosen_length", "label"}
    assert alone["label"] is True


REFUSED = [
    ({"messages": TALK}, "field 'rejected_response': is missing, and so is 'rejected_messages'"),
    ({**PAIR, "rejected_response": None}, "field 'rejected_response': is missing"),
    ({**PAIR, "rejected_response": "4"}, "field 'rejected_response': is the same as the chosen response"),
    ({**PAIR, "rejected_response": 5}, "field 'rejected_response': is a number; give a string, or a list of messages"),
    ({**PAIR, "rejected_response": []}, "field 'rejected_response': is empty"),
    ({**PAIR, "rejected_response": [user("x")]}, "message 0, field 'rejected_response.role': is 'user'"),
    ({**PAIR, "rejected_response": ["x"]}, "message 0, field 'rejected_response': is a string"),
    ({**PAIR, "margin": "big"}, "field 'margin': is a string; give a number"),
    ({"messages": TALK, "rejected_messages": []}, "field 'rejected_messages': is empty"),
    ({"messages": TALK, "rejected_messages": [{"role": "x"}]}, "message 0, field 'rejected_messages.role': 'x' is no"),
    ({"messages": TALK, "rejected_messages": [user("a"), {"role": "system", "content": "b"}]}, "message 1, field"),
    ({"messages": TALK, "rejected_messages": [user("a")], "rejected_add_eos": 3}, "field 'rejected_messages.add_eos'"),
]


@pytest.mark.parametrize(("row", "expected"), REFUSED)
def test_refusals_name_the_side(make: Make, row: dict[str, Any], expected: str) -> None:
    with pytest.raises(RowError) as raised:
        make(mode="rlhf").encode(row)
    assert str(raised.value).startswith(expected)


def test_a_bad_pair_costs_no_other_row(make: Make) -> None:
    rows = [PAIR, *(row for row, _ in REFUSED), PAIR]
    with pytest.warns(UserWarning, match=f"{len(REFUSED)} rows refused; the first: row 1, field 'rejected_response'"):
        batch = make(mode="rlhf").encode_batch(rows)
    assert memoryview(batch.row_index).tolist() == [0, len(rows) - 1]
    assert [error.row for error in batch.refused] == list(range(1, len(rows) - 1))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (None, "is missing; give true or false"),
        ("yes", "is a string; give true or false"),
        (-1, "is -1; give true or false"),
        (0.5, "is 0.5; give true or false"),
        ([1], "is a list of 1 numbers; give true or false"),
        ({}, "is an object; give true or false"),
    ],
)
def test_labels_that_are_none(make: Make, label: Any, expected: str) -> None:
    with pytest.raises(RowError, match=f"field 'label': {expected.replace('[', '.')}"):
        make(mode="kto").encode({"messages": TALK, "label": label})


@pytest.mark.parametrize("mode", ["rlhf", "kto"])
def test_a_pair_is_not_split(make: Make, mode: str) -> None:
    row = {**PAIR, "rejected_response": "long " * 30, "label": True}
    made = make(mode=mode, max_length=30, truncation_strategy="split")
    assert made.encode(PAIR | {"label": True})["rejected_length"] < 30
    with pytest.raises(MaxLengthError, match=r"field 'rejected_messages': encodes to \d+ tokens.*cannot be split"):
        made.encode(row)
    cut = make(mode=mode, max_length=30, truncation_strategy="right").encode(row)
    assert (cut["rejected_length"], cut["chosen_length"] < 30) == (30, True)


def test_plain_modes_do_not_look_at_the_other_side(make: Make) -> None:
    plain = make(mode="train")
    for row, _ in REFUSED:
        assert plain.encode({**row, "label": {}}) == plain.encode({"messages": row["messages"]})


# Rows for each task, with the arguments that ask for it and the columns that come of them.
LONG = other(user("a query"))["messages"]
TASKS: list[tuple[dict[str, Any], list[dict[str, Any]], list[str]]] = [
    (
        {"mode": "rlhf", "loss_scale": "react"},
        [PAIR, {**PAIR, "margin": 0.5}, {**PAIR, "margin": 0.1}],
        [
            *("chosen_input_ids", "chosen_labels", "chosen_loss_scale", "chosen_length"),
            *("rejected_input_ids", "rejected_labels", "rejected_loss_scale", "rejected_length", "margin"),
        ],
    ),
    (
        {"mode": "kto"},
        [{**PAIR, "label": True}, {"messages": TALK, "label": False}, {**PAIR, "label": 1, "margin": -2}],
        [
            *("chosen_input_ids", "chosen_labels", "chosen_length"),
            *("rejected_input_ids", "rejected_labels", "rejected_length", "margin", "label"),
        ],
    ),
    (
        {"mode": "rlhf", "task_type": "seq_cls"},
        [PAIR, {**PAIR, "margin": 3}],
        ["chosen_input_ids", "chosen_length", "rejected_input_ids", "rejected_length", "margin"],
    ),
    (
        {"mode": "train", "task_type": "seq_cls", "num_labels": 4},
        [{"messages": TALK, "label": 3}, {"messages": TALK}, {"messages": TALK, "label": "1"}],
        ["input_ids", "length", "labels"],
    ),
    (
        {"mode": "train", "task_type": "seq_cls", "num_labels": 1},
        [{"messages": TALK, "label": 0.25}, {"messages": TALK, "label": 3}, {"messages": TALK}],
        ["input_ids", "length", "labels"],
    ),
    (
        {"mode": "transformers", "task_type": "seq_cls", "problem_type": "multi_label_classification"},
        [{"messages": TALK, "label": [0, 2]}, {"messages": TALK, "label": []}, {"messages": TALK}],
        ["input_ids", "length", "labels"],
    ),
    (
        {"mode": "train", "task_type": "seq_cls", "problem_type": "regression", "num_labels": 2},
        [{"messages": TALK, "label": [0.5, 2]}, {"messages": TALK, "label": [1, 2]}],
        ["input_ids", "length", "labels"],
    ),
    (
        {"mode": "train", "task_type": "embedding"},
        [
            {"messages": LONG, "positive_messages": [[user("p")]]},
            {"messages": LONG, "positive_messages": [[user("p")], [user("unused")]], "label": 0.5}
            | {"negative_messages": [[user("n")], [user("m n")]]},
        ],
        [
            *("anchor_input_ids", "anchor_length", "positive_input_ids", "positive_length"),
            *("negative_input_ids", "negative_length", "labels"),
        ],
    ),
    (
        {"mode": "train", "task_type": "reranker"},
        [
            {"messages": LONG, "positive_messages": [[assistant("p")]], "negative_messages": [[assistant("n")]] * 2},
            {"messages": LONG, "negative_messages": [[assistant("n")]]},
        ],
        ["input_ids", "length", "labels"],
    ),
    ({"mode": "vllm", "task_type": "generative_reranker"}, [{"messages": TALK}], ["input_ids", "length"]),
    ({"mode": "train", "task_type": "prm"}, [{"messages": TALK}], ["input_ids", "labels", "length"]),
]


@pytest.mark.parametrize(("arguments", "rows", "names"), TASKS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("threads", [1, 3])
def test_batches_hold_what_encode_gives(
    make: Make, arguments: dict[str, Any], rows: list[Any], names: list[str], threads: int
) -> None:
    made = make(**arguments)
    batch = made.encode_batch(rows * 20, num_threads=threads)
    expected = [narrow(made.encode(row)) for row in rows] * 20
    assert list(batch) == expected
    assert batch.column_names == [*names, "row_index"]
    copy = pickle.loads(pickle.dumps(batch))
    assert (list(copy), copy.column_names) == (expected, batch.column_names)
    lengths = [sum(made.encode(row, return_length=True)["lengths"]) for row in rows]
    assert memoryview(batch.length).tolist() == lengths * 20
    for name in names:
        assert len(list(batch[name])) == len(batch)
        assert len(batch[name].values) == len(memoryview(batch[name].values))


@pytest.mark.parametrize(("arguments", "rows", "names"), TASKS, ids=lambda value: str(value)[:60])
def test_arrow_holds_what_encode_gives(
    make: Make, arguments: dict[str, Any], rows: list[Any], names: list[str]
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    made = make(**arguments)
    batch = made.encode_batch(rows)
    table = pyarrow.table(batch)
    assert table.column_names == [*names, "row_index"]
    for got, expected in zip(table.to_pylist(), (narrow(made.encode(row)) for row in rows), strict=True):
        present = {key: value for key, value in got.items() if key in expected}
        assert present == expected
        assert all(got[name] in (None, []) for name in names if name not in expected and name != "length")
    for name in names:
        assert pyarrow.array(batch[name]).to_pylist() == table[name].to_pylist()


@pytest.mark.parametrize(("arguments", "rows", "names"), TASKS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "arrow"])
def test_files_hold_what_batches_hold(
    make: Make, tmp_path: Path, arguments: dict[str, Any], rows: list[Any], names: list[str], suffix: str
) -> None:
    made = make(**arguments)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = swiftcore.encode_files(made, tmp_path / "rows.jsonl", tmp_path / f"out.{suffix}")
    batch = made.encode_batch(rows)
    assert (summary.rows_written, summary.tokens) == (len(rows), sum(memoryview(batch.length)))
    if suffix == "jsonl":
        lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        assert [list(line) for line in lines] == [names] * len(rows)
        for name in names:
            expected = [json.loads(json.dumps(_plain(value))) for value in batch[name]]
            assert narrow([line[name] for line in lines]) == expected
        return
    pyarrow = pytest.importorskip("pyarrow")
    if suffix == "parquet":
        table = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "out.parquet")
    else:
        table = pyarrow.ipc.open_file(tmp_path / "out.arrow").read_all()
    assert table.column_names == names
    assert table.to_pylist() == pyarrow.table(batch).select(names).to_pylist()


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return value.tolist()
    return [_plain(one) for one in value] if isinstance(value, list) else value


def test_columns_of_several_sequences(make: Make) -> None:
    arguments, rows, _ = TASKS[8]
    batch = make(**arguments).encode_batch(rows)
    column = batch["input_ids"]
    assert memoryview(column.row_offsets).tolist() == [0, 3, 4]
    assert [one.tolist() for one in column[1]] == batch[1]["input_ids"]
    assert (batch["length"].row_offsets, memoryview(batch["length"].offsets).tolist()) == (None, [0, 3, 4])
    assert batch["labels"][0].tolist() == [1, 0, 0]
    assert batch["row_index"][1] == 1


def test_a_pair_is_untrainable_where_one_side_is(make: Make) -> None:
    rows = [PAIR, {"messages": TALK, "rejected_messages": [user("open")]}]
    made = make(mode="rlhf")
    assert [made.encode_batch(rows, on_untrainable=what).untrainable for what in ("keep", "skip")] == [1, 1]
    assert memoryview(made.encode_batch(rows, on_untrainable="skip").row_index).tolist() == [0]
    with pytest.warns(UserWarning, match="row 1: has no token to train on"):
        assert len(made.encode_batch(rows, on_untrainable="error")) == 1


def test_the_suffix_closes_rows_of_other_tasks(make: Make) -> None:
    row = {"messages": TALK}
    suffix = make(mode="train").encode(row)["input_ids"]
    assert make(mode="transformers").encode(row)["input_ids"] == suffix[:-1]
    for task in ("embedding", "reranker", "generative_reranker", "prm"):
        assert make(mode="transformers", task_type=task).encode(row) == {"input_ids": suffix}


def test_a_text_behind_a_query_takes_its_system(make: Make) -> None:
    made = make("chatml", mode="train", task_type="reranker")
    system = {"role": "system", "content": "judge"}
    own = {"role": "system", "content": "own"}
    row = {"messages": [system, user("q")], "positive_messages": [[assistant("p")], [own, assistant("p")]]}
    plain = make("chatml", mode="transformers", task_type="reranker")
    expected = [plain.encode({"messages": [first, user("q"), assistant("p")]})["input_ids"] for first in (system, own)]
    assert made.encode(row) == {"input_ids": expected, "labels": [1, 1]}


@pytest.mark.parametrize(
    ("task", "row", "expected"),
    [
        ("embedding", {"messages": LONG}, "field 'positive_messages': is missing; give a list of lists of messages"),
        ("embedding", {"messages": LONG, "positive_messages": []}, "field 'positive_messages': is missing"),
        ("embedding", {"messages": LONG, "positive_messages": "p"}, "field 'positive_messages': is a string"),
        ("embedding", {"messages": LONG, "positive_messages": [user("p")]}, "field 'positive_messages[0]': is a mess"),
        ("embedding", {"messages": LONG, "positive_messages": [[user("p")]], "label": "x"}, "field 'label': is a str"),
        ("reranker", {"messages": LONG}, "field 'positive_messages': is missing"),
        ("reranker", {"messages": LONG, "positive_messages": [[]]}, "field 'positive_messages[0]': is empty"),
        (
            "reranker",
            {"messages": LONG, "positive_messages": [[assistant("p")]], "negative_messages": [[assistant(1.5)]]},
            "message 0, field 'negative_messages[0].content': is a number",
        ),
        (
            "reranker",
            {"messages": LONG, "positive_messages": [[assistant("p"), {"role": "system", "content": "x"}]]},
            "message 1, field 'positive_messages[0].role': a system message stands behind others",
        ),
    ],
)
def test_refusals_of_tasks(make: Make, task: str, row: dict[str, Any], expected: str) -> None:
    with pytest.raises(RowError) as raised:
        make(mode="train", task_type=task).encode(row)
    assert str(raised.value).startswith(expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"task_type": "decision"}, "argument 'task_type': 'decision' is no task; give one of causal_lm, seq_cls"),
        ({"task_type": 3}, "argument 'task_type': is 3; give one of causal_lm"),
        ({"task_type": "seq_cls"}, "argument 'num_labels': is missing; task_type 'seq_cls' needs the number of labels"),
        ({"task_type": "seq_cls", "num_labels": 0}, "argument 'num_labels': is 0; give at least 1, or None"),
        ({"task_type": "seq_cls", "problem_type": "x"}, "argument 'problem_type': 'x' is unknown; give one of single"),
        ({"problem_type": 3}, "argument 'problem_type': is 3; give one of single_label_classification"),
        ({"mode": "dpo"}, "argument 'mode': 'dpo' is no mode; give one of train, rlhf, kto, transformers"),
    ],
)
def test_arguments(make: Make, arguments: dict[str, Any], expected: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        make(**arguments)
    assert str(raised.value).startswith(expected)


def test_modes_change_and_travel(make: Make, tokenizer: swiftcore.Tokenizer) -> None:
    made = swiftcore.get_template(tokenizer, template_type="deepseek_v2_5", mode="train")
    made.set_mode("rlhf")
    assert (made.is_training, made.gives_labels, made.task_type) == (True, True, "causal_lm")
    assert made.encode(PAIR) == make(mode="rlhf").encode(PAIR)
    copy = pickle.loads(pickle.dumps(make(mode="train", task_type="seq_cls", num_labels=2)))
    assert copy.encode({"messages": TALK, "label": 1})["labels"] == 1
    assert not copy.gives_labels


def test_rows_in_other_shapes(make: Make, tmp_path: Path) -> None:
    talk = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]
    worse = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "No."}]
    rows = [
        {"conversations": talk, "rejected_response": "No."},
        {"conversations": talk, "rejected_messages": worse},
        {"conversations": talk, "rejected_messages": json.dumps(worse)},
    ]
    made = make(mode="rlhf")
    expected = made.encode({"messages": [user("Hi"), assistant("Hello!")], "rejected_response": "No."})
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    swiftcore.encode_files(made, tmp_path / "rows.jsonl", tmp_path / "out.jsonl")
    for line in (tmp_path / "out.jsonl").read_text().splitlines():
        assert {key: value for key, value in json.loads(line).items() if value is not None} == expected
    named = {"query": "Hi", "good": "Hello!", "bad": "No."}
    (tmp_path / "named.jsonl").write_text(json.dumps(named) + "\n")
    columns = {"response": "good", "rejected_response": "bad"}
    swiftcore.encode_files(made, tmp_path / "named.jsonl", tmp_path / "named.out.jsonl", columns=columns)
    got = json.loads((tmp_path / "named.out.jsonl").read_text())
    assert {key: value for key, value in got.items() if value is not None} == expected


def test_the_command(tmp_path: Path) -> None:
    from cli_support import TEMPLATE, TOKENIZER, run

    (tmp_path / "rows.jsonl").write_text(json.dumps(PAIR) + "\n" + json.dumps({"messages": TALK}) + "\n")
    shown = run("encode", tmp_path / "rows.jsonl", *TEMPLATE, "--mode", "rlhf", "--show", "1")
    assert "row 1, chosen:" in shown.out
    assert "row 1, rejected:" in shown.out
    out = tmp_path / "out.parquet"
    result = run("encode", tmp_path / "rows.jsonl", "-o", out, *TEMPLATE, "--mode", "rlhf")
    assert result.code == 3
    assert "field 'rejected_response': is missing" in result.out + result.err
    labelled = json.dumps({"messages": TALK, "label": 2}) + "\n"
    (tmp_path / "classes.jsonl").write_text(labelled)
    task = ("--task_type", "seq_cls", "--num_labels", "3", "--template", "chatml", *TOKENIZER)
    result = run("encode", tmp_path / "classes.jsonl", "-o", tmp_path / "c.jsonl", *task)
    assert (result.code, "trained tokens" in result.out) == (0, False)
    assert json.loads((tmp_path / "c.jsonl").read_text())["labels"] == 2
    shown = run("encode", tmp_path / "classes.jsonl", *task, "--show", "1")
    assert "labels 2" in shown.out
