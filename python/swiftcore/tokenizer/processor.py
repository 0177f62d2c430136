"""What a user hands over as a tokenizer, as a swiftcore `Tokenizer`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, TokenizerError
from . import folder
from .packaged import PACKAGED
from .tokenizer import Engine, Tokenizer

__all__ = ["Loaded", "backend_json", "load_processor", "looks_like_path", "max_model_len", "named_tokens"]


class Loaded:
    """A tokenizer made from what a user handed over, and whether that has got new tokens since."""

    __slots__ = ("_next_id", "_original", "tokenizer")

    def __init__(self, tokenizer: Tokenizer, original: Any = None) -> None:
        self.tokenizer = tokenizer
        self._original = original
        self._next_id = None if original is None else _next_id(original)

    def has_grown(self) -> bool:
        """Whether tokens were added to the original. Costs next to nothing: a new token takes the next free id."""
        return self._next_id is not None and self._original.id_to_token(self._next_id) is not None


def load_processor(processor: Any, engine: Engine = "auto") -> Loaded:
    """The tokenizer of a transformers tokenizer or processor, a folder, a file, a name, or a `Tokenizer`.

    Raises:
        TokenizerError: There is no tokenizer in it that could be used.
        ArgumentError: There is no such engine, or the tokenizer has another.
    """
    if engine not in ("auto", "reference", "fast"):
        text = f"argument 'engine': {engine!r} is no engine; give one of auto, reference, fast"
        raise ArgumentError(text, argument="engine")
    if isinstance(processor, Tokenizer):
        if engine not in ("auto", processor.engine):
            raise ArgumentError(
                f"argument 'engine': this tokenizer has the engine {processor.engine}; load it with {engine!r}",
                argument="engine",
            )
        return Loaded(processor)
    if isinstance(processor, str | os.PathLike):
        return Loaded(Tokenizer.from_pretrained(processor, engine=engine))
    tokenizer = _inner(processor)
    json = backend_json(tokenizer)
    made = Tokenizer.from_json(
        json,
        engine=engine,
        special_tokens=named_tokens(tokenizer),
        model_max_length=max_model_len(processor),
    )
    name = getattr(tokenizer, "name_or_path", None)
    made.origin = os.path.abspath(name) if isinstance(name, str) and name and os.path.isdir(name) else None
    return Loaded(made, _backend(tokenizer))


def max_model_len(processor: Any) -> int | None:
    """The most tokens that the model behind a tokenizer takes, where its `config.json` says so."""
    if isinstance(processor, Tokenizer):
        return processor.model_max_length
    known = getattr(getattr(processor, "model_info", None), "max_model_len", None)
    if isinstance(known, int):
        return known
    if isinstance(processor, str | os.PathLike):
        place = Path(processor)
    else:
        name = getattr(_inner(processor), "name_or_path", None)
        if not isinstance(name, str) or not name:
            return None
        place = Path(name)
    return folder.max_model_len(place.parent if place.is_file() else place)


def looks_like_path(text: str) -> bool:
    """Whether `text` names something that a tokenizer could be loaded from."""
    return text in PACKAGED or os.path.exists(text)


def backend_json(tokenizer: Any) -> str:
    """The `tokenizer.json` of what a transformers tokenizer would really do.

    Raises:
        TokenizerError: It is a slow one, which has none.
    """
    backend = _backend(tokenizer)
    if backend is None:
        name = type(tokenizer).__name__
        raise TokenizerError(
            f"tokenizer: {name} has no tokenizer.json behind it; give a transformers fast tokenizer, a folder, a "
            "tokenizer.json or a swiftcore.Tokenizer. A slow tokenizer is converted by loading it with "
            "AutoTokenizer.from_pretrained(folder, use_fast=True) and saving it with save_pretrained(folder)"
        )
    return str(backend.to_str())


def named_tokens(tokenizer: Any) -> dict[str, str]:
    """The tokens that a transformers tokenizer names: `eos_token` and so on."""
    named = {}
    for name in ("bos", "eos", "pad", "unk", "sep", "cls", "mask", "image", "video", "audio"):
        token = getattr(tokenizer, f"{name}_token", None)
        if token is not None:
            named[f"{name}_token"] = str(token)
    return named


def _inner(processor: Any) -> Any:
    """The tokenizer of a multimodal processor, or what was given."""
    inner = getattr(processor, "tokenizer", None)
    return processor if inner is None or _backend(processor) is not None else inner


def _backend(tokenizer: Any) -> Any:
    """The `tokenizers.Tokenizer` that does a transformers tokenizer's work; itself where it is one."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None and type(tokenizer).__module__.partition(".")[0] == "tokenizers":
        backend = tokenizer
    return backend if hasattr(backend, "to_str") else None


def _next_id(backend: Any) -> int:
    """The id that the next added token would take."""
    added = max(backend.get_added_tokens_decoder(), default=-1) + 1
    return max(int(backend.get_vocab_size(with_added_tokens=False)), added)
