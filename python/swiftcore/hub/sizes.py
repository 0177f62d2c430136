"""Sizes of files, for people."""

from __future__ import annotations

__all__ = ["size"]


def size(count: int | None) -> str:
    """A number of bytes, in the decimal units that hubs show.

    >>> size(532), size(11_422_654), size(16_381_470_720), size(None)
    ('532 B', '11.4 MB', '16.4 GB', '?')
    """
    if count is None:
        return "?"
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.95:
            break
        value, unit = value / 1000, larger
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
