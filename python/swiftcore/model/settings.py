"""What a caller asks for that is set in a model's configuration: longer texts, other positions, labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._warn import warn
from ..errors import ArgumentError
from ..tokenizer.config import LIMITS
from .task import CLASSIFIERS

if TYPE_CHECKING:
    from .info import ModelInfo

__all__ = ["apply_settings", "check_max_model_len", "check_rope", "rope_settings"]

# How positions can be scaled by a name alone.
_NAMED = ("linear", "dynamic", "yarn")


def check_max_model_len(length: Any) -> int | None:
    """A limit that was asked for.

    Raises:
        ArgumentError: It is none.
    """
    if length is not None and (not isinstance(length, int) or isinstance(length, bool) or length < 1):
        text = f"argument 'max_model_len': is {length!r}; give a number of tokens, at least 1, or None"
        raise ArgumentError(text, argument="max_model_len")
    return length


def check_rope(asked: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How positions are to be scaled, as a dict with a `rope_type`.

    >>> check_rope("yarn"), check_rope({"type": "linear", "factor": 2.0})
    ({'rope_type': 'yarn'}, {'factor': 2.0, 'rope_type': 'linear'})

    Raises:
        ArgumentError: It is none of the ways that have a name, or no dict.
    """
    if asked is None:
        return None
    if isinstance(asked, str):
        if asked not in _NAMED:
            raise _refuse(f"there is no {asked!r}; give one of {', '.join(_NAMED)}, or a dict as in a config.json")
        return {"rope_type": asked}
    if not isinstance(asked, Mapping) or not all(isinstance(key, str) for key in asked):
        raise _refuse(f"is {asked!r}; give a dict as in a config.json, or one of {', '.join(_NAMED)}")
    scaling = dict(asked)
    other = scaling.pop("type", None)
    if not isinstance(scaling.setdefault("rope_type", other), str):
        raise _refuse(f"{dict(asked)!r} has no rope_type; give one, such as 'yarn'")
    return scaling


def rope_settings(
    asked: str | Mapping[str, Any] | None, max_model_len: int | None, info: ModelInfo
) -> tuple[dict[str, Any] | None, int | None]:
    """How positions are to be scaled, in full, and the most tokens that a model then takes; None for what is not asked.

    The name of a way alone scales as far as `max_model_len` needs.

    >>> from swiftcore.model.info import ModelInfo
    >>> rope_settings("yarn", 100_000, ModelInfo("qwen3", "Qwen3-8B", "bfloat16", 32768))
    ({'rope_type': 'yarn', 'original_max_position_embeddings': 32768, 'factor': 4.0}, 100000)

    Raises:
        ArgumentError: It makes no sense, or it cannot be known how far to scale.
    """
    scaling = check_rope(asked)
    if scaling is None or scaling["rope_type"] == "default":
        return scaling, max_model_len
    original = scaling.get("original_max_position_embeddings") or _original(info)
    if original is None:
        raise _refuse("nothing says how long texts were in training; add original_max_position_embeddings")
    if scaling["rope_type"] != "linear":
        scaling["original_max_position_embeddings"] = original
    if scaling.get("factor") is None:
        if max_model_len is None:
            raise _refuse(f"{scaling['rope_type']!r} has no factor; add one, or give max_model_len")
        scaling["factor"] = max(float(math.ceil(max_model_len / original)), 1.0)
    reach = int(original * scaling["factor"])
    if max_model_len is not None and max_model_len > reach:
        warn(
            f"max_model_len={max_model_len} is more than the {reach} that rope_scaling reaches, "
            f"{original} x {scaling['factor']}"
        )
    return scaling, reach if max_model_len is None else max_model_len


def _original(info: ModelInfo) -> int | None:
    """How long texts were in training, before what the model's own configuration scales."""
    own = info.rope_scaling or {}
    if own.get("original_max_position_embeddings"):
        return int(own["original_max_position_embeddings"])
    if own.get("factor") and info.max_model_len:
        return int(info.max_model_len // own["factor"])
    return info.max_model_len


def _refuse(problem: str) -> ArgumentError:
    return ArgumentError(f"argument 'rope_scaling': {problem}", argument="rope_scaling")


def apply_settings(
    config: Any, info: ModelInfo, rope_scaling: Mapping[str, Any] | None, max_model_len: int | None
) -> None:
    """Sets in transformers' configuration what was asked for."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    if rope_scaling is not None:
        _scale(text, rope_scaling)
    if max_model_len is not None:
        for part in {id(each): each for each in (config, text)}.values():
            for name in LIMITS:
                if getattr(part, name, None) is not None:
                    setattr(part, name, max_model_len)
    if info.task_type in CLASSIFIERS:
        config.tie_word_embeddings = False  # there is no head for the words
        if info.num_labels is not None and getattr(config, "num_labels", None) != info.num_labels:
            config.num_labels = info.num_labels
        if info.problem_type is not None:
            config.problem_type = info.problem_type


def _scale(config: Any, scaling: Mapping[str, Any]) -> None:
    """Scales positions; layers that only look at near ones keep theirs."""
    before = getattr(config, "rope_parameters", None) or {}
    kept = {key: before[key] for key in ("rope_theta", "partial_rotary_factor") if before.get(key) is not None}
    nested = {kind: part for kind, part in before.items() if isinstance(part, Mapping)}
    if not nested:
        config.rope_parameters = {**kept, **scaling}
    else:
        far = [kind for kind in nested if "sliding" not in kind] or list(nested)
        theta = {kind: {key: nested[kind][key] for key in ("rope_theta",) if key in nested[kind]} for kind in far}
        config.rope_parameters = {**before, **{kind: {**theta[kind], **scaling} for kind in far}}
    if hasattr(config, "standardize_rope_params"):
        config.standardize_rope_params()
