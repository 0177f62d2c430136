"""Override settings of a model's configuration: the length limit, the scaling of positions, the labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .._warn import warn
from ..errors import ArgumentError
from ..tokenizer.config import LIMITS
from .info import ModelInfo
from .task import CLASSIFIERS

__all__ = ["apply_overrides", "check_max_model_len", "check_rope_scaling", "resolve_rope_scaling"]

# The types that need no other settings than `max_model_len`.
_NAMED = ("linear", "dynamic", "yarn")


def check_max_model_len(length: Any) -> int | None:
    """Check a length limit.

    Raises:
        ArgumentError: It is not a positive int or None.
    """
    if length is not None and (not isinstance(length, int) or isinstance(length, bool) or length < 1):
        text = f"argument 'max_model_len': expected a positive number of tokens or None, got {length!r}"
        raise ArgumentError(text, argument="max_model_len")
    return length


def check_rope_scaling(asked: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a scaling of positions as a dict with a `rope_type`.

    >>> check_rope_scaling("yarn"), check_rope_scaling({"type": "linear", "factor": 2.0})
    ({'rope_type': 'yarn'}, {'factor': 2.0, 'rope_type': 'linear'})

    Raises:
        ArgumentError: It is neither a known type nor a dict with a type.
    """
    if asked is None:
        return None
    if isinstance(asked, str):
        if asked not in _NAMED:
            raise _refuse(f"unknown type {asked!r}; expected one of {', '.join(_NAMED)}, or a dict as in a config.json")
        return {"rope_type": asked}
    if not isinstance(asked, Mapping) or not all(isinstance(key, str) for key in asked):
        raise _refuse(f"expected a dict as in a config.json, or one of {', '.join(_NAMED)}, got {asked!r}")
    scaling = dict(asked)
    other = scaling.pop("type", None)
    if not isinstance(scaling.setdefault("rope_type", other), str):
        raise _refuse(f"{dict(asked)!r} has no rope_type, such as 'yarn'")
    return scaling


def resolve_rope_scaling(
    asked: str | Mapping[str, Any] | None, max_model_len: int | None, info: ModelInfo
) -> tuple[dict[str, Any] | None, int | None]:
    """Return the complete scaling of positions, and the maximum number of tokens with it; None for no change.

    A type without a factor scales as far as `max_model_len` needs.

    >>> from swiftcore.model.info import ModelInfo
    >>> resolve_rope_scaling("yarn", 100_000, ModelInfo("qwen3", "Qwen3-8B", "bfloat16", 32768))
    ({'rope_type': 'yarn', 'original_max_position_embeddings': 32768, 'factor': 4.0}, 100000)

    Raises:
        ArgumentError: It is invalid, or the factor cannot be derived.
    """
    scaling = check_rope_scaling(asked)
    if scaling is None or scaling["rope_type"] == "default":
        return scaling, max_model_len
    original = scaling.get("original_max_position_embeddings") or _original(info)
    if original is None:
        raise _refuse("the length of texts in training is not known; add original_max_position_embeddings")
    if scaling["rope_type"] != "linear":
        scaling["original_max_position_embeddings"] = original
    if scaling.get("factor") is None:
        if max_model_len is None:
            raise _refuse(f"{scaling['rope_type']!r} has no factor; add one, or pass max_model_len")
        scaling["factor"] = max(float(math.ceil(max_model_len / original)), 1.0)
    reach = int(original * scaling["factor"])
    if max_model_len is not None and max_model_len > reach:
        limit = f"{reach} = {original} x {scaling['factor']}"
        warn(f"max_model_len={max_model_len} exceeds the limit of rope_scaling, {limit}")
    return scaling, reach if max_model_len is None else max_model_len


def _original(info: ModelInfo) -> int | None:
    """Return the length of texts in training, before the scaling of the model's own configuration."""
    own = info.rope_scaling or {}
    if own.get("original_max_position_embeddings"):
        return int(own["original_max_position_embeddings"])
    if own.get("factor") and info.max_model_len:
        return int(info.max_model_len // own["factor"])
    return info.max_model_len


def _refuse(problem: str) -> ArgumentError:
    return ArgumentError(f"argument 'rope_scaling': {problem}", argument="rope_scaling")


def apply_overrides(
    config: Any, info: ModelInfo, rope_scaling: Mapping[str, Any] | None, max_model_len: int | None
) -> None:
    """Apply the caller's settings to transformers' configuration."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    if rope_scaling is not None:
        _scale(text, rope_scaling)
    if max_model_len is not None:
        for part in {id(each): each for each in (config, text)}.values():
            for name in LIMITS:
                if getattr(part, name, None) is not None:
                    setattr(part, name, max_model_len)
    if info.task_type in CLASSIFIERS:
        config.tie_word_embeddings = False  # a classifier has no output embeddings
        if info.num_labels is not None and getattr(config, "num_labels", None) != info.num_labels:
            config.num_labels = info.num_labels
        if info.problem_type is not None:
            config.problem_type = info.problem_type


def _scale(config: Any, scaling: Mapping[str, Any]) -> None:
    """Set the scaling of positions; layers with sliding-window attention keep theirs."""
    if not hasattr(config, "rope_parameters"):  # before transformers 5
        config.rope_scaling = dict(scaling)
        return
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
