"""Rendered segments: they encode to the row, and their weights say which tokens have labels."""

from __future__ import annotations

from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import TEMPLATE_MAPPING, RowError, SwiftcoreError

ROUNDS = row("one", "two", "three", "four", "five", "six")
ROUNDS["messages"][3]["loss"] = False


def weights_of(template: swiftcore.Template, segments: list[Any]) -> tuple[list[int], list[float]]:
    ids: list[int] = []
    weights: list[float] = []
    for segment in segments:
        own = segment.ids if segment.text is None else template.encode_segments([segment])["input_ids"]
        ids += own
        weights += [segment.weight] * len(own)
    return ids, weights


@pytest.mark.filterwarnings("ignore::swiftcore.MismatchWarning")
@pytest.mark.parametrize("loss_scale", ["default", "all", "last_round"])
def test_weights_are_those_of_the_labels(tokenizer: swiftcore.Tokenizer, loss_scale: str) -> None:
    tried, divided = 0, 0
    for name in TEMPLATE_MAPPING:
        try:
            made = swiftcore.get_template(tokenizer, template_type=name, mode="train", loss_scale=loss_scale)
            encoded = made.encode(ROUNDS)
        except (RowError, SwiftcoreError):
            continue
        segments = made.render(ROUNDS)
        assert made.encode_segments(segments)["input_ids"] == encoded["input_ids"], name
        ids, weights = weights_of(made, segments)
        assert ids == encoded["input_ids"], name
        labelled = [label != -100 for label in encoded["labels"]]
        assert [weight > 0 for weight in weights][1:] == labelled[1:], name
        raw = made._current().render(ROUNDS)
        tried, divided = tried + 1, divided + (raw != segments)
    assert tried > 180
    assert divided > 60 or loss_scale != "default"


def test_no_terminator_is_weighed_at_inference(make: Any) -> None:
    template = make("qwen2_5")
    assert template.render(ROUNDS) == template._current().render(ROUNDS)


def test_hooks(tokenizer: swiftcore.Tokenizer, make: Any) -> None:
    class Hooked(swiftcore.Template):
        def _preprocess_inputs(self, inputs: Any) -> None:
            pass

    meta = swiftcore.get_template_meta("chatml")
    hooked = Hooked(tokenizer, meta, mode="train")
    assert hooked.render(ROUNDS) == make("chatml", mode="train").render(ROUNDS)
