"""Choose the hub: Hugging Face or ModelScope."""

from __future__ import annotations

import os

from ..errors import ArgumentError
from .huggingface import HuggingFace
from .modelscope import ModelScope
from .types import Hub

__all__ = ["get_hub", "uses_hugging_face"]

_TRUE, _FALSE = ("1", "true", "yes", "on", "y", "t"), ("0", "false", "no", "off", "n", "f")


def uses_hugging_face(use_hf: bool | None = None) -> bool:
    """Return whether to ask Hugging Face: `use_hf`, else the environment variable `USE_HF`, else True.

    >>> uses_hugging_face(False), uses_hugging_face(True)
    (False, True)

    Raises:
        ArgumentError: `USE_HF` is neither true nor false.
    """
    if use_hf is not None:
        return bool(use_hf)
    value = os.environ.get("USE_HF", "").strip().lower()
    if value and value not in _TRUE + _FALSE:
        text = f"argument 'use_hf': expected USE_HF to be 1 (Hugging Face) or 0 (ModelScope), got {value!r}"
        raise ArgumentError(text, argument="use_hf")
    return value not in _FALSE


def get_hub(use_hf: bool | None = None) -> Hub:
    """Return the hub to ask: Hugging Face, unless `use_hf` or the environment variable `USE_HF` says ModelScope.

    The default of ms-swift is ModelScope.

    >>> get_hub(use_hf=True).name, get_hub(use_hf=False).name
    ('Hugging Face', 'ModelScope')
    """
    return HuggingFace() if uses_hugging_face(use_hf) else ModelScope()
