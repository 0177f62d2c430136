"""Warnings that point at the caller's line, however deep in this package they arise."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

__all__ = ["MismatchWarning", "warn"]

_HERE = str(Path(__file__).parent)


class MismatchWarning(UserWarning):
    """A model, its tokenizer and a template that may not belong together. The command's `--strict` makes it an error.

    >>> import warnings
    >>> warnings.filterwarnings("error", category=MismatchWarning)
    """


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning that points at the first line outside this package.

    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warn("odd")
    >>> caught[0].message
    UserWarning('odd')
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)
