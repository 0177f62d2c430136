"""How far a download has come, on standard error: bars that move, or lines where that is no terminal."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..hub.sizes import size
from ..hub.watch import Watch
from .plan import in_short
from .progress import duration

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..hub.plan import Plan

__all__ = ["Meter", "shown"]

# How often a line is written where there is no terminal, in seconds: a log is to be read, not watched.
_LINE_INTERVAL = 2.0
# Files of at least so many bytes have a bar of their own while they are fetched.
_LARGE = 1 << 20


class Meter(Watch):
    """Adds up what has come of all files. Shows nothing by itself."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._started = time.monotonic()
        self._before = 0

    def planned(self, plan: Plan) -> None:
        """Begins to count."""
        self.plan = plan
        self._done = dict(plan.begun)
        self._before = sum(self._done.values())
        self._started = time.monotonic()

    def moved(self, path: str, done: int, size: int | None) -> None:
        """Counts what has come of a file."""
        with self._lock:
            self._done[path] = done
            self._show(path, done, size)

    def _show(self, path: str, done: int, size: int | None) -> None:
        """Called with each step, by one thread at a time."""

    @property
    def total(self) -> int:
        """The bytes of all files that are fetched."""
        return 0 if self.plan is None else sum(file.size or 0 for file in self.plan.to_fetch)

    @property
    def done(self) -> int:
        """How many of these are there."""
        return sum(self._done.values())

    def speed(self) -> float:
        """Bytes a second since the download began."""
        return (self.done - self._before) / max(time.monotonic() - self._started, 1e-9)

    def summary(self) -> str:
        """What was done, in a line; empty where nothing was."""
        if self.plan is None or not self.plan.to_fetch:
            return ""
        seconds = time.monotonic() - self._started
        return f"{in_short(self.plan, 'fetched')}; {seconds:.1f} s, {size(int(self.speed()))}/s"


class _Lines(Meter):
    def __init__(self) -> None:
        super().__init__()
        self._said = time.monotonic()

    def _show(self, path: str, done: int, file_size: int | None) -> None:
        now = time.monotonic()
        if now - self._said >= _LINE_INTERVAL:
            self._said = now
            speed = self.speed()
            left = f", {duration((self.total - self.done) / speed)} left" if speed > 0 else ""
            text = f"{size(self.done)} of {size(self.total)}, {size(int(speed))}/s{left}"
            print(text, file=sys.stderr, flush=True)


class _Bars(Meter):
    """A bar for all files, and one for each large file while it is fetched."""

    def __init__(self, bars: Progress) -> None:
        super().__init__()
        self._bars = bars
        self._all: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}

    def planned(self, plan: Plan) -> None:
        super().planned(plan)
        if plan.to_fetch:
            self._all = self._bars.add_task(plan.model, total=self.total, completed=self.done)

    def _show(self, path: str, done: int, size: int | None) -> None:
        if self._all is not None:
            self._bars.update(self._all, completed=self.done)
        if size is None or size < _LARGE:
            return
        if path not in self._tasks:
            if done >= size:
                return
            self._tasks[path] = self._bars.add_task(f"  {path}", total=size)
        self._bars.update(self._tasks[path], completed=done)
        if done >= size:
            self._bars.remove_task(self._tasks.pop(path))


@contextlib.contextmanager
def shown(asked: bool | None) -> Iterator[Meter]:
    """Who looks on. `asked` is what `--progress` says; without it, a terminal gets bars, and nothing else does."""
    terminal = sys.stderr.isatty()
    if not (terminal if asked is None else asked):
        yield Meter()
    elif terminal:
        with _bars() as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
