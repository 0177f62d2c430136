"""Standard input read twice: once for the rows to show, then again from its beginning."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Twice"]

_BLOCK = 1 << 16


class Twice:
    """Stands before standard input: what a first reader takes is kept, and given again to the second.

    A thread fills a pipe for the first reader until that one closes it, and from then on a pipe that has
    become standard input. Only what the first one took is held in memory.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._source = os.dup(descriptor)
        self._first = os.pipe()
        self._second = os.pipe()

    @contextlib.contextmanager
    def first(self, folder: Path) -> Iterator[str]:
        """A path in `folder` for the first reader. At the end the second one may begin."""
        threading.Thread(target=self._pump, name="swiftcore-stdin", daemon=True).start()
        reader = self._first[0]
        try:
            name = folder / "stdin.jsonl"
            name.symlink_to(f"/dev/fd/{reader}")
            yield str(name)
        finally:
            os.close(reader)
            os.dup2(self._second[0], self._descriptor)
            os.close(self._second[0])

    def _pump(self) -> None:
        kept: list[bytes] = []
        with _closing(self._first[1]) as pipe:
            while block := os.read(self._source, _BLOCK):
                kept.append(block)
                _write(pipe, block)
        with _closing(self._second[1]) as pipe:
            for block in kept:
                _write(pipe, block)
            kept.clear()
            while block := os.read(self._source, _BLOCK):
                _write(pipe, block)


@contextlib.contextmanager
def _closing(pipe: int) -> Iterator[int]:
    """Closes the pipe at the end, which is also when its reader has closed it."""
    try:
        with contextlib.suppress(BrokenPipeError):
            yield pipe
    finally:
        os.close(pipe)


def _write(pipe: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(pipe, rest) :]
