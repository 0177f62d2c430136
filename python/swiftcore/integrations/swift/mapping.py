"""Whole batches of a `datasets` map at once: what ms-swift's preprocessors make of them, row for row.

ms-swift maps a dataset with a method that gets a thousand rows as Python objects, and encodes them one by one in each
of `num_proc` processes. What stands in its place encodes a batch on all cores, in this process, and gives Arrow
columns. Which rows come out, in which order, under which names and types, is the same.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any

from .accelerator import Accelerator
from .encoded import Encoded
from .lengths import fits, with_lengths
from .tables import split_table

__all__ = ["BatchMap"]


class BatchMap:
    """Stands in for `batched_preprocess` of one preprocessor, for a dataset in memory or in Arrow files.

    Pickles to a few bytes, by which `datasets` tells its caches apart: what the template comes down to, not the objects
    that it is made of.
    """

    def __init__(self, preprocessor: Any, accelerator: Accelerator, original: Callable[..., Any]) -> None:
        self._preprocessor = preprocessor
        self._accelerator = accelerator
        self._original = original

    def __reduce__(self) -> tuple[Any, ...]:
        return _Described, (type(self._preprocessor).__name__, *self._accelerator.description())

    def __call__(self, batched_row: Mapping[str, Any], *, strict: bool, ignore_max_length_error: bool) -> Any:
        """The columns of a batch, as the preprocessor gives them."""
        if type(self._preprocessor).__name__ == "AddLengthPreprocessor":
            return self._with_lengths(batched_row, strict, ignore_max_length_error)
        found = self._encoded(batched_row)
        self._report(found, strict, ignore_max_length_error)
        table = found.table() if self._accelerator.original.remove_unused_columns else None
        # `datasets` would give columns that were there before the place and the type that they had.
        if table is None or not table.num_rows or not {*table.column_names}.isdisjoint(batched_row):
            return self._columns(found)
        return table

    def _encoded(self, batched_row: Mapping[str, Any]) -> Encoded:
        table = self._untouched(batched_row)
        if table is not None:
            split = split_table(table, batched_row.formatter, self._accelerator)  # type: ignore[attr-defined]
            if split is not None:
                return self._accelerator.encode_columns(*split)
        return self._accelerator.encode_rows(self._preprocessor.batched_to_rows(dict(batched_row)))

    def _untouched(self, batched_row: Mapping[str, Any]) -> Any:
        """The table of a batch; None where somebody has read rows of it, and perhaps changed them."""
        table = getattr(batched_row, "pa_table", None)
        if table is None or getattr(batched_row, "keys_to_format", None) != {*table.column_names}:
            return None
        return table if self._accelerator.original.remove_unused_columns else None

    def _report(self, found: Encoded, strict: bool, ignore_max_length_error: bool) -> None:
        """Does with rows that raised what ms-swift does with them."""
        preprocessor, peer = self._preprocessor, self._accelerator.peer
        for _, error in sorted(found.errors.items()):
            if strict:
                peer.logger.warning("To avoid errors, you can pass `strict=False`.")
                raise error
            if isinstance(error, peer.max_length_error) and ignore_max_length_error:
                continue
            limit = preprocessor.traceback_limit
            if limit is not None and preprocessor._traceback_counter < limit:
                peer.logger.info("".join(traceback.format_exception(error)))
                peer.logger.warning("There are errors in the dataset, the data will be deleted")
                preprocessor._traceback_counter += 1

    def _columns(self, found: Encoded) -> dict[str, list[Any]]:
        """The columns as lists, where rows differ in what they have."""
        rows = [encoded for given in found.rows() for encoded in given]
        columns: dict[str, list[Any]] = self._preprocessor.rows_to_batched(rows)
        self._preprocessor._remove_prefix_keys(columns, "__#")
        return columns or {"messages": []}

    def _with_lengths(self, batched_row: Mapping[str, Any], strict: bool, ignore_max_length_error: bool) -> Any:
        """The rows themselves, each with its lengths, as `AddLengthPreprocessor` gives them."""

        def tidied(rows: list[Any]) -> dict[str, Any]:
            """What ms-swift checks and tidies of rows, without encoding them again."""
            columns = self._preprocessor.rows_to_batched(rows)
            if not columns:
                return {"messages": []}
            plain = _plain_preprocessor(self._preprocessor)
            given = self._original(plain, columns, strict=strict, ignore_max_length_error=ignore_max_length_error)
            return dict(given)

        table = self._untouched(batched_row)
        if table is not None and fits(table):
            split = split_table(table, batched_row.formatter, self._accelerator)  # type: ignore[attr-defined]
            if split is not None:
                found, row_of = self._accelerator.encode_columns(*split), split[3]
                self._report(found, strict, ignore_max_length_error)

                def tidied_row(place: int) -> dict[str, Any] | None:
                    columns = tidied([row_of(place)])
                    return {name: values[0] for name, values in columns.items()} if columns["messages"] else None

                rows = with_lengths(table, found.lengths(), tidied_row)
                return rows if rows.num_rows else {"messages": []}
        rows = self._preprocessor.batched_to_rows(dict(batched_row))
        found = self._accelerator.encode_rows(rows)
        self._report(found, strict, ignore_max_length_error)
        return tidied([rows[place] | {"lengths": lengths} for place, lengths in sorted(found.lengths().items())])


class _Described:
    """What a pickled `BatchMap` comes back as: it says what that was, and does nothing."""

    def __init__(self, *description: Any) -> None:
        self.description = description


def _plain_preprocessor(preprocessor: Any) -> Any:
    """ms-swift's preprocessor that takes rows as they are, with the counters of `preprocessor`."""
    base = next(cls for cls in type(preprocessor).__mro__ if cls.__name__ == "RowPreprocessor")
    plain: Any = object.__new__(base)
    plain.__dict__ = preprocessor.__dict__
    return plain
