"""Padding-free batches, and batches collated by their columns."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import ArgumentError
from train_support import tiny_model, tiny_tokenizer

torch = pytest.importorskip("torch")

PAD = 1
ROWS = [
    row("Hi", "Hello!"),
    row("Hi there, who is it?", "It is me, and nobody else."),
    row("So?", "So.", "Well?", "No"),
]
SHORT = {"input_ids": [5, 6], "labels": [-100, 6], "loss_scale": [0.0, 0.5]}
LONG = {"input_ids": [7, 8, 9], "labels": [-100, -100, 9], "loss_scale": [0.0, 0.0, 1.0]}


def lists(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value.tolist() if hasattr(value, "tolist") else value for name, value in batch.items()}


def kinds(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value.dtype for name, value in batch.items()}


def test_rows_lie_one_behind_the_other(make: Any) -> None:
    template = make(mode="train", padding_free=True)
    batch = template.data_collator([SHORT, LONG])
    assert lists(batch) == {
        "input_ids": [[5, 6, 7, 8, 9]],
        "labels": [[-100, 6, -100, -100, 9]],
        "loss_scale": [[0.0, 0.5, 0.0, 0.0, 1.0]],
        "position_ids": [[0, 1, 0, 1, 2]],
    }
    assert {name: kind for name, kind in kinds(batch).items() if kind != torch.int64} == {"loss_scale": torch.float32}


def test_there_may_be_a_least_width(make: Any) -> None:
    for template, encoded in (
        (make(mode="train", padding_free=True), SHORT),
        (make(padding_free=True), {"input_ids": [5]}),
    ):
        ids = template.data_collator([encoded, encoded], padding_to=6)["input_ids"]
        assert ids.shape == (1, 6)
        assert (ids[0, -1] == PAD) == template.is_training
    template = make(mode="train", padding_free=True)
    assert lists(template.data_collator([SHORT], padding_to=4)) == {
        "input_ids": [[5, 6, PAD, PAD]],
        "labels": [[-100, 6, -100, -100]],
        "loss_scale": [[0.0, 0.5, 0.0, 0.0]],
        "position_ids": [[0, 1, 0, 0]],
    }


def test_what_else_rows_bring(make: Any) -> None:
    template = make(mode="train", padding_free=True)
    seen = {**SHORT, "channel": "a", "pixel_values": torch.ones(2, 3)}
    batch = template.data_collator(
        [{**seen, "mm_token_type_ids": torch.tensor([[1, 0]])}, {**LONG, "mm_token_type_ids": [0, 0, 1]}]
    )
    assert batch["channel"] == ["a", None]
    assert batch["pixel_values"].shape == (2, 3)
    assert batch["mm_token_type_ids"].tolist() == [[1, 0, 0, 0, 1]]
    positions = [torch.arange(2).expand(3, 1, 2), torch.arange(3).expand(3, 1, 3)]
    batch = template.data_collator([{**SHORT, "position_ids": positions[0]}, {**LONG, "position_ids": positions[1]}])
    assert batch["position_ids"].shape == (3, 1, 5)
    assert batch["position_ids"][2, 0].tolist() == [0, 1, 0, 1, 2]
    with pytest.raises(ArgumentError, match="1 of 2 rows lack 'labels'"):
        template.data_collator([SHORT, {"input_ids": [1], "loss_scale": [0.0]}])


def test_pairs(make: Any) -> None:
    template = make(mode="rlhf", padding_free=True)
    pairs = [template.encode({**one, "rejected_response": "Go away."}) for one in ROWS]
    batch = template.data_collator(pairs)
    sides = [pair[f"{side}_input_ids"] for side in ("chosen", "rejected") for pair in pairs]
    assert batch["input_ids"].tolist() == [list(itertools.chain(*sides))]
    assert batch["position_ids"].tolist() == [[at for side in sides for at in range(len(side))]]


ARGUMENTS = [
    {"mode": "train"},
    {"mode": "train", "padding_side": "left"},
    {"mode": "train", "loss_scale": "react"},
    {"mode": "train", "loss_scale": "react", "padding_side": "left"},
    {"mode": "transformers"},
]


@pytest.mark.parametrize("padding_free", [False, True])
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("padding_to", [None, 3, 100])
def test_columns_give_what_rows_give(make: Any, arguments: Any, padding_free: bool, padding_to: int | None) -> None:
    template = make(**arguments, padding_free=padding_free)
    for rows in (ROWS, ROWS[1:2]):
        batch = template.encode_batch(rows)
        assert template._takes_columns(batch)
        by_columns = template.data_collator(batch, padding_to=padding_to)
        by_rows = template.data_collator(list(batch), padding_to=padding_to)
        assert (lists(by_columns), kinds(by_columns)) == (lists(by_rows), kinds(by_rows))
        for value in by_columns.values():
            value += 1  # is nobody else's memory
        assert template.encode_batch(rows)["input_ids"].numpy().tolist() == batch["input_ids"].numpy().tolist()
        assert lists(template.data_collator(batch, padding_to=padding_to)) == lists(by_rows)


def test_subclasses_see_the_rows(tokenizer: swiftcore.Tokenizer) -> None:
    class Seen(swiftcore.Template):
        def _data_collator(self, batch: Any, *, padding_to: int | None = None) -> Any:
            return {
                **super()._data_collator(batch, padding_to=padding_to),
                "seen": [len(one["input_ids"]) for one in batch],
            }

    class Packed(swiftcore.Template):
        def packing_row(self, row: Any) -> Any:
            packed = super().packing_row(row)
            packed["position_ids"] += 1
            return packed

    meta = swiftcore.get_template_meta("deepseek_v2_5")
    batch = Seen(tokenizer, meta, mode="train").encode_batch(ROWS[:2])
    lengths = memoryview(batch.length).tolist()
    assert Seen(tokenizer, meta, mode="train").data_collator(batch)["seen"] == lengths
    assert Seen(tokenizer, meta, mode="train", padding_free=True).data_collator(batch)["seen"] == lengths
    packed = Packed(tokenizer, meta, mode="train", padding_free=True).data_collator(batch)
    assert packed["position_ids"][0].tolist() == [at + 1 for length in lengths for at in range(length)]


def test_the_attribute_may_change_and_is_pickled(tokenizer: swiftcore.Tokenizer) -> None:
    template = swiftcore.get_template(tokenizer, template_type="deepseek_v2_5", mode="train")
    batch = template.encode_batch(ROWS)
    assert "attention_mask" in template.data_collator(batch)
    template.padding_free = True
    template.padding_side = "left"
    back = pickle.loads(pickle.dumps(template))
    assert (back.padding_free, back.padding_side) == (True, "left")
    assert lists(back.data_collator(batch)) == lists(template.data_collator(batch))
    assert template.data_collator(batch)["input_ids"].shape == (1, sum(batch["length"]))


def test_equal_loss_for_equal_tokens() -> None:
    pytest.importorskip("transformers")
    model, tokenizer = tiny_model(), tiny_tokenizer()

    def template(**arguments: Any) -> swiftcore.Template:
        return swiftcore.get_template(tokenizer, template_type="chatml", mode="train", **arguments)

    batch = template().encode_batch(ROWS)
    losses, gradients = [], []
    for arguments in ({}, {"padding_side": "left"}, {"padding_free": True}):
        model.zero_grad()
        loss = model(**template(**arguments).data_collator(batch), use_cache=False).loss
        loss.backward()
        losses.append(loss.item())
        gradients.append([weight.grad.clone() for weight in model.parameters()])
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-6)
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(gradients[2], gradients[0], rtol=1e-4, atol=1e-7)
    alone = [model(**template().data_collator([one])).loss.item() for one in batch]
    weights = [sum(label != -100 for label in one["labels"]) for one in batch]
    mean = sum(loss * weight for loss, weight in zip(alone, weights, strict=True)) / sum(weights)
    assert losses[0] == pytest.approx(mean, rel=1e-6)
