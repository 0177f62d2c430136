"""Which rows the core encodes just as ms-swift does, and why the others do not.

Where the two differ by intent (COMPATIBILITY.md), ms-swift decides here: such a row is its own. Rows that the core
refuses need no look at all, as they are handed over in any case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from . import version3
from .shadow import Shadow

__all__ = ["OTHER_KEYS", "TAGS", "looked_at", "own_row"]

# What ms-swift fills in one after the other, so that a text that holds one is changed.
_PLACEHOLDERS = ("{{SYSTEM}}", "{{QUERY}}", "{{ROUND0}}", "{{ROUND1}}")
# What ms-swift looks for in the texts of multimodal models.
TAGS = ("<image>", "<video>", "<audio>", "<img>", "<start-image>", "<bbox>", "<ref-object>")

# Keys of messages in other formats, which only the core reads.
OTHER_KEYS = (
    *("function_call", "refusal", "weight", "train", "train_on_turn", "masked"),
    *("reasoning_content", "reasoning", "thinking"),
)

_TOOL_ROLES = ("tool", "tool_call", "tool_response")
# Roles that only the core knows.
_OTHER_ROLES = ("developer", "function")
_RARE_ROLES = frozenset((*_TOOL_ROLES, *_OTHER_ROLES))
# Tools as JSON text: an object, or a list of objects.
_JSON_OF_OBJECTS = re.compile(r"\s*(\{|\[\s*[{\]])")

_SIDES = ("rejected", "positive", "negative")
_PLAIN_TASKS = ("causal_lm", "prm")


@lru_cache(maxsize=256)
def looked_at(names: tuple[Any, ...]) -> tuple[str, ...]:
    """The fields of a row that may make it ms-swift's own."""
    known = {"images", "videos", "audios", "objects", "label", "margin", "chat_template_kwargs", "tools", "system"}
    # Extra fields are passed to the loss scale by name, where these mean something else.
    known |= {"context_list", "context_types", "self", "add_eos"}
    return tuple(name for name in names if not isinstance(name, str) or name in known or name.startswith(_SIDES))


def own_row(row: Any, shadow: Shadow) -> str | None:
    """Why a row is ms-swift's to encode; None where the core encodes it alike, or refuses it."""
    if type(row) is not dict:
        return "object"
    reason = None
    for name in looked_at(tuple(row)):
        value = row[name]
        if value is not None:
            reason = _own_field(name, value, row, shadow)
            if reason is not None:
                return reason
        elif name == "rejected_response":
            return "preference"
    reason = _own_messages(row.get("messages"), shadow)
    return version3.own_row(row) if shadow.is_version3 and reason is None else reason


def _own_field(name: str, value: Any, row: dict[str, Any], shadow: Shadow) -> str | None:
    if name in ("images", "videos", "audios", "objects"):
        return "media" if value else None
    if name == "tools":
        return _own_tools(value, row, shadow)
    if name == "label":
        return _own_label(value, shadow)
    if name == "margin":
        return None if type(value) in (int, float) else "field"
    if name == "chat_template_kwargs":
        return _own_keywords(value, shadow)
    if name == "rejected_response":
        return _own_rejected(value, row, shadow)
    if name in ("rejected_messages", "positive_messages", "negative_messages"):
        return _own_side(name, value, shadow)
    if name.startswith(_SIDES) if isinstance(name, str) else False:
        empty = not value and isinstance(value, list | dict | str)
        return None if empty and name.partition("_")[2] in ("images", "videos", "audios", "objects") else "preference"
    return None if name == "system" else "field"


def _own_messages(messages: Any, shadow: Shadow) -> str | None:
    if type(messages) is not list:
        return "messages"
    reads_tags, has_agent, first = shadow.reads_tags, shadow.has_agent, True
    is_prm = shadow.template.task_type == "prm"
    for message in messages:
        if type(message) is not dict:
            return "messages"
        content = message.get("content")
        if message.get("role") in _RARE_ROLES and (not has_agent or message["role"] in _OTHER_ROLES):
            return "role" if message["role"] in _OTHER_ROLES else "tools"
        if type(content) is str:
            if "{{" in content and any(text in content for text in _PLACEHOLDERS):
                return "placeholder"
            if "<" in content:
                if reads_tags and any(tag in content for tag in TAGS):
                    return "media"
                if is_prm and "<cot-process>" in content:
                    return "field"
        elif content is not None or not message.get("tool_calls"):
            reason = _own_content(message, content, first, shadow)
            if reason is not None:
                return reason
        # Nearly every message has a role and a content, and nothing else.
        if len(message) > 2:
            reason = _own_message(message)
            if reason is not None:
                return reason
        first = False
    return None


def _own_message(message: dict[str, Any]) -> str | None:
    loss = message.get("loss")
    if loss is not None and loss is not True and loss is not False:
        return "loss"
    scale = message.get("loss_scale")
    if scale is not None and type(scale) not in (int, float):
        return "loss"
    calls = message.get("tool_calls")
    if calls is not None:
        if type(calls) is not list:
            return "tools"
        if "{{" in repr(calls):
            return "placeholder"
    # Keys that ms-swift does not read.
    if any(message.get(key) is not None for key in OTHER_KEYS):
        return "message"
    return None


def _own_content(message: dict[str, Any], content: Any, first: bool, shadow: Shadow) -> str | None:
    """Content that is not text."""
    role = message.get("role")
    if role in _TOOL_ROLES:
        if type(content) is list:  # perhaps parts, whose texts the core writes
            return "content"
        return "placeholder" if "{{" in repr(content) else None
    if type(content) is not list or not content or (first and role == "system"):
        return "content"
    for part in content:
        if type(part) is not dict or part.get("type") != "text" or type(part.get("text")) is not str:
            return "media" if type(part) is dict else "content"
        text = part["text"]
        if "{{" in text or (shadow.reads_tags and "<" in text) or "<cot-process>" in text:
            return "placeholder"
    return None


def _own_tools(tools: Any, row: dict[str, Any], shadow: Shadow) -> str | None:
    if not tools:
        return None
    if not shadow.has_agent:
        return "tools"
    if type(tools) is not str and (type(tools) is not list or None in tools):
        return "tools"
    text = tools if type(tools) is str else repr(tools)
    if "put" in text and ("input_schema" in text or "inputSchema" in text):
        return "tools"
    if len(text) < 8 and text.strip() == "{}":
        return "tools"
    if "{{" in text and any(name in text for name in _PLACEHOLDERS):
        return "placeholder"
    if type(tools) is str and _JSON_OF_OBJECTS.match(tools) is None:
        return "tools"
    if "type" in text and ('"type": [' in text or "'type': [" in text or '"type":[' in text):
        return "tools"
    messages = row.get("messages")
    first = (
        next((one for one in messages if isinstance(one, dict) and one.get("role") != "system"), None)
        if (type(messages) is list)
        else None
    )
    return "tools" if first is None or first.get("role") == "assistant" else None


def _own_label(value: Any, shadow: Shadow) -> str | None:
    template = shadow.template
    if template.mode == "kto":
        return None if type(value) is bool or (type(value) is int and value in (0, 1)) else "label"
    if template.task_type in _PLAIN_TASKS:
        return None
    return None if type(value) in (int, float, bool, list) else "label"


def _own_keywords(value: Any, shadow: Shadow) -> str | None:
    """What a row says for itself: known words, each of its type."""
    if not value:
        return None
    if type(value) is not dict:
        return "keywords"
    for name, one in value.items():
        flag = name in ("enable_thinking", "preserve_thinking") and (one is None or type(one) is bool)
        text = name == "response_prefix" and (one is None or type(one) is str)
        if not flag and not text:
            return "keywords"
    return None


def _own_rejected(value: Any, row: dict[str, Any], shadow: Shadow) -> str | None:
    """ms-swift reads the rejected side in every mode, and may fail on it."""
    messages = row.get("messages")
    if type(value) is not str or type(messages) is not list or not messages or "{{" in value:
        return "preference"
    last = messages[-1]
    if type(last) is not dict or last.get("role") != "assistant" or type(last.get("content")) is not str:
        return "preference"
    plain = last["content"] != value and not last.get("tool_calls") and row.get("rejected_messages") is None
    if not plain or len(messages) < 2 or messages[-2].get("role") != "user":
        return "preference"
    return "media" if shadow.reads_tags and any(tag in value for tag in TAGS) else None


def _own_side(name: str, value: Any, shadow: Shadow) -> str | None:
    template = shadow.template
    if name == "rejected_messages":
        if template.mode not in ("rlhf", "kto"):
            return "preference"
        return _own_messages(value, shadow)
    if template.task_type in _PLAIN_TASKS or type(value) is not list:
        return "preference"
    for conversation in value:
        reason = _own_messages(conversation, shadow)
        if reason is not None:
            return reason
    return None
