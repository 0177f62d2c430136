"""How many refused rows a command accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import Usage

__all__ = ["MaxRefused"]

_ALLOWED = re.compile(r"(?P<number>\d+)|(?P<percent>\d+(\.\d+)?)%", re.ASCII)


@dataclass(frozen=True)
class MaxRefused:
    """The value of `--max_refused`: a number of rows, or a share of the rows that are read.

    >>> MaxRefused.parse("3").allows(3, 10), MaxRefused.parse("3").allows(4, 10)
    (True, False)
    >>> MaxRefused.parse("2.5%").allows(1, 40), MaxRefused.parse("2.5%").allows(1, 39)
    (True, False)
    """

    rows: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> MaxRefused:
        """Return what `text` says.

        Raises:
            Usage: It is neither a number nor a percentage.
        """
        found = _ALLOWED.fullmatch(text.strip())
        if found is None or (found["percent"] and float(found["percent"]) > 100):
            raise Usage(f"--max_refused: expected a number of rows or a percentage such as 0.5%, got {text!r}")
        if found["percent"]:
            return cls(percent=float(found["percent"]))
        return cls(rows=int(found["number"]))

    def allows(self, refused: int, rows: int) -> bool:
        """Return whether `refused` of `rows` rows may be refused."""
        if self.percent is not None:
            return refused * 100 <= self.percent * rows
        return refused <= (self.rows or 0)
