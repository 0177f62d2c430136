"""Warnings about rows that are encoded all the same, such as a key that is not understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ._warn import warn

__all__ = ["DataWarning", "RowWarning", "unused_columns", "warn_of_row", "warn_once"]

# One sentence for each kind; `{rows}` is what follows the words about the row, such as " in 3 rows".
_SENTENCES = {
    "unknown_key": "{field}: unknown key, ignored{rows}",
    "unused_column": "{field}: this column is not used{rows}",
    "unused_reasoning": "{field}: the template has no place for reasoning, which was left out{rows}",
    "control_token": "{field}: the text of a message has this control token, and it was encoded as one{rows}",
    "lost_terminator": "{field}: truncation removed the token that ends the last turn{rows}",
    "ambiguous_content": "{field}: a column of JSON holds token ids or null here; a text such as '[1, 2]' would look "
    "the same; it was not taken for text{rows}",
}

# What this process has warned about.
_WARNED: set[tuple[str, str]] = set()


class DataWarning(UserWarning):
    """The category of warnings about rows.

    >>> import warnings
    >>> warnings.filterwarnings("ignore", category=DataWarning)
    """


@dataclass(frozen=True)
class RowWarning:
    """Something found in rows that were encoded all the same.

    >>> print(RowWarning("unknown_key", "messages[].wieght", rows=3, first_row=17, hint="weight"))
    messages[].wieght: unknown key, ignored in 3 rows (first: row 17); did you mean 'weight'?

    Attributes:
        kind: A short stable name to compare with: `unknown_key`, `unused_column`, `unused_reasoning`, `control_token`,
            `lost_terminator` or `ambiguous_content`.
        field: The key with its place in the row, or the text of a token. `(others)` counts all fields of this kind
            beyond the first 64; a row counts there once for each of them.
        rows: The number of rows that have it.
        first_row: The index of the first of them; None for a lone row.
        hint: The known key that is most similar, if one is.
    """

    kind: str
    field: str
    rows: int = 1
    first_row: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        rows = ""
        if self.first_row is not None:
            rows = f" in {self.rows:,} row{'s' if self.rows > 1 else ''} (first: row {self.first_row:,})"
        sentence = _SENTENCES.get(self.kind, "{field}: " + self.kind.replace("_", " ") + "{rows}")
        hint = f"; did you mean {self.hint!r}?" if self.hint else ""
        return sentence.format(field=self.field, rows=rows) + hint


def warn_once(found: Iterable[RowWarning]) -> None:
    """Issue a `DataWarning` for each kind and field that this process has not warned about.

    Unused columns are ordinary, so there is no warning about them.

    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     for _ in range(2):
    ...         warn_once([RowWarning("unknown_key", "messages[].spekaer")])
    >>> [str(one.message) for one in caught]
    ['messages[].spekaer: unknown key, ignored']
    """
    for one in found:
        if one.kind != "unused_column" and (one.kind, one.field) not in _WARNED:
            _WARNED.add((one.kind, one.field))
            warn(str(one), DataWarning)


def warn_of_row(found: Iterable[RowWarning]) -> None:
    """Issue the warnings about a single row, which has no index."""
    warn_once(RowWarning(one.kind, one.field, hint=one.hint) for one in found)


def unused_columns(found: Iterable[RowWarning]) -> str:
    """Return one sentence that lists the unused columns; empty if there are none.

    >>> unused_columns([RowWarning("unused_column", name, rows=2, first_row=0) for name in ("id", "source")])
    'columns that are not used: id, source'
    """
    names = [one.field for one in found if one.kind == "unused_column"]
    return f"columns that are not used: {', '.join(names)}" if names else ""
