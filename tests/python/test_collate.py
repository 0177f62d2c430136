"""Collating and what comes before a forward: the tensors are those of ms-swift."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import ArgumentError, Template, TokenizerError

torch = pytest.importorskip("torch")

PAD = 1


@pytest.fixture(scope="module")
def short() -> dict[str, Any]:
    return {"input_ids": [5, 6], "labels": [-100, 6], "loss_scale": [0.0, 0.5]}


@pytest.fixture(scope="module")
def long() -> dict[str, Any]:
    return {"input_ids": [7, 8, 9], "labels": [-100, -100, 9], "loss_scale": [0.0, 0.0, 1.0]}


@pytest.fixture
def collate(make: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(batch: list[Any], padding_to: int | None = None, **arguments: Any) -> dict[str, Any]:
        template = make("deepseek_v2_5", **{"mode": "train", **arguments})
        assert template.tokenizer.pad_token_id == PAD
        return template.data_collator(batch, padding_to=padding_to)

    return made


def lists(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value.tolist() if hasattr(value, "tolist") else value for name, value in batch.items()}


def test_rows_are_padded_on_the_right(collate: Any, short: Any, long: Any) -> None:
    batch = collate([short, long])
    assert lists(batch) == {
        "input_ids": [[5, 6, PAD], [7, 8, 9]],
        "attention_mask": [[1, 1, 0], [1, 1, 1]],
        "labels": [[-100, 6, -100], [-100, -100, 9]],
        "loss_scale": [[0.0, 0.5, 0.0], [0.0, 0.0, 1.0]],
    }
    kinds = {name: value.dtype for name, value in batch.items()}
    assert kinds == {
        **dict.fromkeys(("input_ids", "attention_mask", "labels"), torch.int64),
        "loss_scale": torch.float32,
    }


def test_rows_are_padded_on_the_left(collate: Any, short: Any, long: Any) -> None:
    assert lists(collate([short, long], padding_side="left")) == {
        "input_ids": [[PAD, 5, 6], [7, 8, 9]],
        "attention_mask": [[0, 1, 1], [1, 1, 1]],
        "labels": [[-100, -100, 6], [-100, -100, 9]],
        "loss_scale": [[0.0, 0.0, 0.5], [0.0, 0.0, 1.0]],
        "position_ids": [[0, 0, 1], [0, 1, 2]],
    }


def test_prompts_are_padded_on_the_left(collate: Any) -> None:
    batch = collate([{"input_ids": [5]}, {"input_ids": [7, 8]}], mode="transformers")
    assert lists(batch) == {"input_ids": [[PAD, 5], [7, 8]], "attention_mask": [[0, 1], [1, 1]]}


def test_there_may_be_a_least_width(collate: Any, short: Any, long: Any) -> None:
    assert collate([short, long], padding_to=5)["labels"].tolist() == [
        [-100, 6, *[-100] * 3],
        [-100, -100, 9, -100, -100],
    ]
    assert collate([short, long], padding_to=2)["labels"].shape == (2, 3)


def test_batches_and_channels(collate: Any, make: Any) -> None:
    template = make("deepseek_v2_5", mode="train")
    rows = [row("Hi", "Hello!"), row("Hi there", "So?")]
    expected = template.data_collator([template.encode(one) for one in rows])
    batch = template.data_collator(template.encode_batch(rows))
    assert lists(batch) == lists(expected)
    encoded = [template.encode({**rows[0], "channel": "a"}), template.encode(rows[1])]
    assert template.data_collator(encoded)["channel"] == ["a", None]
    assert "channel" not in expected


def test_rows_are_not_changed(collate: Any, short: Any, long: Any) -> None:
    before = [dict(short), dict(long)]
    collate([short, long])
    assert [short, long] == before


def test_what_models_of_media_get(collate: Any, short: Any, long: Any) -> None:
    seen = {
        **short,
        "pixel_values": torch.ones(2, 3),
        "image_sizes": torch.ones(1, 2),
        "image_grid_thw": torch.ones(1, 3),
    }
    batch = collate([{**seen, "mm_token_type_ids": torch.tensor([[1, 0]])}, {**long, "mm_token_type_ids": [0, 0, 1]}])
    assert batch["pixel_values"].shape == (2, 3)
    assert batch["image_sizes"].shape == (1, 2)
    assert batch["image_grid_thw"].shape == (1, 3)
    assert batch["mm_token_type_ids"].tolist() == [[1, 0, 0], [0, 0, 1]]
    embedded = collate([{"inputs_embeds": torch.ones(1, 2, 4)}, {"inputs_embeds": torch.ones(3, 4)}])
    assert embedded["inputs_embeds"].shape == (2, 3, 4)
    assert embedded["inputs_embeds"][0, 2].tolist() == [0.0] * 4
    assert embedded["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
    positions = [torch.arange(2).expand(3, 1, 2), torch.arange(3).expand(3, 1, 3)]
    batch = collate([{**short, "position_ids": positions[0]}, {**long, "position_ids": positions[1]}])
    assert batch["position_ids"].shape == (3, 2, 3)
    assert batch["position_ids"][0].tolist() == [[0, 1, 0], [0, 1, 2]]


@pytest.mark.parametrize("batch", [[], iter(())])
def test_no_rows(collate: Any, batch: Any) -> None:
    with pytest.raises(ArgumentError, match="argument 'batch': is empty"):
        collate(batch)


def test_rows_that_lack_what_others_have(collate: Any, short: Any) -> None:
    with pytest.raises(ArgumentError, match="argument 'batch': 1 of 2 rows lack 'labels'; give it for all or for none"):
        collate([short, {"input_ids": [1], "loss_scale": [0.0]}])


@pytest.mark.parametrize("padding_free", [False, True])
def test_a_tokenizer_without_pad(tokenizer: swiftcore.Tokenizer, padding_free: bool) -> None:
    rows = [row("Hi", "Ho"), row("Hi", "Ho ho ho")]

    def template_with(**special_tokens: str) -> Any:
        made = swiftcore.Tokenizer.from_json(tokenizer._native.json().decode(), special_tokens=special_tokens)
        options = {"template_type": "deepseek_v2_5", "mode": "train", "padding_free": padding_free}
        return swiftcore.get_template(made, **options)

    # eos takes the place of pad.
    eos = "<｜end▁of▁sentence｜>"
    expected = template_with(pad_token=eos, eos_token=eos, bos_token="<｜begin▁of▁sentence｜>")
    found = template_with(eos_token=eos, bos_token="<｜begin▁of▁sentence｜>")
    for batch in (found.encode_batch(rows), [found.encode(one) for one in rows]):
        for padding_to in (None, 50):
            collated = found.data_collator(batch, padding_to=padding_to)
            wanted = expected.data_collator(batch, padding_to=padding_to)
            assert {name: value.tolist() for name, value in collated.items()} == {
                name: value.tolist() for name, value in wanted.items()
            }


def test_a_tokenizer_without_pad_and_eos(tokenizer: swiftcore.Tokenizer) -> None:
    bare = swiftcore.Tokenizer.from_json(tokenizer._native.json().decode())
    template = swiftcore.get_template(bare, template_type="chatml", mode="train")
    rows = [template.encode(row("Hi", text)) for text in ("Ho", "Ho", "Ho ho ho")]
    # Rows of one length need no padding.
    for batch in (rows[:1], rows[:2], template.encode_batch([row("Hi", "Ho")])):
        assert template.data_collator(batch)["input_ids"].shape == (len(batch), len(rows[0]["input_ids"]))
    for batch, padding_to in ((rows, None), (rows[:1], 99), (template.encode_batch([row("Hi", "Ho")]), 99)):
        with pytest.raises(TokenizerError, match="has neither a pad nor an eos token to pad shorter rows with"):
            template.data_collator(batch, padding_to=padding_to)


def test_without_torch(collate: Any, short: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"install torch, or `pip install 'swiftcore\[torch\]'`"):
        collate([short])


def test_helpers() -> None:
    rows = [{"x": torch.ones(1, 2)}, {}, {"x": torch.zeros(2, 2)}]
    assert Template.concat_tensor(rows, "x", 0).shape == (3, 2)
    assert rows == [{}, {}, {}]
    assert Template.concat_tensor(rows, "x", 0) is None
    assert Template._fetch_inputs_startswith([{"a_b": 1, "c": 2}], "a_") == [{"b": 1}]


# Before the forward


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(8, 2)
        self.seen: dict[str, Any] = {}

    def forward(self, inputs_embeds: Any = None, attention_mask: Any = None, **more: Any) -> Any:
        self.seen = {"inputs_embeds": inputs_embeds, "attention_mask": attention_mask, **more}
        return inputs_embeds


class Embeds(Template):
    def _post_encode(self, model: Any, inputs: Any) -> Any:
        return {"inputs_embeds": model.embed(inputs["input_ids"])}


def test_post_encode_is_called_before_a_forward(make: Any) -> None:
    meta = swiftcore.TemplateMeta("doc_embeds", [], ["{{QUERY}}"], [], template_cls=Embeds)
    swiftcore.register_template(meta)
    try:
        template = make("doc_embeds")
    finally:
        del swiftcore.TEMPLATE_MAPPING["doc_embeds"]
    model, other = Model(), Model()
    template.register_post_encode_hook([model])
    template.register_post_encode_hook([other])  # there are some already
    ids, mask = torch.tensor([[1, 2]]), torch.tensor([[1, 1]])
    model(input_ids=ids, attention_mask=mask, labels=ids, position_ids=ids, extra=1)
    assert model.seen["inputs_embeds"].shape == (1, 2, 2)
    # What a model is given in any case, but for ids beside embeddings, and positions that it does not name.
    assert set(model.seen) == {"inputs_embeds", "attention_mask", "labels"}
    assert template.remove_post_encode_hook() == [model]
    assert template.remove_post_encode_hook() == []
    model(input_ids=ids)
    assert model.seen["inputs_embeds"] is None
    assert other.seen == {}


def test_the_base_hands_everything_on(make: Any) -> None:
    template = make("deepseek_v2_5")
    model = Model()
    template.register_post_encode_hook([model])
    try:
        model(input_ids=torch.tensor([[1]]), extra=torch.tensor([1]))
    finally:
        template.remove_post_encode_hook()
    assert set(model.seen) == {"inputs_embeds", "attention_mask", "input_ids", "extra"}
    with template.forward_context(model, {}):
        pass


def test_rows_must_be_encoded(collate: Any) -> None:
    with pytest.raises(ArgumentError, match="item 0 is a row of messages"):
        collate([row("Hi")])
