"""Three figures of each contender, all contenders in turn, so that a change in the machine's speed meets all of them.

* first: the first pass over the rows, nothing cached;
* other: one half of the rows warms up, the other half is timed;
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
    """Seconds a row, one figure a fresh process; and the seconds that loading took."""

    first: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    def rate(self, phase: str) -> float:
        """Rows a second."""
        return 1 / statistics.median(getattr(self, phase))


def ratio(ours: Measured, theirs: Measured, phase: str) -> float:
    """How many times as many rows a second: the median over the rounds, each against its own round."""
    pairs = zip(getattr(ours, phase), getattr(theirs, phase), strict=True)
    return statistics.median(other / own for own, other in pairs)


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
        worker.close()


def _other(tasks: Sequence[Task], results: dict[str, Measured], count: int) -> None:
    workers = {task.name: Worker(task) for task in tasks}
    for worker in workers.values():
        worker.run("one")
    for name, worker in workers.items():
        results[name].other.append(worker.run("two") / (count - count // 2))
        worker.close()
