"""A batch of encoded rows: flat columns, read as NumPy, torch or Arrow without a copy, or row by row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from ._native import Batch, Buffer
    from .errors import RowError
    from .row_warnings import RowWarning

__all__ = ["Column", "EncodedBatch"]


class Column:
    """One column of a batch: the values of all rows after one another, and which of them are a row's.

    A column of lists, such as `input_ids`, has `offsets`: row `i` is `values[offsets[i]:offsets[i + 1]]`. A column of
    scalars, such as `length`, has one value a row. Where rows hold several sequences (`negative_input_ids`), sequence
    `j` is `values[offsets[j]:offsets[j + 1]]`, and row `i` has those from `row_offsets[i]` to `row_offsets[i + 1]`.

    Ids, labels and lengths are int32, weights, margins and numbers float32, `label` is bool; offsets are int64. The
    memory is shared and read-only.

    >>> import swiftcore
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
    >>> batch = template.encode_batch([{"messages": [{"role": "user", "content": "Hi"}]}] * 2)
    >>> column = batch["input_ids"]
    >>> len(column), column[1].tolist(), memoryview(column.offsets).tolist()
    (2, [0, 128803, 23166, 128804], [0, 4, 8])
    >>> list(batch["length"])
    [4, 4]
    """

    __slots__ = ("_batch", "_depth", "_offsets", "_row_offsets", "_valid", "_values", "name")

    def __init__(self, batch: Batch, name: str) -> None:
        self._batch = batch
        self.name = name
        self._depth = batch.depth(name)
        self._values = memoryview(batch.values(name))
        self._offsets = _view(batch.offsets(name))
        self._row_offsets = _view(batch.row_offsets(name))
        self._valid = _view(batch.validity(name))

    @property
    def values(self) -> Buffer:
        """All values, flat; an object with the buffer protocol."""
        return self._batch.values(self.name)

    @property
    def offsets(self) -> Buffer | None:
        """Where each list begins, and the last one ends; an object with the buffer protocol. None for scalars."""
        return self._batch.offsets(self.name)

    @property
    def row_offsets(self) -> Buffer | None:
        """Which lists are a row's, where rows have several; an object with the buffer protocol. None elsewhere."""
        return self._batch.row_offsets(self.name)

    @property
    def validity(self) -> Buffer | None:
        """Whether each row has a value, a bool each; None where all have.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="kto")
        >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
        >>> rows = [{"messages": talk, "label": True}, {"messages": talk, "label": False, "rejected_response": "No"}]
        >>> column = template.encode_batch(rows)["rejected_input_ids"]
        >>> memoryview(column.validity).tolist(), column[0]
        ([False, True], None)
        """
        return self._batch.validity(self.name)

    def __len__(self) -> int:
        return len(self._batch)

    def __getitem__(self, index: int) -> Any:
        """What row `index` has: a `memoryview`, a number, or a list of memoryviews; None where it has nothing."""
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"row {index} of {count}")
        index %= count
        if self._valid is not None and not self._valid[index]:
            return None
        if self._offsets is None:
            return self._values[index]
        if self._row_offsets is None:
            return self._list(index)
        return [self._list(one) for one in range(self._row_offsets[index], self._row_offsets[index + 1])]

    def _list(self, index: int) -> memoryview:
        offsets = self._offsets
        assert offsets is not None  # only lists are asked for
        return self._values[offsets[index] : offsets[index + 1]]

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def numpy(self) -> Any:
        """The flat values as a read-only `numpy.ndarray` that shares their memory."""
        import numpy

        return numpy.asarray(self._values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        return numpy.array(self._values, dtype=dtype, copy=copy)

    def torch(self, dtype: Any = None) -> Any:
        """The flat values as a `torch.Tensor` that shares their memory; do not write to it.

        Labels that are integers come as int64, because `torch.nn.functional.cross_entropy` refuses int32: that is
        a copy, and `dtype=torch.int32` avoids it.
        """
        import torch

        with warnings.catch_warnings():
            # The memory is read-only, which torch cannot express.
            warnings.simplefilter("ignore", UserWarning)
            shared = torch.from_numpy(self.numpy())
        if dtype is None and self.name.endswith("labels") and self._values.format == "i":
            dtype = torch.int64
        return shared if dtype is None else shared.to(dtype)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._batch.arrow_column(self.name, requested_schema)

    def __repr__(self) -> str:
        return f"Column({self.name!r}, {len(self)} rows, {len(self._values)} values)"


def _view(buffer: Buffer | None) -> memoryview | None:
    return None if buffer is None else memoryview(buffer)


class EncodedBatch:
    """Encoded rows, as columns and as rows.

    `batch["input_ids"]` is a `Column`, `batch[0]` the dict that `Template.encode` gives for that row, but that
    `loss_scale` went through float32. Rows that were refused are in `refused` and nowhere else; `row_index`
    says which input row each row came from. Which columns there are, the template's mode and task settle; see
    `column_names`. Reads as Arrow: `pyarrow.table(batch)`, `polars.DataFrame(batch)`.

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
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    @overload
    def __getitem__(self, index: str) -> Column: ...

    def __getitem__(self, index: int | slice | str) -> dict[str, Any] | list[dict[str, Any]] | Column:
        if isinstance(index, str):
            if index not in self.column_names:
                raise KeyError(f"{index!r}; this batch has the columns {', '.join(self.column_names)}")
            return Column(self._native, index)
        if isinstance(index, slice):
            return [self._row(i) for i in range(*index.indices(len(self)))]
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"row {index} of {count}")
        return self._row(index % count)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self._row(index) for index in range(len(self)))

    @property
    def column_names(self) -> list[str]:
        """The names of all columns: those of each side, those of the whole row, then `row_index`.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="rlhf")
        >>> template.encode_batch([]).column_names[:3]
        ['chosen_input_ids', 'chosen_labels', 'chosen_length']
        """
        return [*self._native.names, "row_index"]

    @property
    def row_index(self) -> Buffer:
        """Which input row each row came from, int64; an object with the buffer protocol."""
        return self._native.values("row_index")

    @property
    def length(self) -> Buffer:
        """How many tokens each row has on all its sides, int32; an object with the buffer protocol."""
        return self._native.lengths()

    @cached_property
    def refused(self) -> list[RowError]:
        """The rows that were refused, in order, each as the exception that `Template.encode` would raise."""
        return self._native.refused()

    @property
    def untrainable(self) -> int:
        """How many rows have no token to train on, in training; whether they were kept or not.

        Under `truncation_strategy="split"` each part of a row counts.
        """
        return self._native.untrainable

    @property
    def deleted(self) -> int:
        """How many rows were left out because they are too long, under `truncation_strategy="delete"`.

        >>> import swiftcore
        >>> template = swiftcore.get_template(
        ...     "deepseek", template_type="deepseek_v2_5", max_length=4, truncation_strategy="delete"
        ... )
        >>> rows = [{"messages": [{"role": "user", "content": text}]} for text in ("Hi", "Good morning to you")]
        >>> batch = template.encode_batch(rows)
        >>> len(batch), batch.deleted, len(batch.refused)
        (1, 1, 0)
        """
        return self._native.deleted

    @cached_property
    def warnings(self) -> list[RowWarning]:
        """The warnings about rows that were encoded all the same: one for each kind and field, with counts.

        >>> import warnings; warnings.simplefilter("ignore")
        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> row = {"messages": [{"role": "user", "content": "Hi", "wieght": 1}], "source": "chat"}
        >>> for warning in template.encode_batch([row] * 2).warnings:
        ...     print(warning)
        messages[].wieght: unknown key, ignored in 2 rows (first: row 0); did you mean 'weight'?
        source: this column is not used in 2 rows (first: row 0)
        """
        return self._native.warnings

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._native.__arrow_c_array__(requested_schema)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        refused = f", {self._native.refused_count} refused" if self._native.refused_count else ""
        return f"EncodedBatch({len(self)} rows{refused}, columns {', '.join(self.column_names)})"
