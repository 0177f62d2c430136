"""The whole `swiftcore encode` command on a large file, beside `encode_batch` of the same rows in memory.

The corpus is written by `make_corpus.py`. Loading is measured on a file of one row and taken off; peak memory is the
operating system's, of the finished process.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

IN_MEMORY = """
import json, sys, time
import pyarrow, pyarrow.json
import swiftcore
template = swiftcore.get_template(sys.argv[1], template_type=sys.argv[2], mode="train")
table = pyarrow.json.read_json(sys.argv[3], read_options=pyarrow.json.ReadOptions(block_size=64 << 20))
start = time.perf_counter()
batch = template.encode_batch(table)
print(json.dumps([time.perf_counter() - start, len(batch)]))
"""


@dataclass(frozen=True)
class Run:
    """A finished command: seconds of wall clock, the largest resident memory in bytes."""

    wall: float
    memory: int


@dataclass(frozen=True)
class FileFigures:
    """Seconds for the rows of the large file, loading taken off, and peak memory in bytes."""

    rows: int
    megabytes: float
    in_memory: float
    arrow: float
    parquet: float
    load: float
    memory: int
    tenth_memory: int

    @property
    def growth(self) -> float:
        """Peak memory on all rows, by that on a tenth of them."""
        return self.memory / self.tenth_memory


def run(command: list[str]) -> Run:
    """Runs a command to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    # 3: some rows are longer than the model takes, and were refused; the batch in memory refuses them too.
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        raise RuntimeError(f"{command} failed: {said.decode(errors='replace')[-2000:]}")
    return Run(wall, usage.ru_maxrss * 1024)


def _encode(corpus: Path, out: Path, tokenizer: str, template: str) -> Run:
    command = [
        sys.executable,
        "-c",
        "from swiftcore.cli import main; main()",
        "encode",
        str(corpus),
        "-o",
        str(out),
        "--overwrite",
    ]
    return run([*command, "--tokenizer", tokenizer, "--template", template])


def _in_memory(corpus: Path, tokenizer: str, template: str) -> tuple[float, int]:
    command = [sys.executable, "-c", IN_MEMORY, tokenizer, template, str(corpus)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
    seconds, rows = answer.strip("[]").split(",")
    return float(seconds), int(rows)


def _head(corpus: Path, out: Path, share: float) -> None:
    """The first `share` of a file, in whole lines; one line at least."""
    wanted = corpus.stat().st_size * share
    with corpus.open("rb") as source, out.open("wb") as target:
        for line in source:
            target.write(line)
            if target.tell() >= wanted:
                break


def measure_files(corpus: Path, tokenizer: str, template: str, *, repeat: int) -> FileFigures:
    """The command to Arrow IPC and to Parquet and the batch in memory, in turn, `repeat` times; medians."""
    with tempfile.TemporaryDirectory(dir=corpus.parent) as folder:
        one, tenth = Path(folder, "one.jsonl"), Path(folder, "tenth.jsonl")
        _head(corpus, one, 0.0)
        _head(corpus, tenth, 0.1)
        arrow, parquet = Path(folder, "out.arrow"), Path(folder, "out.parquet")
        runs: dict[str, list[Run]] = {name: [] for name in ("load", "tenth", "arrow", "parquet")}
        memory: list[float] = []
        rows = 0
        for _ in range(repeat):
            seconds, rows = _in_memory(corpus, tokenizer, template)
            memory.append(seconds)
            sources = (("load", one, arrow), ("tenth", tenth, arrow), ("arrow", corpus, arrow))
            for name, source, out in itertools.chain(sources, [("parquet", corpus, parquet)]):
                runs[name].append(_encode(source, out, tokenizer, template))
                out.unlink()
                out.with_name(f"{out.name}.refused.jsonl").unlink(missing_ok=True)
    wall = {name: statistics.median(run.wall for run in found) for name, found in runs.items()}
    peak = {name: int(statistics.median(run.memory for run in found)) for name, found in runs.items()}
    return FileFigures(
        rows=rows,
        megabytes=corpus.stat().st_size / 1e6,
        in_memory=statistics.median(memory),
        arrow=wall["arrow"] - wall["load"],
        parquet=wall["parquet"] - wall["load"],
        load=wall["load"],
        memory=peak["arrow"],
        tenth_memory=peak["tenth"],
    )
