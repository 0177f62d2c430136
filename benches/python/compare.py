"""Rows per second, side by side: swiftcore and whatever of its peers is installed.

`python benches/python/compare.py [--rows FILE] [--tokenizer DIR] [--markdown]`

Each contender runs in a process of its own, freshly loaded, on the same rows. The passes of all contenders alternate,
so that a change in the machine's speed meets all of them; the median of several fresh processes is printed, and the
ratio to the baseline. Three figures each:

* first: the first pass over the rows, nothing cached;
* other: one half of the rows warms up, the other half is timed;
* warm: the same rows again.

ms-swift, transformers and swiftcore go from messages to ids (ms-swift and swiftcore to labels too); tokenizers,
fastokens and gigatoken only tokenize text that was rendered for them beforehand, without labels and without columns.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SWIFTCORE_SHARED", ROOT.parent / "shared"))

Rows = list[dict[str, Any]]
Pass = Callable[[Any], Any]


class Contender:
    """What is timed: its package, how it loads, and how it takes rows."""

    package = "swiftcore"
    note = ""

    def __init__(self, tokenizer: str, template: str) -> None:
        self.tokenizer, self.template_type = tokenizer, template

    def prepare(self, rows: Rows) -> Any:
        """What the timed pass is given; not timed."""
        return rows

    def run(self, prepared: Any) -> Any:
        raise NotImplementedError


class SwiftcoreBatch(Contender):
    note = "ids, labels, columns"

    def __init__(self, tokenizer: str, template: str) -> None:
        import swiftcore

        super().__init__(tokenizer, template)
        self.template = swiftcore.get_template(tokenizer, template_type=template, mode="train")

    def run(self, prepared: Any) -> Any:
        return self.template.encode_batch(prepared)


class SwiftcoreEncode(SwiftcoreBatch):
    note = "ids, labels; one row a call, one thread"

    def run(self, prepared: Any) -> Any:
        encode = self.template.encode
        return [encode(row) for row in prepared]


class Swift(Contender):
    package = "ms-swift"
    note = "ids, labels; one row a call, one thread"

    def __init__(self, tokenizer: str, template: str) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        from swift import get_template
        from swift.model import get_processor

        super().__init__(tokenizer, template)
        processor = get_processor(tokenizer, model_type="qwen3")
        self.template = get_template(processor, template_type=template)
        self.template.set_mode("train")

    def run(self, prepared: Any) -> Any:
        encode = self.template.encode
        return [encode(row) for row in prepared]


class Transformers(Contender):
    package = "transformers"
    note = "ids; apply_chat_template, one row a call"

    # The same text as the template's, so that the work is the same.
    CHATML = (
        "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. "
        "You are a helpful assistant.<|im_end|>\n{% endif %}"
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    )

    def __init__(self, tokenizer: str, template: str) -> None:
        from transformers import AutoTokenizer

        super().__init__(tokenizer, template)
        self.inner = AutoTokenizer.from_pretrained(tokenizer)
        self.inner.chat_template = self.CHATML

    def run(self, prepared: Any) -> Any:
        apply = self.inner.apply_chat_template
        return [apply(row["messages"], tokenize=True) for row in prepared]


class Rendered(Contender):
    """A tokenizer that is given rendered text."""

    def prepare(self, rows: Rows) -> Any:
        import swiftcore

        template = swiftcore.get_template(self.tokenizer, template_type=self.template_type, mode="train")
        return ["".join(segment.text or "" for segment in template.render(row)) for row in rows]


class Tokenizers(Rendered):
    package = "tokenizers"
    note = "ids of rendered text; encode_batch_fast"

    def __init__(self, tokenizer: str, template: str) -> None:
        from tokenizers import Tokenizer

        super().__init__(tokenizer, template)
        self.inner = Tokenizer.from_file(os.path.join(tokenizer, "tokenizer.json"))

    def run(self, prepared: Any) -> Any:
        return self.inner.encode_batch_fast(prepared, add_special_tokens=False)


class Fastokens(Rendered):
    package = "fastokens"
    note = "ids of rendered text; encode_batch_flat"

    def __init__(self, tokenizer: str, template: str) -> None:
        from fastokens import Tokenizer

        super().__init__(tokenizer, template)
        self.inner = Tokenizer.from_file(os.path.join(tokenizer, "tokenizer.json"))

    def run(self, prepared: Any) -> Any:
        return self.inner.encode_batch_flat(prepared)


class Gigatoken(Rendered):
    package = "gigatoken"
    note = "ids of rendered text; encode_batch"

    def __init__(self, tokenizer: str, template: str) -> None:
        from gigatoken import Tokenizer

        super().__init__(tokenizer, template)
        self.inner = Tokenizer(os.path.join(tokenizer, "tokenizer.json"))

    def run(self, prepared: Any) -> Any:
        return self.inner.encode_batch(prepared)


CONTENDERS: dict[str, type[Contender]] = {
    "ms-swift encode": Swift,
    "swiftcore encode": SwiftcoreEncode,
    "swiftcore encode_batch": SwiftcoreBatch,
    "transformers": Transformers,
    "tokenizers": Tokenizers,
    "fastokens": Fastokens,
    "gigatoken": Gigatoken,
}
MODULES = {"ms-swift": "swift"}


def installed(contender: type[Contender]) -> bool:
    return importlib.util.find_spec(MODULES.get(contender.package, contender.package)) is not None


def work(name: str, tokenizer: str, template: str, file: str) -> None:
    """A worker: loads, then times the passes it is asked for, one line in and one line out."""
    rows = read_rows(Path(file))
    start = time.perf_counter()
    contender = CONTENDERS[name](tokenizer, template)
    loaded = time.perf_counter() - start
    half = len(rows) // 2
    parts = {
        "all": contender.prepare(rows),
        "one": contender.prepare(rows[:half]),
        "two": contender.prepare(rows[half:]),
    }
    print(json.dumps(loaded), flush=True)
    for line in sys.stdin:
        part = line.strip()
        start = time.perf_counter()
        result = contender.run(parts[part])
        seconds = time.perf_counter() - start
        del result
        print(json.dumps(seconds), flush=True)


class Worker:
    """A contender's process, seen from the driver."""

    def __init__(self, name: str, arguments: argparse.Namespace) -> None:
        command = [sys.executable, __file__, "--worker", name, "--rows", arguments.rows]
        command += ["--tokenizer", arguments.tokenizer, "--template", arguments.template]
        # ms-swift and its packages write to standard output while they load.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
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
        raise RuntimeError(f"a contender ended early: {self.process.args}")

    def run(self, part: str) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(part + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def read_rows(file: Path) -> Rows:
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [{"messages": row["messages"]} for row in rows if not row.get("tools")]


def measure(names: list[str], arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Seconds a row of each contender and phase: the median over fresh processes."""
    count = len(read_rows(Path(arguments.rows)))
    half = count // 2
    samples: dict[str, dict[str, list[float]]] = {
        name: {"first": [], "other": [], "warm": [], "load": []} for name in names
    }
    for _ in range(arguments.repeat):
        workers = {name: Worker(name, arguments) for name in names}
        for name, worker in workers.items():
            samples[name]["load"].append(worker.load)
            samples[name]["first"].append(worker.run("all") / count)
        for _ in range(arguments.passes):
            for name, worker in workers.items():
                samples[name]["warm"].append(worker.run("all") / count)
        for worker in workers.values():
            worker.close()
        workers = {name: Worker(name, arguments) for name in names}
        for worker in workers.values():
            worker.run("one")
        for name, worker in workers.items():
            samples[name]["other"].append(worker.run("two") / (count - half))
            worker.close()
    return {
        name: {phase: statistics.median(values) for phase, values in phases.items()} for name, phases in samples.items()
    }


def version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "?"


def cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def table(results: dict[str, dict[str, float]], baseline: str) -> str:
    """The results as a Markdown table, with ratios to the baseline's phase of the same name."""
    lines = [
        "| | version | first pass | warmed on other rows | warm, same rows | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, phases in results.items():
        cells = []
        for phase in ("first", "other", "warm"):
            rate = 1 / phases[phase]
            ratio = results[baseline][phase] / phases[phase]
            cells.append(f"{rate:,.0f} ({ratio:,.1f}×)")
        contender = CONTENDERS[name]
        lines.append(f"| {name} | {version(contender.package)} | {' | '.join(cells)} | {contender.note} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=str(SHARED / "data" / "chat.jsonl"))
    parser.add_argument("--tokenizer", default=str(SHARED / "tokenizers" / "qwen3"))
    parser.add_argument("--template", default="qwen2_5")
    parser.add_argument("--repeat", type=int, default=3, help="fresh processes of each contender")
    parser.add_argument("--passes", type=int, default=3, help="warm passes in each process")
    parser.add_argument("--only", nargs="*", help="contenders to run")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.tokenizer, arguments.template, arguments.rows)
        return
    names = [name for name, contender in CONTENDERS.items() if installed(contender)]
    names = [name for name in names if not arguments.only or name in arguments.only]
    baseline = names[0]
    rows = read_rows(Path(arguments.rows))
    characters = sum(len(message["content"]) for row in rows for message in row["messages"])
    results = measure(names, arguments)
    print(
        f"{len(rows):,} rows, {characters / 1e6:.1f} million characters, template {arguments.template}, tokenizer "
        f"{Path(arguments.tokenizer).name}; rows a second, ratio to {baseline}\n"
    )
    print(table(results, baseline))
    print(
        f"\nPython {platform.python_version()}, {cpu()}, {len(os.sched_getaffinity(0))} cores; median of "
        f"{arguments.repeat} fresh processes; loading not counted: "
        + ", ".join(f"{name} {phases['load']:.1f} s" for name, phases in results.items())
    )


if __name__ == "__main__":
    main()
