"""Measure three phases of each contender. Contenders alternate, so that a change of machine speed affects all of them.

* first: the first pass over the rows with empty caches;
* other: one half of the rows warms the caches, the other half is timed;
* warm: the same rows again.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .rows import read_rows
from .worker import Task, Worker

PHASES = ("first", "other", "warm")


@dataclass
class Measured:
    """Seconds per row, one figure per fresh process, and the seconds of loading."""

    first: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    # A digest of the ids of each row, taken outside the clock.
    digests: list[str] = field(default_factory=list)

    def rate(self, phase: str) -> float:
        """Return the median rows per second."""
        return 1 / statistics.median(getattr(self, phase))

    def spread(self, phase: str) -> tuple[float, float]:
        """Return the lowest and the highest rows per second of all rounds."""
        seconds = getattr(self, phase)
        return 1 / max(seconds), 1 / min(seconds)

    def equal_rows(self, other: Measured) -> int:
        """Count the rows whose ids are those of `other`."""
        return sum(own == theirs for own, theirs in zip(self.digests, other.digests, strict=False))


def ratio(ours: Measured, theirs: Measured, phase: str) -> float:
    """Return the quotient of the two median rates, which are the rates that the tables show."""
    return ours.rate(phase) / theirs.rate(phase)


def measure(tasks: Sequence[Task], *, repeat: int, passes: int) -> dict[str, Measured]:
    """Every contender `repeat` times in a fresh process, `passes` warm passes in each."""
    results = {task.name: Measured() for task in tasks}
    count = len(read_rows(Path(tasks[0].rows)))
    for _ in range(repeat):
        _first_and_warm(tasks, results, count, passes)
        _other(tasks, results, count)
    return results


def _first_and_warm(tasks: Sequence[Task], results: dict[str, Measured], count: int, passes: int) -> None:
    workers = {task.name: Worker(task) for task in tasks}
    for name, worker in workers.items():
        results[name].load.append(worker.load)
        results[name].first.append(worker.run("all") / count)
    warm: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(passes):
        for name, worker in workers.items():
            warm[name].append(worker.run("all") / count)
    for name, worker in workers.items():
        results[name].warm.append(statistics.median(warm[name]))
        results[name].digests = results[name].digests or worker.digests()
        worker.close()


def _other(tasks: Sequence[Task], results: dict[str, Measured], count: int) -> None:
    workers = {task.name: Worker(task) for task in tasks}
    for worker in workers.values():
        worker.run("one")
    for name, worker in workers.items():
        results[name].other.append(worker.run("two") / (count - count // 2))
        worker.close()
