"""A contender in a process of its own, freshly loaded: the process, and what the driver sees of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .contenders import CONTENDERS
from .rows import read_rows

ENTRY = Path(__file__).resolve().parents[1] / "compare.py"


@dataclass(frozen=True)
class Task:
    """A contender on rows, with a tokenizer and a template."""

    name: str
    tokenizer: str
    template: str
    rows: str


def work(task: Task) -> None:
    """The process: loads, then times the passes it is asked for, one line in and one line out."""
    rows = read_rows(Path(task.rows))
    start = time.perf_counter()
    contender = CONTENDERS[task.name](task.tokenizer, task.template)
    loaded = time.perf_counter() - start
    half = len(rows) // 2
    parts = {"all": rows, "one": rows[:half], "two": rows[half:]}
    prepared = {name: contender.prepare(part) for name, part in parts.items()}
    print(json.dumps(loaded), flush=True)
    for line in sys.stdin:
        part = prepared[line.strip()]
        start = time.perf_counter()
        result = contender.run(part)
        seconds = time.perf_counter() - start
        contender.check(result, part)
        del result
        print(json.dumps(seconds), flush=True)


class Worker:
    """The process, seen from the driver."""

    def __init__(self, task: Task) -> None:
        command = [sys.executable, str(ENTRY), "--worker", json.dumps(task.__dict__)]
        # ms-swift and its packages write to standard output while they load.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.load = self._answer()

    def _answer(self) -> float:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, float):
                return value
        assert self.process.stderr is not None
        raise RuntimeError(f"a contender ended early: {self.process.args}\n{self.process.stderr.read()[-2000:]}")

    def run(self, part: str) -> float:
        """The seconds of one pass over a part of the rows: all, one (the first half) or two."""
        assert self.process.stdin is not None
        self.process.stdin.write(part + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
