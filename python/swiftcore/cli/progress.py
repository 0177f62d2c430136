"""How far a job has come, on standard error: a line that moves, or lines where that is no terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..data.files import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["duration", "fraction", "shown", "speed"]

# How often a line is written where there is no terminal, in seconds: a log is to be read, not watched.
_LINE_INTERVAL = 2.0


@contextlib.contextmanager
def shown(asked: bool | None, limit: int | None) -> Iterator[Callable[[Progress], None] | None]:
    """What to call with each `Progress`; None where nothing moves.

    `asked` is what `--progress` says; without it, a terminal gets a line that moves. Elsewhere `--progress`
    gives a line every two seconds.
    """
    terminal = sys.stderr.isatty()
    if not (terminal if asked is None else asked):
        yield None
    elif terminal:
        with _bar() as bar:
            yield _moving(bar, limit)
    else:
        yield _lines(limit)


def _moving(bar: Bar, limit: int | None) -> Callable[[Progress], None]:
    task = bar.add_task("encoding", total=None, **_fields(Progress(0, 0, 0, None, 0), 0.0, None))
    started = time.monotonic()

    def update(progress: Progress) -> None:
        done = fraction(progress, limit)
        fields = _fields(progress, time.monotonic() - started, done)
        bar.update(task, total=None if done is None else 1.0, completed=done or 0.0, **fields)

    return update


def _lines(limit: int | None) -> Callable[[Progress], None]:
    started = said = time.monotonic()

    def update(progress: Progress) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _LINE_INTERVAL:
            said = now
            fields = _fields(progress, now - started, fraction(progress, limit))
            print(", ".join(filter(None, fields.values())), file=sys.stderr, flush=True)

    return update


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


def speed(rows: int, tokens: int, seconds: float) -> tuple[str, str]:
    """Rows and tokens a second.

    >>> speed(5302, 1_119_774, 0.5)
    ('10,604 rows/s', '2.24 M tokens/s')
    """
    if seconds <= 0:
        return "- rows/s", "- tokens/s"
    return f"{rows / seconds:,.0f} rows/s", f"{tokens / seconds / 1e6:,.2f} M tokens/s"


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
        "speed": ", ".join(speed(progress.rows, progress.tokens, elapsed)),
        "left": left,
        "refused": f"{progress.refused:,} refused" if progress.refused else "",
    }
