"""Rows in colour: trained text apart from the rest, special tokens apart from text.

Where there is no colour, trained text stands in ⟦brackets⟧.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .spans import IGNORED, Span, added_tokens, spans

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ..template.template import Template

__all__ = ["counts", "is_coloured", "plain", "show_rows", "sides", "visible"]

OPEN, CLOSE = "⟦", "⟧"

# By whether it is trained, and whether it is a special token.
STYLES = {
    (True, False): "bold green",
    (True, True): "bold magenta",
    (False, False): "dim",
    (False, True): "dim magenta",
}

# Control characters, which a terminal would obey, but for tab and newline.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def is_coloured(console: Console) -> bool:
    """Whether `console` can show what is trained by colour."""
    return console.is_terminal and console.color_system is not None and not console.no_color


def show_rows(console: Console, template: Template, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Prints encoded rows, each under a line with its title and token counts, below a legend."""
    _legend(console, template)
    added = added_tokens(template.tokenizer) if is_coloured(console) else ()
    for title, row in rows:
        for side, sequence in sides(row):
            _row(console, template, f"{title}, {side}" if side else title, sequence, added)
        told = {name: row[name] for name in _TOLD if row.get(name) is not None and not _is_of_tokens(row, name)}
        if told:
            _print(console, "   ".join(f"{name} {value}" for name, value in told.items()))


# What a row tells beside its tokens.
_TOLD = ("margin", "label", "labels")


def _is_of_tokens(row: Mapping[str, Any], name: str) -> bool:
    """Whether `labels` are of tokens: the ids, or -100."""
    ids = row.get("input_ids") or ()
    value = row[name]
    return (
        isinstance(value, list)
        and len(value) == len(ids)
        and all(label in (IGNORED, token) for label, token in zip(value, ids, strict=True))
    )


def sides(row: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The sequences of a row, each with the name of its side; a row of one has no name for it.

    >>> sides({"input_ids": [1], "labels": [-100], "length": 1})
    [('', {'input_ids': [1], 'labels': [-100]})]
    >>> sides({"chosen_input_ids": [1], "rejected_input_ids": None})
    [('chosen', {'input_ids': [1]})]
    >>> sides({"negative_input_ids": [[1], [2]], "labels": [0, 0]})
    [('negative 1', {'input_ids': [1]}), ('negative 2', {'input_ids': [2]})]
    """
    found = []
    for name, ids in row.items():
        if not name.endswith("input_ids") or ids is None:
            continue
        prefix = name.removesuffix("input_ids")
        side = prefix.rstrip("_")
        if ids and isinstance(ids[0], list):
            for number, one in enumerate(ids, start=1):
                found.append((f"{side} {number}".strip(), {"input_ids": one}))
            continue
        sequence = {"input_ids": ids}
        if isinstance(row.get(f"{prefix}labels"), list) and (prefix or _is_of_tokens(row, "labels")):
            sequence["labels"] = row[f"{prefix}labels"]
        found.append((side, sequence))
    return found


def _legend(console: Console, template: Template) -> None:
    if not template.gives_labels:
        what = (
            f"task {template.task_type}: no token"
            if template.is_training
            else f"mode {template.mode}: prompts, nothing"
        )
        console.print(f"{what} is trained", style="italic", highlight=False)
    elif is_coloured(console):
        from rich.text import Text

        parts = [("trained", (True, False)), ("trained token", (True, True))]
        parts += [("not trained", (False, False)), ("token", (False, True))]
        text = Text("  ").join(Text(f"■ {name}", STYLES[style]) for name, style in parts)
        console.print(text, soft_wrap=True)
    else:
        _print(console, f"{OPEN}trained{CLOSE}, all else is not")


def _row(console: Console, template: Template, title: str, row: Mapping[str, Any], added: Collection[int]) -> None:
    ids: Sequence[int] = row["input_ids"]
    labels: Sequence[int] | None = row.get("labels")
    head = f"{title}: {counts(ids, labels)}"
    parts = spans(template.tokenizer, ids, labels, added)
    if is_coloured(console):
        console.rule(f"[bold]{head}", align="left", style="dim")
        console.print(_coloured(parts), soft_wrap=True, highlight=False)
    else:
        _print(console, f"── {head}")
        _print(console, plain(parts))


def counts(ids: Sequence[int], labels: Sequence[int] | None) -> str:
    """How many tokens there are, and how many are trained.

    >>> counts([0, 23166, 19923, 1], [-100, -100, 19923, 1])
    '4 tokens, 2 trained'
    """
    total = f"{len(ids):,} token{'' if len(ids) == 1 else 's'}"
    if labels is None:
        return total
    return f"{total}, {sum(label != IGNORED for label in labels):,} trained"


def plain(parts: Sequence[Span]) -> str:
    """The text with brackets around what is trained.

    >>> plain([Span("Hi", False), Span("Hello", True), Span("</s>", True, special=True)])
    'Hi⟦Hello</s>⟧'
    """
    out = []
    trained = False
    for part in parts:
        if part.trained != trained:
            out.append(OPEN if part.trained else CLOSE)
            trained = part.trained
        out.append(visible(part.text))
    return "".join(out) + (CLOSE if trained else "")


def visible(text: str) -> str:
    """`text` with control characters written as pictures of them.

    >>> visible("a\\x1b[31m")
    'a␛[31m'
    """
    return _CONTROL.sub(lambda found: _picture(ord(found[0])), text)


def _picture(code: int) -> str:
    if code == 0x7F:
        return "␡"
    return chr(0x2400 + code) if code < 0x20 else f"<{code:#x}>"


def _coloured(parts: Sequence[Span]) -> Text:
    from rich.text import Text

    text = Text()
    for part in parts:
        text.append(visible(part.text), STYLES[part.trained, part.special])
    return text


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True, emoji=False)
