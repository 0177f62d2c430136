"""`AddLengthPreprocessor` gives the bytes that ms-swift writes, for rows taken from the table and for all others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import swiftcore.integrations.swift.auto as auto
import swiftcore.integrations.swift.mapping as mapping
from datasets import Dataset, Features, Json, List, Value
from swift.dataset import AddLengthPreprocessor
from swift_support import both_ways, chats, dataset, template

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
TOOLS = json.dumps([{"type": "function", "function": {"name": "f", "parameters": {}}}])


@pytest.fixture(autouse=True)
def natively(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keeps how many rows of each batch were taken as they lay, and how many were given to ms-swift."""
    datasets.disable_progress_bars()
    auto.enable()
    TIDIED.clear()
    original = mapping.with_lengths

    def watched(table: Any, lengths: Any, tidied: Any) -> Any:
        places: list[int] = []
        given = original(table, lengths, lambda place: places.append(place) or tidied(place))
        TIDIED.append((len(table) - len(places), len(places)))
        return given

    monkeypatch.setattr(mapping, "with_lengths", watched)
    yield
    auto.enable()


TIDIED: list[tuple[int, int]] = []


def mapped(rows: Any, **arguments: Any) -> Any:
    keywords = {"batch_size": arguments.pop("batch_size", 1000)}
    return both_ways(AddLengthPreprocessor, lambda: template("qwen3", "qwen3", **arguments), rows, **keywords)[0]


def as_json(texts: list[list[str]], **others: list[Any]) -> Any:
    """Rows whose messages are JSON as somebody else may write it."""
    features = {"messages": List(Json())} | {name: Value("string") for name in others}
    return Dataset.from_dict({"messages": texts} | others, features=Features(features))


def test_real_rows(tmp_path: Path) -> None:
    rows = [{"messages": row["messages"]} for row in chats(300)]
    mapped(dataset(tmp_path, rows), batch_size=100)
    assert TIDIED
    assert sum(tidied for _, tidied in TIDIED) < len(rows) // 10


def test_every_character(tmp_path: Path) -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    texts = ["".join(every[start : start + 3000]) for start in range(0, 70_000, 3000)] + every[:200]
    rows = [{"messages": [{"role": "user", "content": f"a{text}b"}, TALK[1]]} for text in texts]
    mapped(dataset(tmp_path, rows))
    assert [tidied for _, tidied in TIDIED] == [0]


def test_rows_that_are_tidied(tmp_path: Path) -> None:
    rows = [
        {"messages": TALK},
        {"messages": [TALK[0], TALK[1] | {"loss": False}, *TALK]},
        {"messages": [TALK[0], TALK[1] | {"loss_scale": 0.3}, *TALK]},
        {"messages": TALK, "tools": TOOLS},
        {"messages": [*TALK, {"role": "tool", "content": "1", "name": "f"}, TALK[1]], "tools": TOOLS},
        {"messages": [TALK[0], {"role": "assistant", "content": "long " * 300}]},
        {"messages": TALK},
    ]
    mapped(dataset(tmp_path, rows * 5), max_length=100, batch_size=8)
    assert sum(taken for taken, _ in TIDIED) > sum(tidied for _, tidied in TIDIED) > 0


@pytest.mark.parametrize(
    "message",
    [
        '{"role": "user", "content": "spaces"}',
        '{"content":"the other way round","role":"user"}',
        r'{"role":"user","content":"\u0041 / \u00E9"}',
        '{"role":"user","content":"é😀"}',
        r'{"role":"user","content":"\ud83d"}',
        '{"role":"user","content":"Hi","name":"Ann"}',
        '{"role":"user","content":"Hi","loss":null}',
        '{"role":"user","content":"Hi","content":"again"}',
        '{"role":"robot","content":"Beep"}',
        '{"role":"user","content":null}',
        '{"role":"user","content":"{{QUERY}}"}',
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_json_that_others_wrote(message: str, first: bool) -> None:
    answer = r'{"role":"assistant","content":"a\/b"}'
    plain = ['{"role":"user","content":"Hi"}', answer]
    other = [message, answer]
    # What is found in the first batch settles the types of the columns.
    rows = as_json([other, plain, plain] if first else [plain, plain, plain, other])
    mapped(rows, batch_size=2)


def test_other_columns() -> None:
    plain = ['{"role":"user","content":"Hi"}', r'{"role":"assistant","content":"a\/b"}']
    mapped(as_json([plain] * 4, channel=["a", "b", None, "é"]), batch_size=3)
    assert sum(tidied for _, tidied in TIDIED) == 0
    TIDIED.clear()
    mapped(as_json([plain] * 3, rejected_response=["No", "a/b", "Go"]))
    assert not TIDIED


def test_columns_of_nothing(tmp_path: Path) -> None:
    rows = [{"messages": TALK, "tools": None, "images": None, "label": None, "videos": None} for _ in range(5)]
    mapped(dataset(tmp_path, rows))


def test_a_selection_of_rows(tmp_path: Path) -> None:
    rows = dataset(tmp_path, [{"messages": row["messages"]} for row in chats(60)])
    mapped(rows.shuffle(seed=1).select(range(40)), batch_size=7)


def test_no_row_left(tmp_path: Path) -> None:
    mapped(dataset(tmp_path, [{"messages": TALK}] * 3), max_length=2)


def test_writing_that_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swiftcore.integrations.swift.lengths._writes_as_known", lambda: False)
    mapped(dataset(tmp_path, [{"messages": TALK}] * 3))
    assert not TIDIED
