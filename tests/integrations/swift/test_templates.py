"""An accelerated template gives what ms-swift's own gives: every text template, every kind of row, every argument."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from swift_support import SHARED, chats, outcome, records, template
from swiftcore.integrations.swift import accelerate

GROUPS = {"templates": 1, "tokenizers": 4, "arguments": 4, "tools": 2, "preference": 1}
# Which share of a file each test takes, so that they spread over the cores.
SHARES = 4


def files() -> list[tuple[str, str]]:
    if SHARED is None:
        return []
    names = sorted(file.name.split(".")[:2] for file in (SHARED / "conformance").glob("*.jsonl.gz"))
    return [(group, tokenizer) for group, tokenizer in names if group in GROUPS]


@pytest.mark.skipif(SHARED is None, reason="no shared reference data; let SWIFTCORE_SHARED name its folder")
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(("group", "tokenizer"), files())
def test_every_record_comes_out_alike(group: str, tokenizer: str, share: int) -> None:
    made: dict[str, Any] = {}
    handed: Counter[str] = Counter()
    seen = native = 0
    for index, record in enumerate(records(group, tokenizer)):
        if hash_of(record["template"]) % SHARES != share or index % GROUPS[group]:
            continue
        arguments = record.get("args") or {}
        key = json.dumps([record["template"], record["mode"], arguments])
        if key not in made:
            made[key] = template(record["template"], tokenizer, record["mode"], **arguments)
            made[key] = made[key], accelerate(made[key])
        theirs, ours = made[key]
        row, with_lengths = record["row"], bool(index % 2)
        before, count = json.dumps(row), ours.counts.native
        got = outcome(ours.encode, row, return_length=with_lengths)
        assert json.dumps(row) == before, "the row was changed"
        seen += 1
        if ours.counts.native > count:  # the others are ms-swift's own
            native += 1
            wanted = outcome(theirs.encode, row, return_length=with_lengths)
            assert got == wanted, (key, record.get("case"))
    for _, ours in made.values():
        handed += ours.counts.handed
    assert seen == native + handed.total()
    # What is ms-swift's own among these: rows that cannot be encoded, content of token ids.
    assert handed.keys() <= {"refused", "content", "preference", "tools", "media", "placeholder", "messages", "backend"}
    assert native >= 0.9 * seen or seen < 20


def hash_of(name: str) -> int:
    return sum(name.encode())


@pytest.mark.parametrize(
    ("template_type", "tokenizer"),
    [("qwen2_5", "qwen3"), ("qwen3", "qwen3"), ("llama3", "llama3_1"), ("deepseek_r1", "deepseek_v4")],
)
@pytest.mark.parametrize("half", [0, 1])
def test_real_conversations_come_out_alike(template_type: str, tokenizer: str, half: int) -> None:
    theirs = template(template_type, tokenizer)
    ours = accelerate(theirs)
    rows = chats()[half::2]
    for row in rows:
        wanted = outcome(theirs.encode, row, return_length=True)
        assert outcome(ours.encode, row, return_length=True) == wanted
    assert ours.counts.total == len(rows)
    # ms-swift refuses tools where the template has no format for them.
    tools = sum("tools" in row for row in rows) if theirs._agent_template is None else 0
    assert ours.counts.native == len(rows) - tools
