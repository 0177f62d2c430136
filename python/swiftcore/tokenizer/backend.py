"""What a transformers tokenizer really does: the `tokenizers` object behind it, and the tokens it names."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import TokenizerError
from .config import TOKEN_NAMES

__all__ = ["backend_json", "backend_of", "inner_tokenizer", "named_tokens", "without_state"]

# `truncation` and `padding` stand within the first characters, before the vocabulary.
_HEAD = 4096


def backend_json(tokenizer: Any) -> str:
    """Return the `tokenizer.json` of what a transformers tokenizer would really do, without truncation and padding.

    Those two are the state of the tokenizer's last call, and rows are encoded without them.

    Raises:
        TokenizerError: It is a slow one, which has none.
    """
    backend = backend_of(tokenizer)
    if backend is None:
        name = type(tokenizer).__name__
        raise TokenizerError(
            f"tokenizer: {name} has no tokenizer.json behind it; give a transformers fast tokenizer, a folder, a "
            "tokenizer.json or a swiftcore.Tokenizer. A slow tokenizer is converted by loading it with "
            "AutoTokenizer.from_pretrained(folder, use_fast=True) and saving it with save_pretrained(folder)"
        )
    return without_state(str(backend.to_str()))


def without_state(text: str) -> str:
    """Return a `tokenizer.json` with `truncation` and `padding` set to null. All else stays as it is written.

    >>> without_state('{"version": "1.0", "truncation": {"max_length": 8}, "padding": null}')
    '{"version": "1.0", "truncation": null, "padding": null}'
    """
    for name in ("truncation", "padding"):
        found = re.search(rf'[{{,]\s*"{name}":\s*(?={{)', text[:_HEAD])
        if found is not None:
            _, end = json.JSONDecoder().raw_decode(text, found.end())
            text = f"{text[: found.end()]}null{text[end:]}"
    return text


def named_tokens(tokenizer: Any) -> dict[str, str]:
    """The tokens that a transformers tokenizer names: `eos_token` and so on."""
    named = {}
    for name in TOKEN_NAMES:
        token = getattr(tokenizer, f"{name}_token", None)
        if token is not None:
            named[f"{name}_token"] = str(token)
    return named


def inner_tokenizer(processor: Any) -> Any:
    """The tokenizer of a multimodal processor, or what was given."""
    inner = getattr(processor, "tokenizer", None)
    return processor if inner is None or backend_of(processor) is not None else inner


def backend_of(tokenizer: Any) -> Any:
    """The `tokenizers.Tokenizer` that does a transformers tokenizer's work; itself where it is one."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None and type(tokenizer).__module__.partition(".")[0] == "tokenizers":
        backend = tokenizer
    return backend if hasattr(backend, "to_str") else None
