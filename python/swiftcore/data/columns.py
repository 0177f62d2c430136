"""Rows that come as columns: whatever exports a table through the Arrow PyCapsule interface."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["columns_of", "rows_of_columns"]

# Fields of a row that a column may keep as JSON text.
_AS_TEXT = (
    "messages",
    "rejected_messages",
    "positive_messages",
    "negative_messages",
    "chat_template_kwargs",
    "objects",
)


def columns_of(rows: Any) -> Any | None:
    """What exports `rows` through the Arrow interface: itself, or a `datasets.Dataset`'s table.

    None where they are no columns, or where a dataset makes its rows as they are asked for (`set_transform`).
    """
    if isinstance(rows, list | tuple | dict):
        return None
    if hasattr(rows, "__arrow_c_stream__") or hasattr(rows, "__arrow_c_array__"):
        return rows
    # A dataset of the `datasets` library, which need not be imported to have one.
    if not (hasattr(rows, "with_format") and hasattr(rows, "data") and hasattr(rows, "column_names")):
        return None
    chosen = rows.format
    if chosen["type"] == "custom":
        return None
    return rows.with_format("arrow", columns=chosen["columns"])[:]


def rows_of_columns(columns: Any) -> list[dict[str, Any]]:
    """The rows of a table as dicts, for what must see them one by one: JSON text is opened, padding left out."""
    import pyarrow

    return [_opened(row) for row in pyarrow.table(columns).to_pylist()]


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    for name in _AS_TEXT:
        if row.get(name) is None:
            row.pop(name, None)
            continue
        value = _parsed(row[name])
        row[name] = [_message(one) for one in value] if isinstance(value, list) else value
    return row


def _message(value: Any) -> Any:
    """A message, or a list of them, without the nulls that only fill a struct's fields."""
    value = _parsed(value)
    if isinstance(value, list):
        return [_message(one) for one in value]
    if isinstance(value, dict):
        return {name: field for name, field in value.items() if field is not None or name == "content"}
    return value


def _parsed(value: Any) -> Any:
    """What JSON text says; anything else, and text that is no JSON, as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
