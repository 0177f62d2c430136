"""Find the id or folder that a tokenizer was loaded from, by which its template is detected."""

from __future__ import annotations

import os
from typing import Any

from ..tokenizer import PACKAGED, Tokenizer
from ..tokenizer.backend import inner_tokenizer

__all__ = ["source_of"]


def source_of(processor: Any) -> str | None:
    """Return the id or folder of a tokenizer's model, or None if it is not known.

    For a file it is the folder of the file.

    >>> source_of("/data/Qwen3-8B"), source_of("deepseek")
    ('/data/Qwen3-8B', None)
    """
    if isinstance(processor, Tokenizer):
        source: Any = processor.origin
    elif isinstance(processor, str | os.PathLike):
        source = os.fspath(processor)
        if source in PACKAGED and not os.path.exists(source):
            return None
    else:
        inner = inner_tokenizer(processor)
        source = getattr(
            getattr(processor, "model_info", None) or getattr(inner, "model_info", None), "model_dir", None
        )
        if not isinstance(source, str):
            source = getattr(inner, "name_or_path", None)
    if not isinstance(source, str) or not source:
        return None
    return os.path.dirname(os.path.abspath(source)) if os.path.isfile(source) else source
