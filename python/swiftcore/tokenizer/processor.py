"""What a user hands over as a tokenizer, as a swiftcore `Tokenizer`."""

from __future__ import annotations

import contextlib
import os
import weakref
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from . import config
from .backend import backend_json, backend_of, inner_tokenizer, named_tokens
from .packaged import PACKAGED
from .tokenizer import Engine, Tokenizer

__all__ = ["Loaded", "load_processor", "looks_like_path"]


class Loaded:
    """A tokenizer made from what a user handed over, and whether that has got new tokens since."""

    __slots__ = ("_next_id", "_original", "may_grow", "tokenizer")

    def __init__(self, tokenizer: Tokenizer, original: Any = None) -> None:
        self.tokenizer = tokenizer
        self._original = original
        self._next_id = None if original is None else _next_id(original)
        self.may_grow = original is not None

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
    tokenizer = inner_tokenizer(processor)
    return Loaded(_snapshot(tokenizer, engine, _model_limit(processor)), backend_of(tokenizer))


# The snapshots of the transformers tokenizers that are alive: what they looked like, and what was made of them.
_SNAPSHOTS: weakref.WeakKeyDictionary[Any, tuple[tuple[Any, ...], Tokenizer]] = weakref.WeakKeyDictionary()


def _snapshot(tokenizer: Any, engine: Engine, limit: int | None) -> Tokenizer:
    """What a transformers tokenizer does now. Writing out its JSON is slow, so that is done once for each state."""
    looks = (_looks(backend_of(tokenizer)), tuple(named_tokens(tokenizer).items()), engine, limit)
    try:
        seen, made = _SNAPSHOTS.get(tokenizer, (None, None))
    except TypeError:  # it cannot be referred to weakly
        seen = made = None
    if made is not None and seen == looks:
        return made
    name = getattr(tokenizer, "name_or_path", None)
    made = Tokenizer.from_json(
        backend_json(tokenizer),
        engine=engine,
        special_tokens=named_tokens(tokenizer),
        origin=os.path.abspath(name) if isinstance(name, str) and name and os.path.isdir(name) else None,
        model_max_length=limit,
    )
    with contextlib.suppress(TypeError):
        _SNAPSHOTS[tokenizer] = (looks, made)
    return made


def _looks(backend: Any) -> tuple[Any, ...] | None:
    """All of a `tokenizers.Tokenizer` that people change: its parts and its added tokens."""
    if backend is None:
        return None
    parts = (backend.normalizer, backend.pre_tokenizer, backend.post_processor)
    return (*(repr(part) for part in parts), repr(backend.get_added_tokens_decoder()), backend.get_vocab_size())


def _model_limit(processor: Any) -> int | None:
    """The most tokens that the model behind a transformers tokenizer takes, where its `config.json` says so."""
    known = getattr(getattr(processor, "model_info", None), "max_model_len", None)
    if isinstance(known, int):
        return known
    name = getattr(inner_tokenizer(processor), "name_or_path", None)
    if not isinstance(name, str) or not name:
        return None
    place = Path(name)
    return config.max_model_len(place.parent if place.is_file() else place)


def looks_like_path(text: str | os.PathLike[str]) -> bool:
    """Whether `text` names something here that a tokenizer could be loaded from."""
    return os.fspath(text) in PACKAGED or os.path.exists(text)


def _next_id(backend: Any) -> int:
    """The id that the next added token would take."""
    added = max(backend.get_added_tokens_decoder(), default=-1) + 1
    return max(int(backend.get_vocab_size(with_added_tokens=False)), added)
