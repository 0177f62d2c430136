"""Keys that are not understood are counted and named; keys of other formats are read."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import swiftcore
from cli_support import run
from swiftcore import row_warnings
from swiftcore._native import known_keys
from swiftcore.row_warnings import DataWarning, RowWarning

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Forget what this process has warned about."""
    before = set(row_warnings._WARNED)
    row_warnings._WARNED.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    row_warnings._WARNED.update(before)


def get(template_type: str = "chatml", **arguments: Any) -> swiftcore.Template:
    return swiftcore.get_template("deepseek", template_type=template_type, **{"mode": "train", **arguments})


def talk(**answer: Any) -> Row:
    return {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho", **answer}]}


def text(template: swiftcore.Template, row: Row) -> str:
    return "".join(segment.text or "" for segment in template.render(row))


def as_dicts(rows: list[Row]) -> Any:
    return rows


def as_table(rows: list[Row]) -> Any:
    return pa.Table.from_pylist(rows)


def as_json_text(rows: list[Row]) -> Any:
    return pa.table({"messages": [json.dumps(row["messages"]) for row in rows]})


@pytest.mark.parametrize("given", [as_dicts, as_table, as_json_text])
def test_unknown_keys_of_messages_are_counted(given: Callable[[list[Row]], Any]) -> None:
    rows = [talk(), talk(wieght=0), talk(wieght=1, refusal=None), talk(speaker="x")]
    found = get().encode_batch(given(rows)).warnings
    assert found == [
        RowWarning("unknown_key", "messages[].speaker", rows=1, first_row=3),
        RowWarning("unknown_key", "messages[].wieght", rows=2, first_row=1, hint="weight"),
    ]


@pytest.mark.parametrize("given", [as_dicts, as_table])
def test_unused_columns_are_listed(given: Callable[[list[Row]], Any]) -> None:
    rows = [{**talk(), "id": 1, "source": None, "mesages": "x"}, {**talk(), "id": 2, "source": "a", "mesages": None}]
    assert get().encode_batch(given(rows)).warnings == [
        RowWarning("unknown_key", "mesages", rows=1, first_row=0, hint="messages"),
        RowWarning("unused_column", "id", rows=2, first_row=0),
        RowWarning("unused_column", "source", rows=1, first_row=1),
    ]
    standard: Row = {"channel": "c", "label": 1, "margin": 0.5, "images": [], "objects": {}, "tools": []}
    assert get().encode_batch(given([{**talk(), **standard}])).warnings == []


def test_columns_of_other_shapes_are_known() -> None:
    rows = [{"instruction": "a", "input": "", "output": "b", "system": "s", "history": [], "category": "x"}]
    assert [one.field for one in get().encode_batch(rows).warnings] == ["category"]
    assert [one.field for one in get().encode_batch(pa.Table.from_pylist(rows)).warnings] == ["category"]
    share = [{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b", "markdown": "c"}]}]
    assert [one.field for one in get().encode_batch(share).warnings] == ["messages[].markdown"]


def test_counts_do_not_depend_on_threads_or_order() -> None:
    rows = [talk(**{f"key{index * 7 % 100:02}": 1}) for index in range(500)]
    template = get()
    expected = template.encode_batch(rows, num_threads=1).warnings
    assert sum(one.rows for one in expected) == 500
    assert len(expected) == 65  # the first 64, and all others together
    for threads in (2, 3):
        assert template.encode_batch(rows, num_threads=threads).warnings == expected


def test_each_is_warned_of_once() -> None:
    template = get()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        template.encode(talk(wieght=1))
        template.encode_batch([talk(wieght=1)] * 3)
        template.encode({**talk(), "id": 3})
        template.map_rows({"messages": [talk(wieght=1)["messages"]]})
    assert [str(one.message) for one in caught] == ["messages[].wieght: unknown key, ignored; did you mean 'weight'?"]
    assert caught[0].category is DataWarning


def test_refused_rows_are_not_counted() -> None:
    batch = get().encode_batch([{"messages": [{"role": "nobody", "content": "a", "wieght": 1}]}], on_error="ignore")
    assert batch.warnings == []


def test_the_command_prints_them(tmp_path: Path) -> None:
    rows = [{**talk(wieght=1), "id": index, "note": "n"} for index in range(5)]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    arguments = [tmp_path / "in.jsonl", "-o", tmp_path / "out.parquet", "--tokenizer", "deepseek"]
    done = run("encode", *arguments, "--template", "chatml", "--keep_columns", "note")
    assert done.code == 0
    warned = "warning: messages[].wieght: unknown key, ignored in 5 rows (first: row 0); did you mean 'weight'?"
    assert warned in done.out
    assert "columns that are not used: id\n" in done.out


def test_a_batch_with_warnings_is_pickled() -> None:
    import pickle

    batch = get().encode_batch([talk(wieght=1)])
    assert pickle.loads(pickle.dumps(batch)).warnings == batch.warnings != []


@pytest.mark.parametrize(
    ("key", "value", "trained"),
    [
        ("weight", 0, False),
        ("weight", 1, True),
        ("weight", 0.0, False),
        ("train", False, False),
        ("train_on_turn", True, True),
        ("masked", True, False),
        ("masked", False, True),
        ("weight", None, True),
    ],
)
@pytest.mark.parametrize("given", [as_dicts, as_table, as_json_text])
def test_masks_of_other_formats(key: str, value: Any, trained: bool, given: Callable[[list[Row]], Any]) -> None:
    template = get()
    expected = template.encode(talk(loss=trained))["labels"]
    batch = template.encode_batch(given([talk(**{key: value})]))
    assert batch[0]["labels"] == expected
    assert batch.warnings == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"weight": 0, "loss": True}, "field 'weight': contradicts `loss`; give one of them"),
        ({"weight": 1, "train": False}, "field 'train': contradicts `weight`; give one of them"),
        ({"weight": 0.5}, "field 'weight': is a number; give 0 or 1 (other weights are what `loss_scale` is for)"),
        ({"train": "no"}, "field 'train': is a string; give true or false"),
    ],
)
def test_masks_that_make_no_sense(answer: Row, message: str) -> None:
    with pytest.raises(swiftcore.RowError) as caught:
        get().encode(talk(**answer))
    assert str(caught.value) == f"message 1, {message}"


@pytest.mark.parametrize(
    ("template_type", "written"),
    [
        ("qwen3", "<think>\nwhy\n</think>\n\nHo"),
        ("qwen3_thinking", "<think>\nwhy\n</think>\n\nHo"),
        ("deepseek_r1", "<think>\nwhy\n</think>\n\nHo"),
        ("deepseek_v3_1", "<think>why</think>Ho"),
        ("glm4_5", "<think>why</think>\nHo"),
        ("hunyuan", "<think>\nwhy\n</think>\nHo"),
        ("gemma4", "<|channel>thought\nwhy\n<channel|>Ho"),
        ("ernie_thinking", "<think>\nwhy\n</think>\n\n<response>\nHo\n</response>"),
        ("gpt_oss", "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>Ho"),
    ],
)
@pytest.mark.parametrize("key", ["reasoning_content", "reasoning", "thinking"])
def test_reasoning_is_the_thinking_of_its_turn(template_type: str, written: str, key: str) -> None:
    template = get(template_type)
    assert written in text(template, talk(**{key: "\nwhy\n"}))
    for given in (as_dicts, as_table, as_json_text):
        batch = template.encode_batch(given([talk(**{key: "why"})]))
        assert batch.warnings == []
        assert dict(batch[0]) == template.encode(talk(**{key: "why"}))
    # An empty thought is what is written without any.
    assert text(template, talk(**{key: ""})) == text(template, talk())


def test_reasoning_in_history_is_treated_as_thinking_is() -> None:
    row = {"messages": [*talk(reasoning_content="why")["messages"], *talk(reasoning_content="because")["messages"]]}
    same = {
        "messages": [
            *talk(content="<think>\nwhy\n</think>\n\nHo")["messages"],
            *talk(content="<think>\nbecause\n</think>\n\nHo")["messages"],
        ]
    }
    for mode in ("train", "vllm"):
        for scale in ("default", "last_round"):
            template = get("qwen3", mode=mode, loss_scale=scale)
            assert template.encode(row) == template.encode(same)


def test_reasoning_before_calls() -> None:
    calls = [{"type": "function", "function": {"name": "f", "arguments": "{}"}}]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    row = {**talk(content=None, tool_calls=calls, reasoning_content="why"), "tools": tools}
    assert "<think>\nwhy\n</think>\n\n<tool_call>" in text(get("qwen3"), row)
    assert "<|channel|>analysis<|message|>why<|end|>" in text(get("gpt_oss"), row)


def test_reasoning_without_a_place_is_reported() -> None:
    batch = get("qwen2_5").encode_batch([talk(reasoning_content="why"), talk()])
    assert batch.warnings == [RowWarning("unused_reasoning", "messages[].reasoning_content", rows=1, first_row=0)]
    assert batch[0] == batch[1]
    both = get("qwen3").encode_batch([talk(content="<think>\na\n</think>\n\nHo", reasoning="b")])
    assert [one.kind for one in both.warnings] == ["unused_reasoning"]
    user = {"messages": [{"role": "user", "content": "Hi", "reasoning": "x"}, {"role": "assistant", "content": "Ho"}]}
    assert [one.kind for one in get("qwen3").encode_batch([user]).warnings] == ["unknown_key"]


def test_reasoning_of_both_sides_of_a_pair() -> None:
    row = {**talk(reasoning_content="why"), "rejected_messages": talk(reasoning_content="no")["messages"]}
    pair = get("qwen3", mode="rlhf").encode(row)
    template = get("qwen3")
    assert pair["chosen_input_ids"] == template.encode(talk(reasoning_content="why"))["input_ids"]
    assert pair["rejected_input_ids"] == template.encode(talk(reasoning_content="no"))["input_ids"]
    short = {"messages": row["messages"], "rejected_response": "Go"}
    pair = get("qwen3", mode="rlhf").encode(short)
    assert pair["rejected_input_ids"] == template.encode(talk(content="Go"))["input_ids"]


def test_the_page_of_keys_is_complete() -> None:
    page = (Path(__file__).parents[2] / "docs/rows.md").read_text("utf-8")
    of_row, of_message = (
        set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in page.split("## Keys of a message")
    )
    row_keys, message_keys = known_keys()
    sides = ("rejected_", "positive_", "negative_")
    own = {key for key in row_keys if not key.startswith(sides) or key in of_row}
    assert own == of_row
    rest = {key.split("_", 1)[1] for key in set(row_keys) - own}
    assert rest <= {"tools", "images", "videos", "audios", "objects", "chat_template_kwargs", "add_eos"}
    assert set(message_keys) == of_message


@pytest.mark.parametrize("given", [as_dicts, as_table])
def test_templates_with_hooks_warn_alike(given: Callable[[list[Row]], Any], tmp_path: Path) -> None:
    class Hooked(swiftcore.Template):
        def _preprocess_inputs(self, inputs: Any) -> None:
            inputs.messages[0]["content"] += "!"

    eos = "<｜end▁of▁sentence｜>"
    rows: list[Row] = [
        {**talk(wieght=1, reasoning_content="Hm."), "id": 0},
        {**talk(), "id": 1},
        {"messages": [{"role": "user", "content": f"a{eos}"}, {"role": "assistant", "content": "b"}]},
        {"messages": []},
    ]
    plain = get()
    hooked = Hooked(plain.tokenizer, plain.template_meta, mode="train")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = plain.encode_batch(given(rows)).warnings
        assert len(expected) >= 4
        assert hooked.encode_batch(given(rows)).warnings == expected
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in rows))
        written = [swiftcore.encode_files(one, path, None).warnings for one in (plain, hooked)]
        assert written[0] == written[1]
    row_warnings._WARNED.clear()
    with pytest.warns(swiftcore.DataWarning, match="wieght"):
        hooked.encode(rows[0])


def test_templates_with_hooks_warn_of_all_sides() -> None:
    class Hooked(swiftcore.Template):
        def _preprocess_inputs(self, inputs: Any) -> None:
            inputs.messages[0]["content"] += "!"

    rows = [{**talk(), "rejected_messages": talk(wieght=1)["messages"]}]
    for mode, count in (("rlhf", 1), ("train", 0)):
        plain = get(mode=mode)
        hooked = Hooked(plain.tokenizer, plain.template_meta, mode=mode)  # type: ignore[arg-type]
        expected = plain.encode_batch(rows).warnings
        assert hooked.encode_batch(rows).warnings == expected
        assert sum(one.kind == "unknown_key" for one in expected) == count
