"""Threads that work a list off, and are not waited for where the user wants to stop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["each"]

Item = TypeVar("Item")


def each(items: Sequence[Item], work: Callable[[Item], None], workers: int, stop: threading.Event) -> None:
    """Calls `work` with each item, `workers` at a time. The first exception sets `stop`, and is raised.

    After Ctrl-C, threads that wait for a connection are left to themselves: they end when they see `stop`, and do not
    keep the process from ending.

    >>> seen = []
    >>> each([1, 2, 3], seen.append, 2, threading.Event())
    >>> sorted(seen)
    [1, 2, 3]
    """
    left: queue.SimpleQueue[Item] = queue.SimpleQueue()
    done: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    for item in items:
        left.put(item)

    def run() -> None:
        while not stop.is_set():
            try:
                item = left.get_nowait()
            except queue.Empty:
                return
            try:
                work(item)
            except BaseException as error:
                done.put(error)
                return
            done.put(None)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(workers, len(items)))]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            if (error := done.get()) is not None:
                raise error
    except Exception:
        stop.set()
        for thread in threads:  # what they write must not meet what the next call writes
            thread.join()
        raise
    finally:
        stop.set()
