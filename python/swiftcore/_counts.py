"""Checks of arguments that are numbers of things."""

from __future__ import annotations

from .errors import ArgumentError

__all__ = ["MAX_ROWS", "MAX_THREADS", "check_count"]

# The native core counts rows in 64 bits, and starts no more threads than this.
MAX_ROWS = (1 << 63) - 1
MAX_THREADS = 1024


def check_count(argument: str, value: object, at_most: int, default: str) -> None:
    """Check that an argument is a whole number from 1 to `at_most`, or None, which `default` describes.

    >>> check_count("num_threads", 0, MAX_THREADS, "one a core")
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'num_threads': expected an integer from 1 to 1024, or None for one a \
core, got 0

    Raises:
        ArgumentError: It is anything else.
    """
    if value is None:
        return
    # NumPy's integers count too.
    is_whole = hasattr(value, "__index__") and not isinstance(value, bool)
    if not (is_whole and 1 <= value <= at_most):  # type: ignore[operator]
        shown = repr(value) if len(repr(value)) < 40 else f"{repr(value)[:40]}..."
        text = f"argument '{argument}': expected an integer from 1 to {at_most}, or None for {default}, got {shown}"
        raise ArgumentError(text, argument=argument)
