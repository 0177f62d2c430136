"""Random calls, written by ms-swift's agent formats and read back by both."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
import swiftcore
from random_rows import Draw, agent_formats
from swift_support import template


@pytest.mark.parametrize("name", agent_formats())
def test_calls_are_read_back_alike(name: str) -> None:
    from swift.agent_template import agent_template_map

    theirs = agent_template_map[name]()
    theirs.template_meta = template("qwen2_5", "qwen3").template_meta
    ours = swiftcore.get_template("deepseek", template_type="qwen2_5", agent_template=name)
    draw, compared = Draw(1), 0
    for _ in range(60):
        calls = [draw.call() for _ in range(draw.random.randint(1, 3))]
        text = theirs._format_tool_calls([{"role": "tool_call", "content": json.dumps(call)} for call in calls])
        wanted = [(call.name, _read(call.arguments)) for call in theirs.get_toolcall(text)]
        got = [(call["name"], call["arguments"]) for call in ours.parse_tool_calls(text)]
        alike = len(wanted) == len(got) and all(
            one[0] == other[0] and _are_alike(one[1], other[1]) for one, other in zip(wanted, got, strict=True)
        )
        # Where ms-swift misses what it wrote itself (COMPATIBILITY.md T13), ours are the calls that were written.
        assert alike or _are_written(got, calls), (text, wanted, got)
        compared += alike
    assert compared > 30


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _are_alike(wanted: Any, got: Any) -> bool:
    """Whether two values are the same, but for white space (T11) and literals that were left as text (T12)."""
    if isinstance(wanted, str):
        if isinstance(got, str):
            return wanted.strip() == got.strip()
        try:
            return bool(repr(ast.literal_eval(wanted)) == repr(got))
        except (SyntaxError, ValueError):
            return False
    if isinstance(wanted, dict) and isinstance(got, dict):
        return list(wanted) == list(got) and all(_are_alike(value, got[key]) for key, value in wanted.items())
    return repr(wanted) == repr(got)


def _are_written(got: list[tuple[str, Any]], calls: list[dict[str, Any]]) -> bool:
    # MiniMax's tags leave nulls out; they, and Gemma's bare keys, cannot hold every key.
    written = [(call["name"], _with_values(call["arguments"])) for call in calls]
    loses_keys = any(set(key) & set("{<:") or key != key.strip() for call in calls for key in _keys(call["arguments"]))
    return loses_keys or [(name, _with_values(found)) for name, found in got] == written


def _with_values(arguments: dict[str, Any]) -> list[str]:
    return [key for key, value in arguments.items() if value not in (None, "null")]


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in _keys(inner))]
    return [key for inner in value for key in _keys(inner)] if isinstance(value, list) else []
