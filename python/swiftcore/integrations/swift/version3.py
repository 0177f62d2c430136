"""ms-swift 3.12, whose rules for encoding are the earlier form of those of 4.6: what is said here of it is all that the
two have in common. Rows and templates beyond that are ms-swift's own.
"""

from __future__ import annotations

from typing import Any

from .trust import Known, Unknown

__all__ = ["arguments_of", "check", "own_row"]

_BASES = ("default", "last_round", "all")


def check(original: Any, known: Known, base: type[Any]) -> None:
    """Refuses templates with classes, loss scales or modes that version 4 has changed.

    Raises:
        Unknown: It is one.
    """
    cls = next(one for one in type(original).__mro__ if one.__module__.startswith("swift."))
    if cls is not base or known.rules:
        raise Unknown("version", f"{cls.__qualname__} is known of ms-swift 4 only")
    if not original.use_chat_template or original.task_type != "causal_lm" or original.mode in ("rlhf", "kto"):
        raise Unknown("version", "this mode or task is known of ms-swift 4 only")
    if type(original.loss_scale).__qualname__ != "LossScale" or original.loss_scale.base_strategy not in _BASES:
        raise Unknown("version", "named loss scales are known of ms-swift 4 only")


def arguments_of(original: Any) -> dict[str, Any]:
    """The arguments of `Template` that say in the terms of 4.6 what a template of 3.12 does."""
    return {
        "mode": "transformers" if original.mode == "pt" else original.mode,
        "loss_scale": original.loss_scale.base_strategy,
        "is_binary_loss_scale": None,
        "agent_template": None,
    }


def own_row(row: dict[str, Any]) -> str | None:
    """Why a row is ms-swift's to encode: its messages are more than texts in turns."""
    messages = row.get("messages")
    if not isinstance(messages, list) or any(row.get(name) is not None for name in ("tools", "chat_template_kwargs")):
        return "version"
    turns = [one for one in messages if not (one is messages[0] and one.get("role") == "system")]
    for index, one in enumerate(turns):
        plain = isinstance(one.get("content"), str) and not one.keys() - {"role", "content"}
        if not plain or one["role"] != ("assistant" if index % 2 else "user"):
            return "version"
    return None
