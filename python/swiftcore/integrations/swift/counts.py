"""How many rows were encoded natively, and how many by ms-swift, and why."""

from __future__ import annotations

from collections import Counter

__all__ = ["Counts"]


class Counts:
    """What became of the rows that a template encoded in this process.

    >>> counts = Counts()
    >>> counts.native += 2
    >>> counts.handed["media"] += 1
    >>> counts
    Counts(3 rows: 2 native, 1 by ms-swift (media 1))

    Attributes:
        native: How many rows the native core encoded.
        handed: How many rows ms-swift encoded, by reason.
    """

    def __init__(self) -> None:
        self.native = 0
        self.handed: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many rows there were.

        >>> Counts().total
        0
        """
        return self.native + self.handed.total()

    def __repr__(self) -> str:
        handed = ", ".join(f"{reason} {count}" for reason, count in self.handed.most_common())
        said = f"{self.native} native, {self.handed.total()} by ms-swift"
        return f"Counts({self.total} rows: {said}{f' ({handed})' if handed else ''})"
