"""Run a contender in a fresh process, and talk to that process from the driver."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .contenders import CONTENDERS, Contender
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
    """Load a contender, then time the passes asked for on standard input; one line in, one line out.

    The line `digests` prints a digest of the ids of each row instead, outside the clock.
    """
    rows = read_rows(Path(task.rows))
    start = time.perf_counter()
    contender = CONTENDERS[task.name](task.tokenizer, task.template)
    loaded = time.perf_counter() - start
    half = len(rows) // 2
    parts = {"all": rows, "one": rows[:half], "two": rows[half:]}
    prepared = {name: contender.prepare(part) for name, part in parts.items()}
    print(json.dumps(loaded), flush=True)
    for line in sys.stdin:
        if line.strip() == "digests":
            print(json.dumps(digests(contender, prepared["all"])), flush=True)
            continue
        part = prepared[line.strip()]
        start = time.perf_counter()
        result = contender.run(part)
        seconds = time.perf_counter() - start
        contender.check(result, part)
        del result
        print(json.dumps(seconds), flush=True)


def digests(contender: Contender, prepared: Any) -> str:
    """Return the digests of the ids of each row, joined by spaces; empty where the contender does not tell."""
    rows = contender.ids(contender.run(prepared))
    return " ".join(hashlib.blake2b(array("i", row).tobytes(), digest_size=8).hexdigest() for row in rows)


class Worker:
    """The process, seen from the driver."""

    def __init__(self, task: Task) -> None:
        command = [sys.executable, str(ENTRY), "--worker", json.dumps(task.__dict__)]
        # ms-swift and its packages write to standard output while they load.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.load = self._answer()

    def _answer(self, kind: type = float) -> Any:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, kind):
                return value
        assert self.process.stderr is not None
        raise RuntimeError(f"a contender ended early: {self.process.args}\n{self.process.stderr.read()[-2000:]}")

    def run(self, part: str) -> float:
        """Return the seconds of one pass over a part of the rows: all, one (the first half) or two."""
        return float(self._ask(part))

    def digests(self) -> list[str]:
        """Return a digest of the ids of each row."""
        return str(self._ask("digests", str)).split()

    def _ask(self, line: str, kind: type = float) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._answer(kind)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
