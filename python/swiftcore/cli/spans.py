"""An encoded row as runs of text: what is trained, what is not, and which tokens are special."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..tokenizer import Tokenizer

__all__ = ["IGNORED", "Span", "added_tokens", "spans"]

IGNORED = -100

# What a decoder writes for bytes that are no text, or not yet.
UNFINISHED = "\N{REPLACEMENT CHARACTER}"

# The most tokens that are held back for the rest of a character. It has at most 4 bytes, so that tokens of a
# byte each need 4; tokens that end in one character and begin in the next seldom follow one another.
_HELD = 8


@dataclass(frozen=True)
class Span:
    """A run of text."""

    text: str
    trained: bool
    special: bool = False


def added_tokens(tokenizer: Tokenizer) -> frozenset[int]:
    """The ids of the tokens that stand for themselves, such as `<|im_end|>`: special ones, and delimiters.

    >>> from swiftcore import Tokenizer
    >>> 1 in added_tokens(Tokenizer.from_pretrained("deepseek"))
    True
    """
    added = json.loads(tokenizer._native.json()).get("added_tokens") or ()
    return frozenset(token["id"] for token in added)


def spans(
    tokenizer: Tokenizer, input_ids: Sequence[int], labels: Sequence[int] | None, added: Collection[int] = ()
) -> list[Span]:
    """The text of a row in runs, neighbours alike joined.

    A character whose bytes lie in several tokens is trained if one of them is. `added` are the ids of tokens
    to be told apart from text.

    >>> from swiftcore import Tokenizer
    >>> tokenizer = Tokenizer.from_pretrained("deepseek")
    >>> spans(tokenizer, [0, 23166, 19923, 1], [-100, -100, 19923, 1], {0, 1})[1:]
    [Span(text='Hi', trained=False, special=False), Span(text='Hello', trained=True, special=False), \
Span(text='<｜end▁of▁sentence｜>', trained=True, special=True)]
    """
    found: list[Span] = []
    for first, last, text in _characters(tokenizer, input_ids):
        trained = labels is not None and any(label != IGNORED for label in labels[first:last])
        special = last - first == 1 and input_ids[first] in added
        if found and not special and not found[-1].special and found[-1].trained == trained:
            found[-1] = Span(found[-1].text + text, trained)
        elif text:
            found.append(Span(text, trained, special))
    return found


def _characters(tokenizer: Tokenizer, ids: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    """The shortest runs of ids that are whole characters, as first, last + 1 and text.

    Each is decoded with the run before it, because some decoders treat the first token of a text apart.
    """
    before = first = 0
    for index, token in enumerate(ids):
        last = index + 1
        if tokenizer.convert_ids_to_tokens(token) is None:
            yield first, last, f"<id {token}>"
            before = first = last
            continue
        known = tokenizer.decode(list(ids[before:first])) if before < first else ""
        text = tokenizer.decode(list(ids[before:last]))
        if text.endswith(UNFINISHED) and last < len(ids) and last - first < _HELD:
            continue
        yield first, last, text[len(known) :]
        before, first = first, last
