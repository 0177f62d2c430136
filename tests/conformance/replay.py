"""Replays expected encodings: `python tests/conformance/replay.py [FOLDER]`.

A folder holds `inputs.json` and files `<group>.<tokenizer>.jsonl.gz`, one record a line: a template, an input, a mode,
arguments, and what must come out. Prints `equal/total` for each group, and exits with 1 if any record differs.
Without a folder it looks in `$SWIFTCORE_SHARED`, then beside the repository.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import swiftcore

ROOT = Path(__file__).resolve().parents[2]

# The day on which the records were made: some templates write the date.
RECORDED = "2026-11-22"

# What swiftcore does not encode yet; their records are counted apart.
GROUPS = ("templates", "tokenizers", "arguments", "tools", "preference", "media_text")

# Recorded with a tokenizer that lacks the tokens of their media: COMPATIBILITY.md R07.
OUT_OF_REACH = ("glm4_5v", "glm5_next")


def shared_folder() -> Path | None:
    """The folder of shared reference data, where it is there."""
    named = os.environ.get("SWIFTCORE_SHARED")
    place = Path(named) if named else ROOT.parent / "shared"
    return place if (place / "conformance").is_dir() else None


def spans(labels: list[int]) -> list[list[int]]:
    """The half-open ranges of labels that are not -100."""
    found: list[list[int]] = []
    for index, label in enumerate(labels):
        if label == -100:
            continue
        if found and found[-1][1] == index:
            found[-1][1] = index + 1
        else:
            found.append([index, index + 1])
    return found


def expected(record: dict[str, Any]) -> dict[str, Any]:
    """What must come out, without what was put in."""
    put_in = ("template", "case", "mode", "args", "row", "i", "tags", "error_message")
    return {key: value for key, value in record.items() if key not in put_in}


def outcome(encoded: dict[str, Any]) -> dict[str, Any]:
    """An encoding in the form of a record."""
    if "chosen_input_ids" in encoded:
        return pair(encoded)
    result = {"input_ids": encoded["input_ids"]}
    if "labels" in encoded:
        pairs = zip(encoded["input_ids"], encoded["labels"], strict=True)
        assert all(label in (-100, token) for token, label in pairs)
        result["label_spans"] = spans(encoded["labels"])
    if "loss_scale" in encoded:
        result["loss_scale"] = encoded["loss_scale"]
    return result


def pair(encoded: dict[str, Any]) -> dict[str, Any]:
    """The encoding of a pair in the form of a record."""
    result = {key: encoded[key] for key in ("margin", "label") if key in encoded}
    for side in ("chosen", "rejected"):
        keys = [key for key in encoded if key.startswith(f"{side}_")]
        if keys:
            result[side] = outcome({key.removeprefix(f"{side}_"): encoded[key] for key in keys})
    return result


class Replayer:
    """Encodes records; templates are made once for each set of arguments."""

    def __init__(self, tokenizer: Any, engine: str = "auto") -> None:
        self._tokenizer = swiftcore.Tokenizer.from_pretrained(tokenizer, engine=engine)
        self._templates: dict[str, swiftcore.Template] = {}

    def template(self, record: dict[str, Any]) -> swiftcore.Template:
        arguments = record.get("args") or {}
        key = json.dumps([record["template"], record["mode"], arguments], sort_keys=True)
        if key not in self._templates:
            self._templates[key] = swiftcore.get_template(
                self._tokenizer,
                template_type=record["template"],
                mode=record["mode"],
                current_date=RECORDED,
                **arguments,
            )
        return self._templates[key]

    def encode(self, record: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
        try:
            encoded = self.template(record).encode(row)
        except swiftcore.SwiftcoreError as error:
            return {"error": type(error).__name__, "text": str(error)}
        if isinstance(encoded, list):
            return {"split": [outcome(part) for part in encoded]}
        return outcome(encoded)


def agrees(record: dict[str, Any], got: dict[str, Any]) -> bool:
    """Whether `got` is what the record says. An error must be an error; its class is each side's own."""
    if "error" in record:
        return "error" in got
    return got == expected(record)


def records(file: Path) -> Iterator[dict[str, Any]]:
    """The records of one file."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def is_plain(template: str) -> bool:
    """Whether the template is one that swiftcore has, and its records say what it does."""
    return template in swiftcore.TEMPLATE_MAPPING and template not in OUT_OF_REACH


def replay_file(file: Path, inputs: dict[str, Any], tokenizer: Path, engine: str, show: int) -> tuple[int, int]:
    replayer = Replayer(tokenizer, engine)
    equal = total = 0
    for record in records(file):
        if not is_plain(record["template"]):
            continue
        total += 1
        row = record["row"] if "row" in record else inputs[record["case"]]
        got = replayer.encode(record, row)
        if agrees(record, got):
            equal += 1
        elif total - equal <= show:
            print(json.dumps({"file": file.name, **record, "got": got}, ensure_ascii=False))
    return equal, total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--groups", nargs="*", default=GROUPS)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--show", type=int, default=0, help="how many differences of each file to print")
    arguments = parser.parse_args()
    shared = shared_folder()
    folder = arguments.folder or (shared and shared / "conformance")
    if folder is None or shared is None:
        print("no folder of records; nothing was replayed")
        return 0
    inputs = json.loads((shared / "conformance" / "inputs.json").read_text("utf-8"))
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for file in sorted(folder.glob("*.jsonl.gz")):
        group, tokenizer = file.name.split(".")[:2]
        if group not in arguments.groups:
            continue
        equal, total = replay_file(file, inputs, shared / "tokenizers" / tokenizer, arguments.engine, arguments.show)
        totals[group][0] += equal
        totals[group][1] += total
    for group, (equal, total) in totals.items():
        print(f"{group}: {equal}/{total}")
    return 0 if all(equal == total for equal, total in totals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
