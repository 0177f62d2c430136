"""Messages of other APIs in the form that hooks see, as the core reads them (docs/encoding.md 1.2 and 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["all_standard_messages", "standard_messages"]

_BLOCKS = ("tool_use", "tool_result", "thinking", "redacted_thinking")


def all_standard_messages(messages: Iterable[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the messages that messages stand for, each with the index of its own.

    Answers that a message begins with are in the order of the calls that are blocks of the message before it.
    """
    found: list[tuple[int, Mapping[str, Any]]] = []
    asked: list[Any] = []
    for index, message in enumerate(messages):
        made = standard_messages(message)
        end = next((at for at, one in enumerate(made) if one.get("role") != "tool"), len(made))
        if asked and end == len(asked) and made[:1] != [message]:
            order = {name: at for at, name in enumerate(asked)}
            answered = {one.get("tool_call_id") for one in made[:end]}
            if None not in order and len(order) == len(asked) and answered == set(order):
                made[:end] = sorted(made[:end], key=lambda one: order[one.get("tool_call_id")])
        content = message.get("content")
        blocks = content if isinstance(content, list) else []
        asked = [one.get("id") for one in blocks if isinstance(one, Mapping) and one.get("type") == "tool_use"]
        found += [(index, one) for one in made]
    return found


def standard_messages(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the messages that a message stands for: itself, or one for each block that is a call or an answer.

    >>> block = {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 1}}
    >>> standard_messages({"role": "assistant", "content": [{"type": "text", "text": "So:"}, block]})
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'role': 'assistant', 'content': [{'type': 'text', 'text': 'So:'}]},
     {'role': 'assistant', 'content': None,
      'tool_calls': [{'id': '1', 'function': {'name': 'add', 'arguments': {'a': 1}}}]}]
    """
    role, content = message.get("role"), message.get("content")
    if role == "assistant" and not message.get("tool_calls"):
        called = message.get("function_call")
        if isinstance(called, Mapping) and called:
            return [{**_without(message, "function_call"), "tool_calls": [{"function": called}]}]
        if content is None and isinstance(message.get("refusal"), str) and message["refusal"]:
            return [{**_without(message, "refusal"), "content": message["refusal"]}]
    if not isinstance(content, list) or not all(isinstance(part, Mapping) for part in content):
        return [message]
    if role in ("tool", "tool_response", "function"):
        return [{**message, "content": _answer(content)}]
    if not any(part.get("type") in _BLOCKS for part in content):
        return [message]
    return _of_blocks(message, content)


def _without(message: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != key}


def _answer(parts: list[Any]) -> Any:
    """The text of an answer of parts; any other list as it is."""
    texts = [part.get("text") for part in parts if part.get("type") in ("text", "input_text", "output_text")]
    whole = bool(parts) and len(texts) == len(parts) and all(isinstance(text, str) for text in texts)
    return "".join(texts) if whole else parts


def _of_blocks(message: Mapping[str, Any], blocks: list[Any]) -> list[Mapping[str, Any]]:
    found: list[dict[str, Any]] = []
    parts: list[Any] = []
    thoughts: list[str] = []
    plain = _without(message, "content")

    def end_of_text() -> None:
        if parts:
            found.append({**plain, "content": parts.copy()})
            parts.clear()

    for block in blocks:
        kind = block.get("type")
        if kind == "thinking":
            thoughts += [block["thinking"]] if isinstance(block.get("thinking"), str) else []
        elif kind == "tool_use":
            end_of_text()
            call = {
                "id": block.get("id"),
                "function": {"name": block.get("name"), "arguments": block.get("input") or {}},
            }
            if found and found[-1].get("tool_calls"):
                found[-1]["tool_calls"].append(call)
            else:
                found.append({**plain, "role": "assistant", "content": None, "tool_calls": [call]})
        elif kind == "tool_result":
            end_of_text()
            content = block.get("content")
            content = "" if content is None else _answer(content) if isinstance(content, list) else content
            found.append({**plain, "role": "tool", "content": content, "tool_call_id": block.get("tool_use_id")})
        elif kind != "redacted_thinking":
            parts.append(block)
    end_of_text()
    if thoughts:
        if not found:
            found.append({**plain, "content": ""})
        found[0].setdefault("reasoning_content", "\n\n".join(thoughts))
    return list(found)
