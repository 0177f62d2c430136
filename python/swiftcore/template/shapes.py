"""Rows of any shape for templates with hooks, which see rows with `messages`. The core reads the shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .inputs import refuse_row

if TYPE_CHECKING:
    from .template import Template

__all__ = ["standard_row"]

# How the core marks a text for pre-training.
_PLAIN_TEXT = "__plain_text__"
_ROLES = ("system", "user", "assistant", "tool", "tool_response", "tool_call")
# Columns that change how a row with `messages` is read, in lower case.
_BESIDE = ("system", "system_prompt", "chosen", "rejected", "image", "video", "audio", "kto_tag")
_SIDES = ("rejected_messages", "positive_messages", "negative_messages")
_MEDIA = {"image": "images", "video": "videos", "audio": "audios"}


def standard_row(template: Template, row: Any) -> Any:
    """Return the row with `messages`, whatever its shape; anything that is not a row as it is.

    Raises:
        RowError: The row has no known shape, or is a plain text, which has no place in a chat.
    """
    if not isinstance(row, Mapping) or _is_standard(row):
        return row
    if _PLAIN_TEXT not in row:
        read = json.loads(template._current().standard_row(row))
        changed = {name: read[name] for name in ("messages", *_SIDES, _PLAIN_TEXT) if read.get(name) is not None}
        row = {**row, **changed, **_renamed(row)}
    if row.get(_PLAIN_TEXT) is None:
        return row
    if template._arguments["use_chat_template"] and template.task_type == "causal_lm" and template.mode != "kto":
        detail = "is a plain text, and the template has hooks for chats; give use_chat_template=False, or messages"
        raise refuse_row("unsupported", detail)
    return {name: value for name, value in row.items() if name != _PLAIN_TEXT}


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Media and labels under another name. They may be objects, which JSON would lose."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        standard = _MEDIA.get(str(name).lower())
        if standard is not None and row.get(standard) is None and value is not None:
            found[standard] = value
    if row.get("label") is None and row.get("kto_tag") is not None:
        found["label"] = row["kto_tag"]
    return found


def _is_standard(row: Mapping[str, Any]) -> bool:
    messages = row.get("messages")
    if _PLAIN_TEXT in row or not isinstance(messages, list | tuple):
        return False
    if any(value is not None and str(name).lower() in _BESIDE for name, value in row.items()):
        return False
    sides = [row[name] for name in _SIDES if row.get(name) is not None]
    return _are_standard(messages) and all(_are_standard(side) for side in sides)


def _are_standard(messages: Any) -> bool:
    """Whether messages, or lists of messages, have the standard roles."""
    if not isinstance(messages, list | tuple):
        return False
    return all(
        one.get("role") in _ROLES and "from" not in one if isinstance(one, Mapping) else _are_standard(one)
        for one in messages
    )
