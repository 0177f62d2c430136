"""Decoding and stop checks, side by side: nanoseconds a token and sequence, swiftcore and whatever is installed.

`python benches/python/compare_decode.py [--rows FILE] [--tokenizer DIR]`

32 sequences of 256 tokens of real chat text, four stop words. All contenders run in this process; their passes
alternate, so that a change in the machine's speed meets all of them, and medians are printed.

* swiftcore decode_batch: text and stops of all sequences in one call a step;
* swiftcore decode_stream: the same, one call a token and sequence;
* swiftcore StopWordsCriteria: stops alone, called as by `generate` with all ids so far;
* ms-swift StopWordsCriteria and transformers StopStringCriteria: stops alone, called as by `generate`;
* tokenizers DecodeStream: text alone, no stops.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SWIFTCORE_SHARED", ROOT.parent / "shared"))
ROWS, TOKENS = 32, 256
STOPS = ["<|im_end|>", "<|endoftext|>", "\n\nUser:", "Observation:"]


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def version(package: str) -> str:
    """As installed; swiftcore's own where it is run from its sources."""
    import swiftcore

    return swiftcore.__version__ if package == "swiftcore" else metadata.version(package)


def read_rows(file: Path, tokenizer: Any) -> list[list[int]]:
    rows = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            contents = [message.get("content") for message in json.loads(line)["messages"]]
            ids = tokenizer.encode("\n".join(text for text in contents if isinstance(text, str)))
            if len(ids) >= TOKENS:
                rows.append(ids[:TOKENS])
            if len(rows) == ROWS:
                break
    return rows


def contenders(folder: str, rows: list[list[int]]) -> dict[str, tuple[str, int, Callable[[], None]]]:
    """What is timed, by name: the package, how many steps a pass takes, and the pass."""
    import numpy as np
    import swiftcore

    ours = swiftcore.Tokenizer.from_pretrained(folder)
    columns = list(np.ascontiguousarray(np.array(rows, dtype=np.int64).T))
    found: dict[str, tuple[str, int, Callable[[], None]]] = {}

    def batch() -> None:
        step = ours.decode_batch(len(rows), stop=STOPS).step
        for column in columns:
            step(column)

    def stream() -> None:
        for row in rows:
            step = ours.decode_stream(stop=STOPS).step
            for token in row:
                step(token)

    found["swiftcore decode_batch"] = ("swiftcore", TOKENS, batch)
    found["swiftcore decode_stream"] = ("swiftcore", TOKENS, stream)
    if installed("torch") and installed("transformers"):
        found |= criteria(folder, rows, ours)
    if installed("tokenizers"):
        from tokenizers import Tokenizer
        from tokenizers.decoders import DecodeStream

        theirs = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))

        def reference() -> None:
            for row in rows:
                stream = DecodeStream(skip_special_tokens=False)
                for token in row:
                    stream.step(theirs, token)

        found["tokenizers DecodeStream"] = ("tokenizers", TOKENS, reference)
    return found


def criteria(folder: str, rows: list[list[int]], ours: Any) -> dict[str, tuple[str, int, Callable[[], None]]]:
    """Criteria, called with all ids so far. The slow ones are given fewer steps, from the middle."""
    import swiftcore
    import torch
    from transformers import AutoTokenizer, StopStringCriteria

    tokenizer = AutoTokenizer.from_pretrained(folder)
    prefixes = [torch.tensor(rows)[:, :length] for length in range(1, TOKENS + 1)]
    few = prefixes[TOKENS // 2 : TOKENS // 2 + 32]

    def call(make: Callable[[], Any], steps: list[Any]) -> Callable[[], None]:
        def run() -> None:
            criterion = make()
            for ids in steps:
                criterion(ids, None)

        return run

    found = {
        "swiftcore StopWordsCriteria": (
            "swiftcore",
            TOKENS,
            call(lambda: swiftcore.StopWordsCriteria(ours, STOPS), prefixes),
        ),
    }
    strings = StopStringCriteria(tokenizer, STOPS)
    found["transformers StopStringCriteria"] = ("transformers", len(few), call(lambda: strings, few))
    if installed("swift"):
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        from swift.template.utils import StopWordsCriteria

        found["ms-swift StopWordsCriteria"] = (
            "ms-swift",
            len(few),
            call(lambda: StopWordsCriteria(tokenizer, STOPS), few),
        )
    return found


def measure(passes: dict[str, tuple[str, int, Callable[[], None]]], repeat: int) -> dict[str, float]:
    """Nanoseconds a token and sequence: medians of alternating passes, after one to warm up."""
    times: dict[str, list[float]] = {name: [] for name in passes}
    for turn in range(repeat + 1):
        for name, (_, steps, run) in passes.items():
            start = time.perf_counter()
            run()
            if turn:
                times[name].append((time.perf_counter() - start) / (ROWS * steps) * 1e9)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=str(SHARED / "data" / "chat.jsonl"))
    parser.add_argument("--tokenizer", default=str(SHARED / "tokenizers" / "qwen3"))
    parser.add_argument("--repeat", type=int, default=9)
    arguments = parser.parse_args()
    import swiftcore

    rows = read_rows(Path(arguments.rows), swiftcore.Tokenizer.from_pretrained(arguments.tokenizer))
    if len(rows) < ROWS:
        sys.exit(f"{arguments.rows}: {len(rows)} texts of {TOKENS} tokens; {ROWS} are needed")
    passes = contenders(arguments.tokenizer, rows)
    taken = measure(passes, arguments.repeat)
    ours = taken["swiftcore decode_batch"]
    print("| | version | ns a token and sequence | to decode_batch |\n| --- | --- | --- | --- |")
    for name, value in taken.items():
        print(f"| {name} | {version(passes[name][0])} | {value:,.0f} | {value / ours:,.1f}× |")


if __name__ == "__main__":
    main()
