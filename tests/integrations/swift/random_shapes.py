"""Compare the row shapes of swiftcore and ms-swift: `python tests/integrations/swift/random_shapes.py --rows 5000`.

Each data set has a random choice of columns and rows with random values in them, drawn from the seed. ms-swift's
`AutoPreprocessor` turns it into messages, which are encoded; swiftcore encodes the same data set as it is, as dicts, as
a table and from a JSONL file. A row that all encode alike, or that all refuse, counts as equal. For any other row, what
the lines of COMPATIBILITY.md make of it is worked out and compared. Exits with 1 if a difference is left.
"""

from __future__ import annotations

import argparse
import ast
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
PAIRS = (("chosen", "rejected"), ("rejected_response",), ("rejected_messages",))
REJECTED = ("rejected_response", "rejected_messages")
USERS, ANSWERERS = ("user", "human"), ("assistant", "gpt", "bot")
CALLS, RESULTS = (
    ("tool_call", "function_call", "function-call"),
    ("tool", "tool_response", "observation", "observations"),
)


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
            (MESSAGES, 0.05),
        ):
            if self.random.random() < chance:
                names.append(pick(pool))
        if self.random.random() < 0.25:
            names += pick(PAIRS)
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


def expected_by_intent(row: dict[str, Any], template: swiftcore.Template) -> tuple[str, list[int] | None]:
    """The lines of COMPATIBILITY.md that apply to the row, and what it becomes by them."""
    lines = []
    lower = {name.lower(): value for name, value in row.items()}
    if lower.keys() != row.keys():
        lines.append("S01")
    row = {name: value for name, value in lower.items() if value is not None}
    if row.keys() != lower.keys():
        lines.append("S02")

    def given(pool: tuple[str, ...], own: str) -> list[str]:
        found = [name for name in {one.lower(): None for one in pool} if name in row]
        return [own] if own in found else found

    if {"chosen", "rejected"} <= row.keys() and not row.keys() & {*REJECTED}:
        lines.append("S04")
        talk = next((row[name.lower()] for name in MESSAGES if name.lower() in row), None)
        if talk is not None:
            talk = standard(talk)
            if talk[-1]["role"] == "assistant":
                # The row has an answer of its own: a pair only if that is the chosen one.
                if template.mode == "rlhf" and talk[-1]["content"] != row["chosen"]:
                    return "+".join(lines), None
            else:
                talk.append({"role": "assistant", "content": row["chosen"]})
            row = {name: value for name, value in row.items() if name not in {one.lower() for one in MESSAGES}}
            row["messages"] = talk
        row = {name: value for name, value in row.items() if name not in {one.lower() for one in RESPONSES}}
        chosen, row["rejected_response"] = row.pop("chosen"), row.pop("rejected")
        if talk is None:
            row["response"] = chosen
    is_alpaca = {"instruction", "input"} <= lower.keys()
    if is_alpaca and (row.keys() & {"instruction", "input"}):
        row = {"instruction": "", "input": "", **row}
    if "output" in row and is_alpaca:
        row = {
            name: value for name, value in row.items() if name == "output" or name not in {*map(str.lower, RESPONSES)}
        }
    queries, responses, lists = given(QUERIES, "query"), given(RESPONSES, "response"), given(MESSAGES, "messages")
    ambiguous = (len(queries) > 1 and not is_alpaca, len(responses) > 1, len(lists) > 1)
    if ambiguous[2] or (not lists and any(ambiguous)):
        return "+".join([*lines, "C19"]), None
    if not queries and not lists and responses in (["text"], ["content"]) and not row.keys() & {"system", "history"}:
        text = {"messages": [{"role": "assistant", "content": row[responses[0]]}]}
        options = {"template_type": "qwen2_5", "mode": "train", "use_chat_template": False}
        return "+".join([*lines, "S05"]), encoded(swiftcore.get_template(processor("qwen3"), **options), text)
    if row.get("rejected_messages") and not lists:
        lines.append("S11")
        row["rejected_messages"] = standard(row["rejected_messages"])
    if template.mode == "train" and row.keys() & {*REJECTED}:
        lines.append("P02")
        row = {name: value for name, value in row.items() if name not in REJECTED}
    return "+".join(lines), theirs([row], template)[0]


def standard(messages: Any) -> Any:
    """Messages under the standard names, from any that `Rows.messages` writes."""
    names = dict.fromkeys(USERS, "user") | dict.fromkeys(ANSWERERS, "assistant")
    names |= dict.fromkeys(CALLS, "tool_call") | dict.fromkeys(RESULTS, "tool")
    talk = []
    for one in ast.literal_eval(messages) if isinstance(messages, str) else messages:
        if "role" in one or "from" in one:
            role = one.get("role", one.get("from"))
            talk.append({"role": names.get(role, role), "content": one.get("content", one.get("value"))})
        else:
            talk += [{"role": names[name], "content": text} for name, text in one.items()]
    return talk


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
        given = {"messages": opened(messages)}
        if row.get("rejected_messages"):
            try:
                given["rejected_messages"] = opened(row["rejected_messages"])
            except ValueError:  # ms-swift takes text for a list, of which no row can be encoded
                continue
        if "rejected_response" in row:
            given["rejected_response"] = row["rejected_response"]
        found[index] = encoded(template, given)
    return found


def opened(messages: str | list[Any]) -> list[Any]:
    """Return messages that may be text, as a whole or one by one."""
    if isinstance(messages, str):
        messages = ast.literal_eval(messages)
    return [json.loads(one) if isinstance(one, str) else one for one in messages]


def ids(row: dict[str, Any]) -> Any:
    """The ids of a row, or of both sides of a pair."""
    if "input_ids" in row:
        return [*row["input_ids"]]
    return [[*row["chosen_input_ids"]], [*row["rejected_input_ids"]]]


def encoded(template: swiftcore.Template, row: dict[str, Any]) -> Any:
    try:
        return ids(template.encode(row))
    except swiftcore.RowError:
        return None


def of_batch(batch: Any, count: int) -> list[Any]:
    found: list[Any] = [None] * count
    for index, row in enumerate(memoryview(batch.row_index)):
        found[row] = ids(batch[index])
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
        of_file[row["#row"]] = ids(row)
    return {
        "dicts": [encoded(template, row) for row in rows],
        "batch": of_batch(template.encode_batch(rows, on_error="ignore"), len(rows)),
        "table": of_batch(template.encode_batch(table, on_error="ignore"), len(rows)),
        "file": of_file,
    }


def decoded(template: swiftcore.Template, found: Any) -> Any:
    if isinstance(found, list) and found and isinstance(found[0], list):
        return [template.tokenizer.decode(one) for one in found]
    return found and template.tokenizer.decode(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    templates = {
        mode: swiftcore.get_template(processor("qwen3"), template_type="qwen2_5", mode=mode)
        for mode in ("train", "rlhf")
    }
    source, counts, shown = Rows(arguments.seed), Counter[str](), 0
    from datasets import disable_progress_bars

    disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        while counts.total() < arguments.rows:
            rows = source.dataset(20)
            has_pairs = any(name in rows[0] for pair in PAIRS for name in pair)
            template = templates[source.random.choice(("train", "rlhf")) if has_pairs else "train"]
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                expected = theirs(copy.deepcopy(rows), template)
                found = ours(rows, template, Path(folder))
            for index, row in enumerate(rows):
                given = {name: values[index] for name, values in found.items()}
                if all(one == expected[index] for one in given.values()):
                    counts["equal" if expected[index] is not None else "refused by both"] += 1
                    continue
                lines, wanted = expected_by_intent(row, template)
                # A dict alone has the shape that its values say, a row of a table or a file that of the others.
                also = (wanted, None) if None in row.values() else (wanted,)
                if lines and given["dicts"] == given["batch"] == wanted and all(one in also for one in given.values()):
                    counts[f"by intent: {lines}"] += 1
                    continue
                counts["DIFFERENT"] += 1
                if shown < arguments.show:
                    shown += 1
                    named = {"ms-swift": expected[index], **given, f"wanted ({lines})": wanted}
                    said = {name: decoded(template, one) for name, one in named.items()}
                    print(json.dumps({"row": row, **said}, ensure_ascii=False, indent=1))
    for name, count in counts.most_common():
        print(f"{count:7,} {name}")
    return 1 if counts["DIFFERENT"] else 0


if __name__ == "__main__":
    sys.exit(main())
