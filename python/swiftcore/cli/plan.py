"""Print the plan of a download, for `swiftcore download --dry_run`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ..hub import File, Plan

__all__ = ["print_plan", "summarize"]


def print_plan(console: Console, plan: Plan) -> None:
    """Print each file with its size and what happens to it, and the totals."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")

    def add(file: File, what: str, style: str) -> None:
        table.add_row(*(Text(cell, style) for cell in (_size(file.size), file.path, what)))

    for file in plan.to_download:
        partial = plan.partial_bytes.get(file.path)
        add(file, f"download, {_size(partial)} already here" if partial else "download", "")
    for file in plan.cached:
        add(file, "cached", "green")
    for file, pattern in plan.ignored:
        add(file, f"ignored: {pattern}", "dim")
    console.print(table)
    for text in (f"{plan.model_id} on {plan.hub}, {plan.commit}: {summarize(plan)}", f"in {plan.folder}"):
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def summarize(plan: Plan, verb: str = "to download") -> str:
    """Return how many files, of how many bytes, are downloaded, cached and ignored."""
    parts = [f"{_files(plan.to_download, plan.download_bytes)} {verb}"]
    if plan.cached:
        parts.append(f"{_files(plan.cached)} cached")
    if plan.ignored:
        parts.append(f"{_files([file for file, _ in plan.ignored])} ignored")
    return "; ".join(parts)


def _files(files: Iterable[File], total: int | None = None) -> str:
    files = list(files)
    if total is None:
        total = sum(file.size or 0 for file in files)
    return f"{len(files)} file{'' if len(files) == 1 else 's'} ({_size(total)})" if files else "nothing"


def _size(size: int | None) -> str:
    from rich.filesize import decimal

    return "?" if size is None else decimal(size)
