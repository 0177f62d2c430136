"""Which arguments `get_template` takes, and of which types. What they mean is checked where they are used."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from .._near import did_you_mean
from .._text import is_unicode
from ..errors import ArgumentError

if TYPE_CHECKING:
    from .template import Template

__all__ = ["TASKS", "check_arguments", "known_arguments"]

_TEXT = ("default_system", "response_prefix")
_FLAGS = ("use_chat_template", "add_non_thinking_prefix", "padding_free")
_OPTIONAL_FLAGS = ("is_binary_loss_scale", "enable_thinking", "preserve_thinking")
# What a model can be trained for.
TASKS = ("causal_lm", "seq_cls", "embedding", "reranker", "generative_reranker", "prm")

_NAMES = {
    "truncation_strategy": "one of raise, left, right, split, delete",
    "loss_scale": "a string such as 'default' or 'last_round+hermes'",
    "content_policy": "one of parity, literal, literal_prompt, error",
    "engine": "one of auto, reference, fast",
    "task_type": f"one of {', '.join(TASKS)}",
}


def check_arguments(arguments: dict[str, Any]) -> None:
    """Refuses values of types that make no sense.

    >>> check_arguments({"use_chat_template": "no"})
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'use_chat_template': is 'no'; give True or False

    Raises:
        ArgumentError: It names the first argument at fault.
    """
    for name, value in arguments.items():
        expected = _expected(name, value)
        if expected is not None:
            raise ArgumentError(f"argument '{name}': is {value!r}; give {expected}", argument=name)


def _expected(name: str, value: Any) -> str | None:
    """What to give instead of `value`, or None where it will do."""
    if name in _TEXT and value is not None:
        return None if isinstance(value, str) and is_unicode(value) else "Unicode text or None"
    if name in _FLAGS:
        return None if isinstance(value, bool) else "True or False"
    if name in _OPTIONAL_FLAGS:
        return None if value is None or isinstance(value, bool) else "True, False or None"
    if name in _NAMES:
        return None if isinstance(value, str) and is_unicode(value) else _NAMES[name]
    if name == "agent_template" and isinstance(value, str):
        return None if is_unicode(value) else "the name of an agent format"
    if name == "problem_type" and value is not None:
        known = "single_label_classification, multi_label_classification, regression"
        return None if isinstance(value, str) and is_unicode(value) else f"one of {known}, or None"
    if name == "num_labels" and value is not None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and 1 <= value < 1 << 31 else "at least 1, or None"
    if name == "max_length" and value is not None:
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        return None if whole and 1 <= value < 1 << 63 else "at least 1, or None for the model's own limit"
    return None


# What ms-swift takes too, and the value at which it makes no difference.
_PEERS: dict[str, Any] = {
    "max_pixels": None,
    "norm_bbox": None,
    "remove_unused_columns": True,
    "sequence_parallel_size": 1,
    "template_backend": "swift",
}


def known_arguments(arguments: dict[str, Any], cls: type[Template]) -> dict[str, Any]:
    """The arguments that `cls` takes. ms-swift's others pass where they make no difference.

    Raises:
        ArgumentError: An argument is unknown, or asks for what is not supported yet.
    """
    parameters = inspect.signature(cls).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return arguments
    taken = {}
    for name, value in arguments.items():
        if name in parameters:
            taken[name] = value
        elif name not in _PEERS:
            hint = did_you_mean(name, [*parameters, "template_type", "model_type"], n=1)
            text = f"argument '{name}': is unknown; {hint or 'known: ' + ', '.join(parameters)}"
            raise ArgumentError(text, argument=name)
        elif value != _PEERS[name]:
            text = f"argument '{name}': {value!r} is not supported yet; leave it at {_PEERS[name]!r}"
            raise ArgumentError(text, argument=name)
    return taken
