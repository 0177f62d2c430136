"""Check stop words and put them into one form; cache the decoders made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from .. import _native
from .._text import is_unicode
from ..errors import ArgumentError

__all__ = ["Stops", "Word", "cached_decoder", "count", "make_decoder", "normalize_stop", "normalize_stops"]

# The most texts of a batch: some 500 MB.
_MOST_TEXTS = 1 << 20

# How many decoders a template or a tokenizer caches.
_CACHED = 16

Word: TypeAlias = str | list[int]
Stops: TypeAlias = str | Iterable[str | Iterable[int] | None] | None


def normalize_stops(stop: Stops, argument: str = "stop") -> list[Word]:
    """Return the stops of an argument (a text, or a list of texts and lists of ids) as a list, without None.

    Raises:
        ArgumentError: An item is neither, or is empty.
    """
    if stop is None:
        return []
    if isinstance(stop, str):
        stop = [stop]
    if not isinstance(stop, Iterable):
        raise _refused(argument, stop)
    return [normalize_stop(item, argument) for item in stop if item is not None]


def normalize_stop(item: Any, argument: str) -> Word:
    """Return one stop: a text, or a list of ids.

    Raises:
        ArgumentError: It is neither, or is empty.
    """
    if isinstance(item, str):
        word: Word = item
        if not is_unicode(item):
            raise ArgumentError(
                f"argument {argument!r}: {item!r} has lone surrogates; give Unicode text", argument=argument
            )
    elif isinstance(item, Iterable) and not isinstance(item, bytes | bytearray | memoryview):
        word = [_token_id(number, item, argument) for number in item]
    else:
        raise _refused(argument, item)
    if not word:
        raise ArgumentError(f"argument {argument!r}: {item!r} is empty; give a text or ids", argument=argument)
    return word


def make_decoder(
    tokenizer: Any,
    stops: Iterable[tuple[Word, bool, bool]],
    *,
    skip_special_tokens: bool,
    eager: bool,
    stop_after: str | Iterable[int] | None,
) -> _native.Decoder:
    """Return a decoder for a swiftcore tokenizer.

    A stop is a word, whether it stays in the text, and whether it counts only after `stop_after`.

    Raises:
        ArgumentError: A stop makes no sense.
        TokenizerError: The vocabulary cannot be read.
    """
    return _native.Decoder(
        tokenizer._native,
        skip_special_tokens=bool(skip_special_tokens),
        eager=bool(eager),
        stops=list(stops),
        stop_after=None if stop_after is None else normalize_stop(stop_after, "stop_after"),
    )


def cached_decoder(
    owner: Any, stop: Stops, stop_after: str | Iterable[int] | None, asked: tuple[Any, ...], make: Callable[..., Any]
) -> _native.Decoder:
    """Return the decoder that `owner` made for an equal request, or a new one from `make(stops, stop_after)`.

    `asked` is everything else that the decoder depends on.

    Raises:
        ArgumentError: A stop is neither a text nor a list of ids, or is empty.
    """
    kept: dict[Any, _native.Decoder] = owner.__dict__.setdefault("_decoders", {})
    if stop is None or isinstance(stop, str):
        stop = () if stop is None else (stop,)
    elif isinstance(stop, Iterable):
        stop = tuple(stop)
    key: Any = (asked, stop, stop_after)
    try:
        decoder = kept.get(key)
    except TypeError:  # lists of ids among the words
        decoder = None
    if decoder is not None:
        return decoder
    words = normalize_stops(stop)
    after = None if stop_after is None else normalize_stop(stop_after, "stop_after")
    key = (asked, tuple(_frozen(word) for word in words), _frozen(after))
    decoder = kept.get(key)
    if decoder is None:
        decoder = make(words, after)
        if len(kept) >= _CACHED:
            kept.clear()
        kept[key] = decoder
    return decoder


def count(n: Any) -> int:
    """Return the number of texts of a batch, as an int.

    Raises:
        ArgumentError: It is no number, or negative.
    """
    if isinstance(n, bool) or not hasattr(n, "__index__") or not 0 <= n <= _MOST_TEXTS:
        text = f"argument 'n': expected a number of texts from 0 to {_MOST_TEXTS:,}, got {n!r}"
        raise ArgumentError(text, argument="n")
    return int(n)


def _frozen(word: Word | None) -> Any:
    return tuple(word) if isinstance(word, list) else word


def _token_id(number: Any, word: Any, argument: str) -> int:
    if isinstance(number, bool) or not hasattr(number, "__index__") or not 0 <= number < 2**32:
        raise _refused(argument, word)
    return int(number)


def _refused(argument: str, value: Any) -> ArgumentError:
    return ArgumentError(
        f"argument {argument!r}: {value!r} is no stop; give a text or a list of token ids", argument=argument
    )
