"""How long a tokenizer takes to load: the first time on a machine, and when it was seen before; beside tokenizers.

Each load is a fresh process; the import is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

OURS = """
import sys, time
import swiftcore
start = time.perf_counter()
swiftcore.get_template(sys.argv[1], template_type=sys.argv[2], mode="train")
print(time.perf_counter() - start)
"""
THEIRS = """
import sys, time
from tokenizers import Tokenizer
start = time.perf_counter()
Tokenizer.from_file(sys.argv[1] + "/tokenizer.json")
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class StartFigures:
    """Seconds."""

    first: float
    again: float
    tokenizers: float


def _seconds(script: str, arguments: list[str], cache: str) -> float:
    environment = {**os.environ, "SWIFTCORE_CACHE": cache}
    command = [sys.executable, "-c", script, *arguments]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(answer.stdout.strip().splitlines()[-1])


def measure_start(tokenizer: Path, template: str, *, repeat: int) -> StartFigures:
    """Medians over fresh processes, ours and theirs in turn; the first load with an empty cache folder."""
    first, again, theirs = [], [], []
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as cache:
            first.append(_seconds(OURS, [str(tokenizer), template], cache))
            again.append(_seconds(OURS, [str(tokenizer), template], cache))
            theirs.append(_seconds(THEIRS, [str(tokenizer)], cache))
    return StartFigures(statistics.median(first), statistics.median(again), statistics.median(theirs))
