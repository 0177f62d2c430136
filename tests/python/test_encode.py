"""The lists of one encoded row. A batch makes its columns in another way, and must hold the same numbers."""

from __future__ import annotations

import gc
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
        encoded = check(template, row("q", ids))
        at = encoded["input_ids"].index(2**18)
        assert encoded["input_ids"][at - 4 : at + 14] == ids == encoded["labels"][at - 4 : at + 14]


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
