"""Rows of other shapes: as ms-swift's preprocessors make them, and left to ms-swift by its accelerated templates."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import random_shapes
from swift_support import template
from swiftcore.integrations.swift import accelerate

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]


@pytest.mark.parametrize("seed", [1, 2])
def test_random_data_sets_become_the_same(monkeypatch: pytest.MonkeyPatch, capsys: Any, seed: int) -> None:
    monkeypatch.setattr(sys, "argv", ["random_shapes.py", "--rows", "200", "--seed", str(seed)])
    assert random_shapes.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "row",
    [
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo"}]},
        {"messages": [{"role": "human", "content": "Hi"}, {"role": "gpt", "content": "Yo"}]},
        {"messages": [{"from": "user", "value": "Hi"}]},
        {"messages": str(TALK)},
        {"query": "Hi", "response": "Yo"},
        {"text": "Hi"},
        {"prompt": "Hi", "chosen": "Yo", "rejected": "No"},
    ],
)
def test_an_accelerated_template_reads_messages_alone(row: dict[str, Any]) -> None:
    original = template("qwen2_5", "qwen3")
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        original.encode(row)
    with pytest.raises(type(theirs.value)) as ours:
        accelerate(original).encode(row)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("more", [{"chosen": "x", "rejected": "y"}, {"system_prompt": "s"}, {"image": None}])
def test_other_columns_mean_nothing_next_to_messages(more: dict[str, Any]) -> None:
    original = template("qwen2_5", "qwen3")
    row = {"messages": TALK, **more}
    assert accelerate(original).encode(row) == original.encode(row)
