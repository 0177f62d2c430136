"""A batch of encoded rows: flat columns, read as NumPy, torch or Arrow without a copy, or row by row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from ._native import Batch, Buffer
    from .errors import RowError

__all__ = ["Column", "EncodedBatch"]


class Column:
    """One ragged column of a batch: `values` of all rows after one another, and where each row begins.

    `input_ids` and `labels` are int32, `loss_scale` float32; offsets are int64, one more than there are rows.
    The memory is shared and read-only.

    >>> import swiftcore
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
    >>> batch = template.encode_batch([{"messages": [{"role": "user", "content": "Hi"}]}] * 2)
    >>> column = batch["input_ids"]
    >>> len(column), column[1].tolist(), memoryview(column.offsets).tolist()
    (2, [0, 128803, 23166, 128804], [0, 4, 8])
    """

    __slots__ = ("_batch", "_offsets", "_values", "name")

    def __init__(self, batch: Batch, name: str) -> None:
        self._batch = batch
        self.name = name
        self._values = memoryview(batch.values(name))
        self._offsets = memoryview(batch.offsets())

    @property
    def values(self) -> Buffer:
        """All values, flat; an object with the buffer protocol."""
        return self._batch.values(self.name)

    @property
    def offsets(self) -> Buffer:
        """Row `i` is `values[offsets[i]:offsets[i + 1]]`; an object with the buffer protocol."""
        return self._batch.offsets()

    def __len__(self) -> int:
        return len(self._batch)

    def __getitem__(self, index: int) -> memoryview:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"row {index} of {count}")
        index %= count
        return self._values[self._offsets[index] : self._offsets[index + 1]]

    def __iter__(self) -> Iterator[memoryview]:
        return (self[index] for index in range(len(self)))

    def numpy(self) -> Any:
        """The flat values as a read-only `numpy.ndarray` that shares their memory; int32 or float32."""
        import numpy

        return numpy.asarray(self._values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        return numpy.array(self._values, dtype=dtype, copy=copy)

    def torch(self, dtype: Any = None) -> Any:
        """The flat values as a `torch.Tensor` that shares their memory; do not write to it.

        `labels` come as int64, because `torch.nn.functional.cross_entropy` refuses int32: that is a copy,
        and `dtype=torch.int32` avoids it.
        """
        import torch

        with warnings.catch_warnings():
            # The memory is read-only, which torch cannot express.
            warnings.simplefilter("ignore", UserWarning)
            shared = torch.from_numpy(self.numpy())
        if dtype is None and self.name == "labels":
            dtype = torch.int64
        return shared if dtype is None else shared.to(dtype)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._batch.arrow_column(self.name, requested_schema)

    def __repr__(self) -> str:
        return f"Column({self.name!r}, {len(self)} rows, {len(self._values)} values)"


class EncodedBatch:
    """Encoded rows, as columns and as rows.

    `batch["input_ids"]` is a `Column`, `batch[0]` the dict that `Template.encode` gives for that row, but that
    `loss_scale` went through float32. Rows that were refused are in `refused` and nowhere else; `row_index`
    says which input row each row came from. Reads as Arrow: `pyarrow.table(batch)`, `polars.DataFrame(batch)`.

    >>> import swiftcore
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
    >>> good = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
    >>> import warnings; warnings.simplefilter("ignore")
    >>> batch = template.encode_batch([good, {"messages": []}, good])
    >>> len(batch), memoryview(batch.row_index).tolist(), batch.column_names
    (2, [0, 2], ['input_ids', 'labels', 'length', 'row_index'])
    >>> print(batch.refused[0])
    row 1, field 'messages': is empty; give at least one message
    """

    def __init__(self, native: Batch, extras: dict[int, dict[str, Any]] | None = None) -> None:
        self._native = native
        # By input row: what hooks of a template gave beside the columns.
        self._extras = extras or {}

    def _row(self, index: int) -> dict[str, Any]:
        row = self._native.row(index)
        if self._extras:
            row |= self._extras.get(memoryview(self.row_index)[index], {})
        return row

    # No `Sequence`: Polars would read one row by row, and not as Arrow.
    def __len__(self) -> int:
        return len(self._native)

    @overload
    def __getitem__(self, index: int) -> dict[str, list[Any]]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, list[Any]]]: ...
    @overload
    def __getitem__(self, index: str) -> Column: ...

    def __getitem__(self, index: int | slice | str) -> dict[str, list[Any]] | list[dict[str, list[Any]]] | Column:
        if isinstance(index, str):
            if index not in self._native.ragged:
                raise KeyError(f"{index!r}; this batch has the columns {', '.join(self._native.ragged)}")
            return Column(self._native, index)
        if isinstance(index, slice):
            return [self._row(i) for i in range(*index.indices(len(self)))]
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"row {index} of {count}")
        return self._row(index % count)

    def __iter__(self) -> Iterator[dict[str, list[Any]]]:
        return (self._row(index) for index in range(len(self)))

    @property
    def column_names(self) -> list[str]:
        """The names of all columns: the ragged ones, then `length` and `row_index`."""
        return [*self._native.ragged, "length", "row_index"]

    @property
    def row_index(self) -> Buffer:
        """Which input row each row came from, int64; an object with the buffer protocol."""
        return self._native.values("row_index")

    @property
    def length(self) -> Buffer:
        """How many tokens each row has, int32; an object with the buffer protocol."""
        return self._native.values("length")

    @cached_property
    def refused(self) -> list[RowError]:
        """The rows that were refused, in order, each as the exception that `Template.encode` would raise."""
        return self._native.refused()

    @property
    def untrainable(self) -> int:
        """How many rows have no token to train on, in training; whether they were kept or not."""
        return self._native.untrainable

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._native.__arrow_c_array__(requested_schema)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        refused = f", {self._native.refused_count} refused" if self._native.refused_count else ""
        return f"EncodedBatch({len(self)} rows{refused}, columns {', '.join(self.column_names)})"
