"""What became of the rows: the table at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..row_warnings import unused_columns
from .progress import speed

if TYPE_CHECKING:
    from rich.console import Console

    from .._native import Summary
    from ..template.template import Template

__all__ = ["distinct", "print_summary", "share", "untrainable"]

# Where a refused row stood.
_PLACE = re.compile(r"^.*?:\d+: ")


def print_summary(console: Console, summary: Summary, output: str, template: Template) -> None:
    """Print the table: rows, tokens, lengths, and the refused rows by kind with the first of them."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim", overflow="fold")

    def add(name: str, count: int, more: str = "", style: str = "") -> None:
        table.add_row(Text(name), Text(f"{count:,}", style if count else ""), Text(more))

    rows_a_second, tokens_a_second = speed(summary.rows_read, summary.tokens, summary.seconds)
    add("rows read", summary.rows_read, f"in {summary.seconds:.2f} s, {rows_a_second}")
    add("rows written", summary.rows_written, f"to {output}")
    add("tokens", summary.tokens, tokens_a_second)
    if template.gives_labels:
        add("trained tokens", summary.trained_tokens, share(summary.trained_tokens, summary.tokens))
        what = "parts" if template.truncation_strategy == "split" else "rows"
        add(f"{what} with nothing to train on", summary.untrainable, style="yellow")
    if summary.texts:
        trained = ", all trained" if template.gives_labels else ""
        add("rows of plain text", summary.texts, f"encoded without the template{trained}")
    if summary.truncated:
        add("rows cut to max_length", summary.truncated)
    if template.truncation_strategy == "delete":
        add("rows deleted", summary.deleted, f"longer than max_length {template.max_length}", "yellow")
    add("length, mean", round(summary.length_mean))
    add("length, 50%", summary.length_p50)
    add("length, 90%", summary.length_p90)
    add("length, 99%", summary.length_p99)
    add("length, longest", summary.length_max)
    add("rows refused", summary.refused, f"in {summary.refused_path}" if summary.refused else "", "red")
    for kind, count in summary.refused_by_kind.items():
        add(f"  {kind}", count, style="red")
    console.print(table)
    reasons = distinct(summary.examples)
    for example in reasons:
        console.print(f"refused: {example}", markup=False, highlight=False, soft_wrap=True, style="red")
    if summary.refused > len(reasons):
        console.print(f"and {summary.refused - len(reasons):,} more", highlight=False, style="red")
    found = summary.warnings
    for one in found:
        if one.kind != "unused_column":
            console.print(f"warning: {one}", markup=False, highlight=False, soft_wrap=True, style="yellow")
    if listed := unused_columns(found):
        console.print(listed, markup=False, highlight=False, soft_wrap=True)


def distinct(examples: Iterable[str]) -> list[str]:
    """The first example of each reason.

    >>> distinct(["a.jsonl:1: is empty", "a.jsonl:2: is empty", "a.jsonl:3: is a number"])
    ['a.jsonl:1: is empty', 'a.jsonl:3: is a number']
    """
    first: dict[str, str] = {}
    for example in examples:
        first.setdefault(_PLACE.sub("", example, count=1), example)
    return list(first.values())


def share(part: int, whole: int) -> str:
    """A part of a whole, in percent.

    >>> share(1, 3), share(0, 0)
    ('33.3%', '')
    """
    return f"{part / whole:.1%}" if whole else ""


def untrainable(summary: Summary, done: str, *, is_split: bool) -> str:
    """Return the warning about rows without a trained token, after what `on_untrainable` did with them.

    Rows that are split are counted by their parts, unless they are refused.
    """
    what = {
        "keep": "kept (--on_untrainable skip leaves them out, error refuses them)",
        "skip": "left out",
        "error": "refused",
    }[done]
    counted, total = "rows", summary.rows_read
    if is_split and done != "error":
        counted, total = "parts of rows", summary.rows_written + (summary.untrainable if done == "skip" else 0)
    return f"{counted} with nothing to train on: {summary.untrainable:,} of {total:,}, {what}"
