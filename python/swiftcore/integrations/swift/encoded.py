"""What became of the rows of a batch: rows, exceptions, or Arrow columns as `datasets` writes them for ms-swift."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from ...batch import EncodedBatch

if TYPE_CHECKING:
    from ..._native import Batch

__all__ = ["Encoded", "Finish", "rows_that_hold"]

Row = dict[str, Any]
# Adds to the rows that a row became what ms-swift adds, given them and the number of the row.
Finish = Callable[[list[Row], int], list[Row]]


class Encoded:
    """What became of the rows of a batch.

    Attributes:
        count: How many rows there were.
        own: The rows that ms-swift encoded, by the number of the row that they came from.
        errors: What the others raised.
        has_more: Whether rows have more than their ids and labels, so that a table would not hold all.
    """

    def __init__(self, count: int, order: Sequence[str], finish: Finish) -> None:
        self.count = count
        self.own: dict[int, list[Row]] = {}
        self.errors: dict[int, Exception] = {}
        self.has_more = False
        self._order = order
        self._finish = finish
        # Batches of the core, each with the numbers of the rows that were put into it.
        self._batches: list[tuple[Batch, Sequence[int]]] = []

    def add_batch(self, batch: Batch, places: Sequence[int]) -> None:
        """Adds rows that the core encoded: `places` says which rows of ours its rows were."""
        self._batches.append((batch, places))

    def rows(self) -> list[list[Row]]:
        """The rows that each row became; none where it raised."""
        found: list[list[Row]] = [[] for _ in range(self.count)]
        for batch, places in self._batches:
            for index, place in enumerate(memoryview(batch.values("row_index"))):
                found[places[place]].append(batch.row(index))
        for place, parts in enumerate(found):
            if parts:
                found[place] = self._finish(parts, place)
        for place, parts in self.own.items():
            found[place] = parts
        return found

    def lengths(self) -> dict[int, list[int]]:
        """How many tokens the sequences of each row have, of rows that did not raise."""
        found: dict[int, list[int]] = {}
        for batch, places in self._batches:
            if "input_ids" not in batch.names or batch.depth("input_ids") != 1:
                return {place: parts[0]["lengths"] for place, parts in enumerate(self.rows()) if parts}
            lengths = memoryview(batch.values("length"))
            for index, place in enumerate(memoryview(batch.values("row_index"))):
                found[places[place]] = [lengths[index]]
        return found | {place: parts[0]["lengths"] for place, parts in self.own.items()}

    def table(self) -> Any:
        """The columns of all rows as a `pyarrow.Table`; None where the rows have others than plain ids and labels."""
        import pyarrow

        tables, places = [], []
        for batch, of_batch in self._batches:
            names = {*batch.names} - {"input_ids", "labels", "loss_scale", "length", "row_index"}
            if names or self.has_more or "input_ids" not in batch.names:
                return None
            tables.append(self._columns(EncodedBatch(batch)))
            places += [of_batch[place] for place in memoryview(batch.values("row_index"))]
        if not tables:
            return None
        for place, parts in self.own.items():
            if any({*part} != {*tables[0].column_names} for part in parts):
                return None
            if parts:
                tables.append(pyarrow.Table.from_pylist(parts, schema=tables[0].schema))
                places += [place] * len(parts)
        table = pyarrow.concat_tables(tables)
        if places != sorted(places):
            table = table.take(sorted(range(len(places)), key=places.__getitem__))
        return table

    def _columns(self, batch: EncodedBatch) -> Any:
        """One batch with the names and types that `datasets` infers from ms-swift's rows."""
        import numpy
        import pyarrow
        from pyarrow import types

        given = pyarrow.table(batch)
        lengths = given["length"].combine_chunks().cast(pyarrow.int64())
        columns = {"length": lengths}
        starts = pyarrow.array(numpy.arange(len(lengths) + 1, dtype=numpy.int32))
        columns["lengths"] = pyarrow.ListArray.from_arrays(starts, lengths)
        for name in ("input_ids", "labels", "loss_scale"):
            if name not in given.column_names:
                continue
            column = given[name].combine_chunks()
            # `datasets` keeps ids in 32 bits, and other integers as Python has them.
            if types.is_floating(column.type.value_type):
                kind = pyarrow.float64()
            else:
                kind = pyarrow.int32() if name == "input_ids" else pyarrow.int64()
            columns[name] = column.cast(pyarrow.list_(kind))
        order = [name for name in self._order if name in columns]
        return pyarrow.table({name: columns[name] for name in order})


def rows_that_hold(batch: EncodedBatch, ids: Collection[int]) -> set[int]:
    """The numbers of the rows, as they were put in, of which a sequence holds one of `ids`."""
    import numpy

    found: set[int] = set()
    for name in batch.column_names:
        if not name.endswith("input_ids"):
            continue
        column = batch[name]
        hits: Any = numpy.flatnonzero(numpy.isin(column.numpy(), list(ids)))
        for offsets in (column.offsets, column.row_offsets):
            if offsets is not None:
                hits = numpy.searchsorted(numpy.asarray(memoryview(offsets)), hits, "right") - 1
        rows = memoryview(batch.row_index)
        found.update(rows[index] for index in set(hits.tolist()))
    return found
