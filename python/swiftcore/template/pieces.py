"""The atoms that a template is made of, and the placeholders within them.

A piece is text, or a list of token ids and names of tokenizer attributes. A prompt, in ms-swift's sense, is a
list of pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["QUERY", "RESPONSE", "ROUND0", "ROUND1", "SYSTEM", "Derived", "Piece", "Prompt", "Word"]

Piece: TypeAlias = str | list[int | str] | list[int] | list[str]
Prompt: TypeAlias = list[Piece]
Word: TypeAlias = str | list[int]

SYSTEM = "{{SYSTEM}}"
QUERY = "{{QUERY}}"
ROUND0 = "{{ROUND0}}"
ROUND1 = "{{ROUND1}}"
RESPONSE = "{{RESPONSE}}"

_ALMOST = re.compile(r"\{\{?\s*([A-Za-z][A-Za-z0-9]*)\s*\}?\}")


class Derived(list[Piece]):
    """Pieces that a `TemplateMeta` worked out of others, which it keeps as `source`.

    `dataclasses.replace` hands the fields of the old meta to the constructor of the new one: this type is how
    that constructor knows that a prompt was longer before, and that a system prefix came from a prefix.
    """

    source: Prompt | None

    def __init__(self, pieces: Iterable[Piece] = (), source: Prompt | None = None) -> None:
        super().__init__(pieces)
        self.source = source

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Derived) and self.source != other.source:
            return False
        return list.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


def plain(pieces: Prompt) -> Prompt:
    """A copy of `pieces` that shares no list with them."""
    return [piece if isinstance(piece, str) else list(piece) for piece in pieces]


def holds(pieces: Prompt, placeholder: str) -> bool:
    """Whether a text among `pieces` has `placeholder` in it."""
    return any(isinstance(piece, str) and placeholder in piece for piece in pieces)


def without_system(prefix: Prompt) -> Prompt:
    """`prefix` with the system placeholder taken out of its texts."""
    return [piece.replace(SYSTEM, "") if isinstance(piece, str) else piece for piece in prefix]


def lookalike(pieces: Prompt, placeholder: str) -> str | None:
    """The first thing in `pieces` that seems to be meant as `placeholder`: `{{query}}`, `{QUERY}`."""
    name = placeholder.strip("{}")
    for piece in pieces:
        if isinstance(piece, str):
            for found in _ALMOST.finditer(piece):
                if found[1].upper() == name:
                    return found[0]
    return None
