"""Standard output as rich writes it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["standard_error", "standard_output"]

# Where nobody looks at it, no line is too long.
_WIDE = 1000


def standard_output() -> Console:
    """The console of standard output. Lines break at the width of a terminal, and nowhere else."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=_WIDE)


def standard_error() -> Console:
    """Return the console of standard error, which breaks lines as that of standard output does."""
    from rich.console import Console

    return Console(stderr=True) if sys.stderr.isatty() else Console(stderr=True, width=_WIDE)
