"""What a download comes to, as `swiftcore download --dry_run` prints it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..hub.sizes import size

if TYPE_CHECKING:
    from rich.console import Console

    from ..hub.listing import File
    from ..hub.plan import Plan

__all__ = ["in_short", "print_plan"]


def print_plan(console: Console, plan: Plan) -> None:
    """Prints each file with its size and what becomes of it, and what that comes to."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")

    def add(file: File, what: str, style: str) -> None:
        table.add_row(*(Text(cell, style) for cell in (size(file.size), file.path, what)))

    for file in plan.to_fetch:
        there = plan.begun.get(file.path)
        add(file, f"fetch, {size(there)} are there" if there else "fetch", "")
    for file in plan.kept:
        add(file, "in the cache", "green")
    for file, why in plan.left_out:
        add(file, f"left out: {why}", "dim")
    console.print(table)
    for text in (f"{plan.model} on {plan.hub}, {plan.commit}: {in_short(plan)}", f"in {plan.folder}"):
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def in_short(plan: Plan, fetched: str = "to fetch") -> str:
    """How many files, of how many bytes, are fetched, there, and left out."""
    kept = f"; {_several(plan.kept)} in the cache" if plan.kept else ""
    left_out = f"; {_several([file for file, _ in plan.left_out])} left out" if plan.left_out else ""
    return f"{_several(plan.to_fetch, plan.bytes_to_fetch)} {fetched}{kept}{left_out}"


def _several(files: Iterable[File], total: int | None = None) -> str:
    files = list(files)
    if total is None:
        total = sum(file.size or 0 for file in files)
    return f"{len(files)} file{'' if len(files) == 1 else 's'} ({size(total)})" if files else "nothing"
