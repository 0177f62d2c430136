"""Suggest known names for one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]


def nearest(name: object, known: Iterable[str], n: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return up to `n` known names that are similar to `name`, the most similar first. Case does not count.

    >>> nearest("Qwen25", ["qwen2_5", "qwen3", "llama"], n=1)
    ['qwen2_5']
    """
    by_case: dict[str, str] = {}
    for one in known:
        by_case.setdefault(one.lower(), one)
    return [by_case[found] for found in difflib.get_close_matches(str(name).lower(), by_case, n=n, cutoff=cutoff)]


def did_you_mean(name: object, known: Iterable[str], n: int = 3, cutoff: float = 0.6) -> str:
    """Return the question that suggests similar names, or an empty text if there are none.

    >>> did_you_mean("chatmll", ["chatml", "llama"])
    "did you mean 'chatml'?"
    >>> did_you_mean("zzz", ["chatml", "llama"])
    ''
    """
    near = nearest(name, known, n, cutoff)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else ""
