"""The first rows of the inputs, encoded, to be shown."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.files import encode_files
from .show import show_rows
from .stdin import Twice

if TYPE_CHECKING:
    from rich.console import Console

    from ..template.template import Template

__all__ = ["STDIN", "Head", "read_head", "show_head"]

STDIN = "-"


@dataclass(frozen=True)
class Head:
    """The first rows of the inputs: those that could be encoded, and why the others could not."""

    rows: list[dict[str, Any]]
    refused: list[str]
    num_read: int
    num_refused: int


def read_head(
    template: Template, inputs: Sequence[str], count: int, options: dict[str, Any], *, read_again: bool
) -> Head:
    """Encodes the first `count` rows. With `read_again`, standard input can be read anew after it."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="swiftcore-")))
        path = "<stdin>"
        if read_again and STDIN in inputs:
            path = stack.enter_context(Twice().first(folder))
            inputs = [path if name == STDIN else name for name in inputs]
        rows = folder / "rows.jsonl"
        reading = {**options, "limit": count}
        summary = encode_files(template, inputs, rows, format="jsonl", **reading)
        with rows.open(encoding="utf-8") as lines:
            return Head(
                [json.loads(line) for line in lines],
                [example.replace(path, "<stdin>", 1) for example in summary.examples],
                summary.rows_read,
                summary.refused,
            )


def show_head(console: Console, template: Template, head: Head) -> None:
    """Prints the rows."""
    show_rows(console, template, [(f"row {number}", row) for number, row in enumerate(head.rows, start=1)])
    for refusal in head.refused:
        console.print(f"refused: {refusal}", markup=False, highlight=False, soft_wrap=True)
