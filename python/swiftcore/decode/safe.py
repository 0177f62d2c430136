"""Ids as text where some of them are no tokens: -100 in labels, placeholders of media."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import groupby
from typing import Any

__all__ = ["listed", "safe_decode"]


def listed(ids: Any) -> list[Any]:
    """A list of ids, from a list, an array or a tensor."""
    values = ids.tolist() if hasattr(ids, "tolist") else list(ids)
    return values if isinstance(values, list) else [values]


def safe_decode(ids: Any, decode: Callable[[list[int]], str], placeholders: Collection[int] = ()) -> str:
    """The text of `ids`; a run of ids that are negative, no integers, or placeholders is written `[-100 * 17]`.

    >>> safe_decode([-100, -100, 5, 6, -100], lambda ids: f"<{len(ids)}>")
    '[-100 * 2]<2>[-100 * 1]'

    A run of several such ids is named by the last of them, as in ms-swift.
    """

    def is_text(value: Any) -> bool:
        return not isinstance(value, float) and value >= 0 and value not in placeholders

    written = []
    for text, run in groupby(listed(ids), is_text):
        values = list(run)
        written.append(decode(values) if text else f"[{values[-1]} * {len(values)}]")
    return "".join(written)
