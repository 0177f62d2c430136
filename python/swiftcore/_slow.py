"""Say something when a block takes longer than expected."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["call_if_slow"]


@contextmanager
def call_if_slow(seconds: float, function: Callable[..., Any], *arguments: Any) -> Iterator[None]:
    """Call a function once, from another thread, if the block takes longer than `seconds`.

    >>> with call_if_slow(60, print, "still working"):
    ...     pass
    """
    timer = threading.Timer(seconds, function, arguments)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # a call that has begun ends before the block's result is used
