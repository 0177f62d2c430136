"""Decoding and stop checks, side by side: nanoseconds a token and sequence, swiftcore and whatever is installed.

`python benches/python/compare_decode.py [--rows FILE] [--tokenizer DIR]`

32 sequences of 256 tokens of real chat text, four stop words; one such set after the other, so that no text is met
again at once. All contenders run in this process and take turns, so that a change in the machine's speed meets all of
them, and medians are printed.

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
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SWIFTCORE_SHARED", ROOT.parent / "shared"))
ROWS, TOKENS = 32, 256
# Of how many such sets of sequences a turn takes one after the other, and how many seconds it takes at least.
SETS, TURN = 24, 0.04
STOPS = ["<|im_end|>", "<|endoftext|>", "\n\nUser:", "Observation:"]
# The package, how many steps a pass over a set takes, and the pass.
Contender: TypeAlias = tuple[str, int, Callable[[int], None]]


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def version(package: str) -> str:
    """As installed; swiftcore's own where it is run from its sources."""
    import swiftcore

    return swiftcore.__version__ if package == "swiftcore" else metadata.version(package)


def read_sets(file: Path, tokenizer: Any) -> list[list[list[int]]]:
    """Sets of rows of ids, each row of another conversation."""
    rows = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            contents = [message.get("content") for message in json.loads(line)["messages"]]
            ids = tokenizer.encode("\n".join(text for text in contents if isinstance(text, str)))
            if len(ids) >= TOKENS:
                rows.append(ids[:TOKENS])
            if len(rows) == ROWS * SETS:
                break
    return [rows[at : at + ROWS] for at in range(0, len(rows) - ROWS + 1, ROWS)]


def contenders(folder: str, sets: list[list[list[int]]]) -> dict[str, Contender]:
    """What is timed, by name."""
    import numpy as np
    import swiftcore

    ours = swiftcore.Tokenizer.from_pretrained(folder)
    columns = [list(np.ascontiguousarray(np.array(rows, dtype=np.int64).T)) for rows in sets]
    found: dict[str, Contender] = {}

    def batch(at: int) -> None:
        step = ours.decode_batch(ROWS, stop=STOPS).step
        for column in columns[at]:
            step(column)

    def stream(at: int) -> None:
        for row in sets[at]:
            step = ours.decode_stream(stop=STOPS).step
            for token in row:
                step(token)

    found["swiftcore decode_batch"] = ("swiftcore", TOKENS, batch)
    found["swiftcore decode_stream"] = ("swiftcore", TOKENS, stream)
    if installed("torch") and installed("transformers"):
        found |= criteria(folder, sets, ours)
    if installed("tokenizers"):
        from tokenizers import Tokenizer
        from tokenizers.decoders import DecodeStream

        theirs = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))

        def reference(at: int) -> None:
            for row in sets[at]:
                stream = DecodeStream(skip_special_tokens=False)
                for token in row:
                    stream.step(theirs, token)

        found["tokenizers DecodeStream"] = ("tokenizers", TOKENS, reference)
    return found


def criteria(folder: str, sets: list[list[list[int]]], ours: Any) -> dict[str, Contender]:
    """Criteria, called with all ids so far. The slow ones are given fewer steps, from the middle."""
    import swiftcore
    import torch
    from transformers import AutoTokenizer, StopStringCriteria

    tokenizer = AutoTokenizer.from_pretrained(folder)
    prefixes = [[torch.tensor(rows)[:, :length] for length in range(1, TOKENS + 1)] for rows in sets]
    few = slice(TOKENS // 2, TOKENS // 2 + 32)

    def call(make: Callable[[], Any], steps: slice) -> Callable[[int], None]:
        def run(at: int) -> None:
            criterion = make()
            for ids in prefixes[at][steps]:
                criterion(ids, None)

        return run

    found: dict[str, Contender] = {
        "swiftcore StopWordsCriteria": (
            "swiftcore",
            TOKENS,
            call(lambda: swiftcore.StopWordsCriteria(ours, STOPS), slice(0, TOKENS)),
        ),
    }
    strings = StopStringCriteria(tokenizer, STOPS)
    found["transformers StopStringCriteria"] = ("transformers", 32, call(lambda: strings, few))
    if installed("swift"):
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        from swift.template.utils import StopWordsCriteria

        found["ms-swift StopWordsCriteria"] = ("ms-swift", 32, call(lambda: StopWordsCriteria(tokenizer, STOPS), few))
    return found


def measure(passes: dict[str, Contender], sets: int, repeat: int) -> dict[str, float]:
    """Nanoseconds a token and sequence: medians of alternating turns, after one to warm up.

    A turn goes from set to set for as long as `TURN`, so that none is measured by how soon it finds its memory again.
    """
    times: dict[str, list[float]] = {name: [] for name in passes}
    at = 0
    for turn in range(repeat + 1):
        for name, (_, steps, run) in passes.items():
            count, start = 0, time.perf_counter()
            while (taken := time.perf_counter() - start) < TURN:
                run(at % sets)
                at, count = at + 1, count + 1
            if turn:
                times[name].append(taken / (ROWS * steps * count) * 1e9)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=str(SHARED / "data" / "chat.jsonl"))
    parser.add_argument("--tokenizer", default=str(SHARED / "tokenizers" / "qwen3"))
    parser.add_argument("--repeat", type=int, default=9)
    arguments = parser.parse_args()
    import swiftcore

    sets = read_sets(Path(arguments.rows), swiftcore.Tokenizer.from_pretrained(arguments.tokenizer))
    if not sets:
        sys.exit(f"{arguments.rows}: fewer than {ROWS} texts of {TOKENS} tokens")
    passes = contenders(arguments.tokenizer, sets)
    taken = measure(passes, len(sets), arguments.repeat)
    ours = taken["swiftcore decode_batch"]
    print("| | version | ns a token and sequence | to decode_batch |\n| --- | --- | --- | --- |")
    for name, value in taken.items():
        print(f"| {name} | {version(passes[name][0])} | {value:,.0f} | {value / ours:,.1f}× |")


if __name__ == "__main__":
    main()
