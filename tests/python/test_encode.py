"""The lists of one encoded row. A batch makes its columns in another way, and must hold the same numbers."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import pytest
import swiftcore
from support import row


class Thing:
    """What a weak reference can be to."""


LONG = "the quick brown fox, été 字 12\n" * 300


@pytest.fixture
def template(tokenizer: swiftcore.Tokenizer) -> swiftcore.Template:
    return swiftcore.get_template(tokenizer, template_type="deepseek_v2_5", mode="train")


def check(template: swiftcore.Template, one: dict[str, Any]) -> dict[str, list[Any]]:
    encoded: dict[str, list[Any]] = template.encode(one)
    batch = template.encode_batch([one])
    assert encoded == batch[0]
    return encoded


@pytest.mark.parametrize(
    "texts",
    [
        ("q", "a"),
        ("q", LONG),
        (LONG, "a"),
        (LONG, LONG, "again?", "no"),
        ("q", "a", "r", "b") * 20,
        ("", LONG, "", "a"),
    ],
    ids=["short", "trained", "not trained", "both", "many", "empty"],
)
def test_labels_are_ids_or_ignored(template: swiftcore.Template, texts: tuple[str, ...]) -> None:
    encoded = check(template, row(*texts))
    labels = encoded["labels"]
    assert {label == token for label, token in zip(labels, encoded["input_ids"], strict=True)} == {True, False}
    assert all(label in (-100, token) for label, token in zip(labels, encoded["input_ids"], strict=True))


def test_ids_beyond_any_vocabulary(template: swiftcore.Template) -> None:
    ids = [0, 255, 256, 2**18 - 1, 2**18, 2**31 - 1] * 3
    for _ in range(2):
        assert template.encode_segments([swiftcore.Segment(ids=ids)])["input_ids"] == ids
    last = 129279
    assert last in template.encode(row("q", [last]))["input_ids"]
    for content in ([5, last + 1], {"token_ids": [5, last + 1], "loss_scale": [1.0, 1.0]}):
        with pytest.raises(swiftcore.RowError) as caught:
            template.encode({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": content}]})
        expected = f"{last + 1} at position 1 is not a token id of this tokenizer; they end at {last}"
        assert str(caught.value) == f"message 1, field 'content': {expected}"


@pytest.mark.parametrize("number", [1e39, -1e39, 1e308])
def test_numbers_beyond_float32(template: swiftcore.Template, number: float) -> None:
    weighted = {"token_ids": [5], "loss_scale": [number]}
    for answer in ({"content": "a", "loss_scale": number}, {"content": weighted}):
        talk = [{"role": "user", "content": "q"}, {"role": "assistant", **answer}]
        with pytest.raises(
            swiftcore.RowError, match=r"loss_scale': is -?1e\d+; give a number between -3.4028235e38 and"
        ):
            template.encode({"messages": talk})


def test_an_assigned_limit_takes_effect() -> None:
    template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
    one = row("q", "some words")
    expected = template.encode(one)
    template.max_length = 3
    with pytest.raises(swiftcore.MaxLengthError):
        template.encode(one)
    assert len(template.encode_batch([one], on_error="ignore").refused) == 1
    assert pickle.loads(pickle.dumps(template)).max_length == 3
    template.max_length = None
    assert template.encode(one) == expected
    with pytest.raises(swiftcore.ArgumentError, match="'max_length'"):
        template.max_length = 0
    # What cannot change is read, and says so.
    assert (template.loss_scale, template.enable_thinking, template.use_chat_template) == ("default", None, True)
    for name in ("loss_scale", "enable_thinking", "truncation_strategy", "task_type", "response_prefix"):
        with pytest.raises(AttributeError):
            setattr(template, name, "all")
    with pytest.raises(AttributeError, match="no attribute 'max_lenght'"):
        _ = template.max_lenght


def test_a_batch_has_the_channels_of_its_rows(template: swiftcore.Template) -> None:
    rows = [{**row("q", "a"), "channel": "x"}, row("q", "b"), {"messages": []}, {**row("q", "c"), "channel": "y"}]
    expected = [template.encode(one) for one in rows if one["messages"]]
    assert [one.get("channel") for one in expected] == ["x", None, "y"]
    pyarrow = pytest.importorskip("pyarrow")
    for given in (rows, iter(rows), pyarrow.Table.from_pylist(rows), pyarrow.Table.from_pylist(rows).to_batches()[0]):
        batch = template.encode_batch(given, on_error="ignore")
        assert [batch[index] for index in range(3)] == expected
        assert pickle.loads(pickle.dumps(batch))[2] == expected[2]


def test_rows_share_their_numbers_and_not_their_lists(template: swiftcore.Template) -> None:
    one = row("q", "some words")
    first, second = template.encode(one), template.encode(one)
    assert max(first["input_ids"]) > 256
    assert all(left is right for left, right in zip(first["input_ids"], second["input_ids"], strict=True))
    kept = template.encode(one)
    first["input_ids"][0] = -1
    first["labels"].append(3)
    assert second == kept == template.encode(one)
    assert second["input_ids"] is not second["labels"]


def test_collections_of_garbage_pass_over_the_numbers(template: swiftcore.Template) -> None:
    scaled = swiftcore.get_template(
        template.tokenizer, template_type="deepseek_v2_5", mode="train", loss_scale="hermes", is_binary_loss_scale=False
    )
    encoded = scaled.encode(row("q", "some words"))
    assert list(encoded) == ["input_ids", "labels", "loss_scale"]
    assert not any(gc.is_tracked(numbers) for numbers in encoded.values())
    assert gc.is_tracked(encoded)
    # What is put into one is freed with it.
    thing = Thing()
    kept = weakref.ref(thing)
    encoded["labels"].append(thing)
    del thing
    gc.collect()
    assert kept() is encoded["labels"][-1]
    del encoded
    assert kept() is None


def test_a_row_is_encoded_while_garbage_is_collected(template: swiftcore.Template) -> None:
    one = row("q", "some words")
    expected = template.encode(one)
    found = []

    class Garbage:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            found.append(template.encode(one))

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(50):
            Garbage()
            assert template.encode(one) == expected
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert len(found) == 50
    assert all(one == expected for one in found)


def test_the_template_inputs_are_an_object() -> None:
    """As ms-swift returns them, whichever path encodes."""
    template = swiftcore.get_template("deepseek", template_type="qwen3", mode="train")
    encoded = template.encode(row("Hi", "Ho", system="S") | {"channel": "c"}, return_template_inputs=True)
    inputs = encoded["template_inputs"]
    assert isinstance(inputs, swiftcore.StdTemplateInputs)
    assert (inputs.system, inputs.messages[0]["content"], inputs.channel) == ("S", "Hi", "c")
