"""How far a job has come, on standard error: a line that moves, where that is a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..data.files import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["fraction", "shown", "speed"]


@contextlib.contextmanager
def shown(asked: bool | None, limit: int | None) -> Iterator[Callable[[Progress], None] | None]:
    """What to call with each `Progress`; None where nothing moves.

    `asked` is what `--progress` says; without it, a terminal gets one.
    """
    if not (sys.stderr.isatty() if asked is None else asked):
        yield None
        return
    with _bar() as bar:
        task = bar.add_task("encoding", total=None, **_fields(Progress(0, 0, 0, None, 0), 0.0, None))
        started = time.monotonic()

        def update(progress: Progress) -> None:
            elapsed = time.monotonic() - started
            done = fraction(progress, limit)
            total = None if done is None else 1.0
            bar.update(task, total=total, completed=done or 0.0, **_fields(progress, elapsed, done))

        yield update


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[rows]}"),
        TextColumn("[cyan]{task.fields[speed]}"),
        TextColumn("[dim]{task.fields[left]}"),
        TextColumn("[yellow]{task.fields[refused]}"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def fraction(progress: Progress, limit: int | None) -> float | None:
    """How much is done, from 0 to 1, by bytes or by rows; None where nobody knows.

    >>> fraction(Progress(10, 100, 50, 200, 0), None), fraction(Progress(10, 100, 50, None, 0), None)
    (0.25, None)
    >>> fraction(Progress(10, 100, 50, 200, 0), limit=20)
    0.5
    """
    parts = []
    if progress.bytes_total:
        parts.append(progress.bytes_read / progress.bytes_total)
    if limit:
        parts.append(progress.rows / limit)
    return min(max(parts), 1.0) if parts else None


def speed(rows: int, tokens: int, seconds: float) -> str:
    """Rows and tokens a second.

    >>> speed(5302, 1_119_774, 0.5)
    '10,604 rows/s, 2.24 M tokens/s'
    """
    if seconds <= 0:
        return "- rows/s, - tokens/s"
    return f"{rows / seconds:,.0f} rows/s, {tokens / seconds / 1e6:,.2f} M tokens/s"


def duration(seconds: float) -> str:
    """A time that is still to come.

    >>> duration(75), duration(3.2), duration(7322)
    ('1:15', '4 s', '2:02:02')
    """
    whole = int(seconds) + (seconds > int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _fields(progress: Progress, elapsed: float, done: float | None) -> dict[str, Any]:
    left = "" if not done or elapsed < 0.2 else f"{duration(elapsed * (1 - done) / done)} left"
    return {
        "rows": f"{progress.rows:,} rows",
        "speed": speed(progress.rows, progress.tokens, elapsed),
        "left": left,
        "refused": f"{progress.refused:,} refused" if progress.refused else "",
    }
