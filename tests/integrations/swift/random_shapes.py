"""Compare the row shapes of swiftcore and ms-swift: `python tests/integrations/swift/random_shapes.py --rows 5000`.

Each data set has a random choice of columns and rows with random values in them, drawn from the seed. ms-swift's
`AutoPreprocessor` turns it into messages, which are encoded; swiftcore encodes the same data set as it is, as dicts, as
a table and from a JSONL file. A row that all encode alike, or that all refuse, counts as equal. Every other outcome is
printed with its row, unless `EXPECTED` explains it. Exits with 1 if a difference is left.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import logging
import random
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import swiftcore
from swift_support import processor
from swiftcore.data import encode_files

WORDS = ("Hello", "42", " a b ", "", "é漢", "it's", '"q"', "[1, 2]", "{}", "None", "a\nb", "\\n", "<tag>")
QUERIES = (
    "query",
    "prompt",
    "input",
    "instruction",
    "question",
    "problem",
    "Query",
    "Question",
    "Instruction",
    "Input",
)
RESPONSES = (
    "response",
    "answer",
    "output",
    "targets",
    "solution",
    "text",
    "completion",
    "content",
    "Response",
    "Answer",
)
OTHERS = (
    "system",
    "system_prompt",
    "System",
    "history",
    "History",
    "id",
    "source",
    "score",
    "image",
    "images",
    "label",
)
MESSAGES = ("messages", "conversation", "conversations", "Messages", "Conversations")
PAIRS = ("chosen", "rejected", "rejected_response", "rejected_messages")
USERS, ANSWERERS = ("user", "human"), ("assistant", "gpt", "bot")
CALLS, RESULTS = (
    ("tool_call", "function_call", "function-call"),
    ("tool", "tool_response", "observation", "observations"),
)

# Why the two may differ, in the order in which they are tried; COMPATIBILITY.md has the lines.
EXPECTED = {
    "S01": "two columns for one field",
    "S02": "names in another case",
    "S03": "nulls are as good as no column",
    "S04": "chosen and rejected",
    "S05": "plain text",
    "S06": "messages as answers and queries",
}


class Rows:
    """Random data sets."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 3)))

    def columns(self) -> list[str]:
        pick = self.random.choice
        kind = self.random.random()
        if kind < 0.35:
            names = [pick(MESSAGES)]
        elif kind < 0.55:
            names = ["instruction", "input", *(["output"] if self.random.random() < 0.8 else [pick(RESPONSES)])]
        else:
            names = [pick(QUERIES)] if self.random.random() < 0.9 else []
            names += [pick(RESPONSES)] if self.random.random() < 0.9 else []
        for pool, chance in (
            (OTHERS, 0.8),
            (OTHERS, 0.3),
            (QUERIES, 0.1),
            (RESPONSES, 0.1),
            (PAIRS, 0.1),
            (MESSAGES, 0.05),
        ):
            if self.random.random() < chance:
                names.append(pick(pool))
        # `datasets` and file systems differ on names that differ in case alone.
        return list({name.lower(): name for name in names}.values())

    def dataset(self, count: int) -> list[dict[str, Any]]:
        columns = self.columns()
        style = {name: self.random.random() for name in columns}
        return [{name: self.value(name.lower(), style[name]) for name in columns} for _ in range(count)]

    def value(self, name: str, style: float) -> Any:
        if self.random.random() < 0.05:
            return None
        if name in (*(one.lower() for one in MESSAGES), "rejected_messages"):
            return self.messages(style)
        if name == "history":
            rounds = [[self.text(), self.text()] for _ in range(self.random.randint(0, 2))]
            return rounds if style < 0.4 else str(rounds) if style < 0.7 else json.dumps(rounds)
        if name in ("id", "label"):
            return self.random.randint(0, 1)
        if name == "score":
            return self.random.random()
        if name in ("image", "images"):
            return None  # media are for media templates
        if name in (*(one.lower() for one in RESPONSES),) and style < 0.1:
            return [self.text() for _ in range(self.random.randint(1, 2))]
        return self.text()

    def messages(self, style: float) -> Any:
        if style < 0.15:
            # One name for all: ms-swift fails on the nulls that a table fills the others with.
            user, answerer = USERS[int(style * 13) % 2], ANSWERERS[int(style * 20) % 3]
            return [{user: self.text(), answerer: self.text()} for _ in range(self.random.randint(1, 2))]
        role, content = ("from", "value") if style < 0.6 else ("role", "content")
        said = [self.random.choice(("system", None)), self.random.choice(USERS)]
        if self.random.random() < 0.2:
            said += [self.random.choice(CALLS), self.random.choice(RESULTS)]
        said += [self.random.choice(ANSWERERS)] if self.random.random() < 0.9 else []
        talk = [{role: one, content: self.text()} for one in said if one]
        if style > 0.9:
            return str(talk)
        return json.dumps(talk) if style > 0.8 else talk


def explained(row: dict[str, Any]) -> str | None:
    """Why a difference is expected; None where it is not."""
    names = list(row)
    lower = [name.lower() for name in names]

    def given(pool: tuple[str, ...]) -> list[str]:
        return [name for name in names if name.lower() in {one.lower() for one in pool}]

    if "chosen" in lower and "rejected" in lower:
        return "S04"
    alpaca = "instruction" in names and "input" in names
    for pool, own in ((QUERIES, "query"), (RESPONSES, "response"), (MESSAGES, "messages")):
        found = given(pool)
        if len(found) > 1 and own not in names and not (alpaca and pool is QUERIES):
            return "S01"
    if any(name != name.lower() for name in (*given(MESSAGES), *given(("instruction", "input", "history")))):
        return "S02"
    if any(value is None for value in row.values()):
        return "S03"
    if not given(QUERIES) and not given(MESSAGES) and {*lower} & {"text", "content"}:
        return "S05"
    return None


def theirs(rows: list[dict[str, Any]], template: swiftcore.Template) -> list[Any]:
    """What ms-swift makes of the rows of a data set; None for rows that it drops or cannot encode."""
    from datasets import Dataset
    from swift.dataset.preprocessor import AutoPreprocessor

    found: list[Any] = [None] * len(rows)
    try:
        data = Dataset.from_list([{**row, "channel": str(index)} for index, row in enumerate(rows)])
        done = AutoPreprocessor()(data, enable_auto_mapping=True, load_from_cache_file=False)
    except Exception:
        return found
    for row in done:
        row = {name: value for name, value in row.items() if value is not None}
        messages = row.get("messages")
        if not messages:
            continue
        index = int(row.pop("channel"))
        found[index] = encoded(
            template, {"messages": [json.loads(one) if isinstance(one, str) else one for one in messages]}
        )
    return found


def encoded(template: swiftcore.Template, row: dict[str, Any]) -> Any:
    try:
        return template.encode(row)["input_ids"]
    except swiftcore.RowError:
        return None


def of_batch(batch: Any, count: int) -> list[Any]:
    found: list[Any] = [None] * count
    for index, row in enumerate(memoryview(batch.row_index)):
        found[row] = batch[index]["input_ids"]
    return found


def ours(rows: list[dict[str, Any]], template: swiftcore.Template, folder: Path) -> dict[str, list[Any]]:
    """What swiftcore makes of the same rows, by way in."""
    import pyarrow

    table = pyarrow.Table.from_pylist(rows)
    path, output = folder / "in.jsonl", folder / "out.jsonl"
    numbered = [{**row, "#row": index} for index, row in enumerate(rows)]
    path.write_text("".join(json.dumps(row) + "\n" for row in numbered), encoding="utf-8")
    encode_files(template, path, output, overwrite=True, keep_columns=["#row"])
    of_file: list[Any] = [None] * len(rows)
    for line in output.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        of_file[row["#row"]] = row["input_ids"]
    return {
        "dicts": [encoded(template, row) for row in rows],
        "batch": of_batch(template.encode_batch(rows, on_error="ignore"), len(rows)),
        "table": of_batch(template.encode_batch(table, on_error="ignore"), len(rows)),
        "file": of_file,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    template = swiftcore.get_template(processor("qwen3"), template_type="qwen2_5", mode="train")
    source, counts, shown = Rows(arguments.seed), Counter[str](), 0
    from datasets import disable_progress_bars

    disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        while counts.total() < arguments.rows:
            rows = source.dataset(20)
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                expected = theirs(copy.deepcopy(rows), template)
                found = ours(rows, template, Path(folder))
            for index, row in enumerate(rows):
                given = {name: values[index] for name, values in found.items()}
                if all(one == expected[index] for one in given.values()):
                    counts["equal" if expected[index] is not None else "refused by both"] += 1
                    continue
                # A dict alone has the shape that its values say, a row of a table that of its columns.
                same = len({json.dumps(one) for one in given.values()}) == 1
                why = explained(row) if same or None in row.values() else None
                counts[f"expected: {EXPECTED[why]}" if why else "DIFFERENT"] += 1
                if why is None and shown < arguments.show:
                    shown += 1
                    decode = template.tokenizer.decode
                    said = {name: one and decode(one) for name, one in {"ms-swift": expected[index], **given}.items()}
                    print(json.dumps({"row": row, **said}, ensure_ascii=False, indent=1))
    for name, count in counts.most_common():
        print(f"{count:7,} {name}")
    return 1 if counts["DIFFERENT"] else 0


if __name__ == "__main__":
    sys.exit(main())
