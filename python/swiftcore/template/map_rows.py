"""`Template.map_rows`: a batch of rows in, the encoded batch out, in the shape that it came in; for `datasets.map`.

Arrow goes in and comes out as Arrow. What `datasets` hands a function that asks for no format is a dict that reads from
Arrow; nobody has read from it yet, so the Arrow behind it is taken.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .._near import did_you_mean
from .._warn import warn
from ..batch import EncodedBatch
from ..errors import ArgumentError, BatchError, RowError
from ..integrations.datasets import register
from .fingerprint import fingerprint

if TYPE_CHECKING:
    from .template import Template

__all__ = ["MapMixin", "MapRows"]

# How many of the refused rows a report names.
_NAMED = 20
# After how many refused rows, with none that is not, a map ends.
_HOPELESS = 1000


class MapMixin:
    """The part of `Template` that stands in other people's pipelines."""

    @property
    def map_rows(self) -> MapRows:
        """A function that encodes a batch of rows: for `datasets.Dataset.map`, and whatever else maps over batches.

        It takes an Arrow table and gives one, or a dict of lists and gives one; a `datasets.Dataset` gives Arrow
        in any case. All cores are used in the one call, so that `num_proc` has nothing to add. Rows that cannot be
        encoded are left out, and said once, when the map is done.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
        >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
        >>> template.map_rows({"messages": [talk]})["labels"]
        [[-100, -100, -100, -100, 19923, 3, 1]]

        With datasets, the columns that were there go, and those of the encoding come::

            dataset = dataset.map(template.map_rows, batched=True, remove_columns=dataset.column_names)

        See `MapRows` for its arguments, which `fn_kwargs` hands on.
        """
        register(MapRows)
        return MapRows(self)  # type: ignore[arg-type]

    @property
    def fingerprint(self) -> str:
        """A hash of all that settles what rows become: the template's facts, the tokenizer, the arguments, the code
        of hooks, and the version of swiftcore. It is the same in every process, and wherever the tokenizer lies; the
        code of hooks is told by what a version of Python makes of it.

        >>> import swiftcore
        >>> one, other = (swiftcore.get_template("deepseek", template_type="qwen3", max_length=n) for n in (64, 65))
        >>> again = swiftcore.get_template("deepseek", template_type="qwen3", max_length=64)
        >>> one.fingerprint == again.fingerprint, one.fingerprint == other.fingerprint
        (True, False)
        """
        return fingerprint(self)  # type: ignore[arg-type]


class MapRows:
    """What `Template.map_rows` is.

    >>> import swiftcore, warnings
    >>> encode = swiftcore.get_template("deepseek", template_type="deepseek_v2_5").map_rows
    >>> rows = {"messages": [[{"role": "user", "content": "Hi"}], []], "source": ["a", "b"]}
    >>> encode(rows, keep_columns=["source"])
    {'input_ids': [[0, 128803, 23166, 128804]], 'length': [4], 'source': ['a']}
    >>> encode.refused
    [RowError("row 1, field 'messages': is empty; give at least one message")]
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     del encode
    >>> str(caught[0].message)
    "1 of 2 rows refused and left out, counted as they came: 1; the first: row 1, field 'messages': is empty; \
give at least one message"

    Attributes:
        template: The template that encodes.
        rows: How many rows came.
        refused: The rows that were refused, each as the exception that `Template.encode` would raise. Rows are
            numbered as they came, or by what `datasets.map(with_indices=True)` says.
        deleted: How many rows were left out because they are too long, under `truncation_strategy="delete"`.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self.rows = 0
        self.refused: list[RowError] = []
        self.deleted = 0
        self._is_numbered = True
        self._process = os.getpid()

    def __call__(
        self,
        rows: Any,
        indices: Sequence[int] | int | None = None,
        rank: int | None = None,
        *,
        on_error: Literal["skip", "raise"] = "skip",
        on_untrainable: Literal["keep", "skip", "error"] = "keep",
        keep_columns: Iterable[str] = (),
        num_threads: int | None = None,
    ) -> Any:
        """Encodes a batch.

        Args:
            rows: A table, as `pyarrow` or Polars has it, or a dict of lists: columns by their names.
            indices: The numbers of the rows, for what is said of those that are refused; from `with_indices`.
            rank: Makes no difference; from `with_rank`, which alone comes in place of the indices.
            on_error: `skip` leaves refused rows out; `raise` raises the error of the first.
            on_untrainable: What becomes of a row without a token to train on, in training: `keep` it, `skip`
                it, or refuse it as an `error`.
            keep_columns: The columns that go along, of the rows that were not refused; `*` for all.
            num_threads: How many threads; None for `SWIFTCORE_NUM_THREADS`, else one a core.

        Returns:
            `pyarrow.Table` for a table: lists of int32 as `input_ids` and, in training, `labels`; lists of float32
            as `loss_scale` where there are weights; `length`. In other modes and tasks the columns of `encode_batch`.
            A dict of lists for a dict.

        Raises:
            RowError: A row was refused under `on_error="raise"`.
            BatchError: All rows of the batches before were refused, 1,000 or more.
            ArgumentError: An argument makes no sense, or `rows` is not a batch.
        """
        if self.rows >= _HOPELESS and len(self.refused) == self.rows:
            self._give_up()
        if on_error not in ("skip", "raise"):
            text = f"argument 'on_error': {on_error!r} is unknown; give 'skip' or 'raise'"
            raise ArgumentError(text, argument="on_error")
        numbers = indices if isinstance(indices, Sequence) else None
        rows = _arrow_behind(rows)
        is_table = not isinstance(rows, Mapping)
        if is_table:
            rows = given = _as_table(rows)
            names = rows.column_names
        else:
            names, given = _columns(rows)
        kept = _kept(keep_columns, names)
        batch = self.template.encode_batch(
            given, on_error="ignore", on_untrainable=on_untrainable, num_threads=num_threads
        )
        refused = [_numbered(error, self.rows, numbers) for error in batch.refused]
        if refused and on_error == "raise":
            raise refused[0]
        self.refused += refused
        self.deleted += batch.deleted
        self.rows += len(given)
        self._is_numbered &= numbers is not None
        if kept is None:  # all but those that the batch has itself
            kept = [name for name in names if name not in batch.column_names]
        return _table(batch, rows, kept) if is_table else _lists(batch, rows, kept)

    def _give_up(self) -> None:
        """Raise `BatchError` before another batch, unless rows are only too long: they may be sorted by length."""
        refused = self.refused
        if any(error.kind == "too_long" for error in refused):
            return
        self.refused = []  # reported here
        text = f"all of the first {len(refused):,} rows are refused, and no more are read; the first: {refused[0]}"
        raise BatchError(text, refused=refused) from refused[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return MapRows, (self.template,)

    def __del__(self) -> None:
        # The end of a map is known only by this: nobody holds on to the function any longer.
        if self.__dict__.get("_process") != os.getpid():
            return
        if self.refused:
            warn(_report(self.refused, self.rows, self._is_numbered))
        if self.deleted:
            limit = self.template.max_length
            warn(f"{self.deleted:,} of {self.rows:,} rows deleted: they are longer than max_length {limit}")

    def __repr__(self) -> str:
        return f"MapRows({self.template!r})"


def _kept(keep_columns: Any, names: list[str]) -> list[str] | None:
    """Return the columns to keep; None for all.

    Raises:
        ArgumentError: There is no such column; the message names the most similar one.
    """
    kept = [keep_columns] if isinstance(keep_columns, str) else list(keep_columns)
    if "*" in kept and "*" not in names:
        return None
    for name in kept:
        if name not in names:
            hint = did_you_mean(name, names, n=1) or f"the rows have {', '.join(names)}"
            text = f"argument 'keep_columns': there is no column {name!r}; {hint}"
            raise ArgumentError(text, argument="keep_columns")
    return kept


def _arrow_behind(rows: Any) -> Any:
    """The Arrow table behind a dict of `datasets` that nobody has read from or written to; else what was given."""
    table = getattr(rows, "pa_table", None)
    if table is None or not isinstance(rows, Mapping):
        return rows
    if not type(rows).__name__.endswith("Batch"):
        raise _is_one_row()
    unread = getattr(rows, "keys_to_format", None) == set(rows.keys()) == set(table.column_names)
    return table if unread and not any(_is_opened(rows, name) for name in table.column_names) else rows


def _is_opened(rows: Any, name: str) -> bool:
    """Whether a column is another thing in Arrow than what it reads as, such as an image; JSON is read either way."""
    decodes = getattr(getattr(rows.formatter, "features", None), "_column_requires_decoding", None) or {}
    return bool(decodes.get(name)) and "arrow.json" not in str(rows.pa_table.schema.field(name).type)


def _as_table(rows: Any) -> Any:
    import pyarrow

    if isinstance(rows, pyarrow.Table):
        return rows
    if not hasattr(rows, "__arrow_c_stream__") and not hasattr(rows, "__arrow_c_array__"):
        text = f"argument 'rows': is {type(rows).__name__}; give an Arrow table, or a dict of lists, columns by name"
        raise ArgumentError(text, argument="rows")
    return pyarrow.table(rows)


def _columns(columns: Mapping[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of a dict of lists, and its rows."""
    names = list(columns)
    values = [_unwrapped(columns[name]) for name in names]
    lengths = {}
    for name, value in zip(names, values, strict=True):
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__"):
            raise _is_one_row()
        lengths[name] = len(value)
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        text = f"argument 'rows': its columns are of different lengths: {listed}; give as many values in each"
        raise ArgumentError(text, argument="rows")
    if "messages" in names and any(isinstance(one, Mapping) for one in values[names.index("messages")]):
        raise _is_one_row()
    return names, [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _unwrapped(value: Any) -> Any:
    """Lists for the arrays of NumPy, at any depth."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
        return [_unwrapped(one) for one in value] if isinstance(value, list) else value
    return value


def _is_one_row() -> ArgumentError:
    text = "argument 'rows': is one row, not a batch; give a dict of lists, as `datasets.map(batched=True)` does"
    return ArgumentError(text, argument="rows")


def _numbered(error: RowError, before: int, indices: Sequence[int] | None) -> RowError:
    """The error of a row of a batch, as that of a row of all rows."""
    if error.row is None:
        return error
    return error.at_row(before + error.row if indices is None else indices[error.row])


def _table(batch: EncodedBatch, given: Any, kept: list[str]) -> Any:
    """The columns as `datasets` and Parquet have them: lists with offsets of 32 bits, where these suffice."""
    import pyarrow

    table = pyarrow.table(batch)
    rows = table["row_index"]
    table = table.drop_columns(["row_index"])
    for name, values in _beside(batch).items():
        table = _with(table, name, pyarrow.array(values))
    fields = [pyarrow.field(one.name, _short(pyarrow, one.type)) for one in table.schema]
    if table.nbytes < 1 << 32:  # then no column has 2**31 values
        table = table.cast(pyarrow.schema(fields))
    if kept:
        beside = given.select(kept).take(rows)
        for name in kept:
            table = _with(table, name, beside[name])
    return table


def _with(table: Any, name: str, values: Any) -> Any:
    at = table.schema.get_field_index(name)
    return table.append_column(name, values) if at < 0 else table.set_column(at, name, values)


def _short(pyarrow: Any, kind: Any) -> Any:
    """A type of Arrow with lists in place of large ones."""
    if not (pyarrow.types.is_large_list(kind) or pyarrow.types.is_list(kind)):
        return kind
    return pyarrow.list_(_short(pyarrow, kind.value_type))


def _lists(batch: EncodedBatch, given: Mapping[str, Any], kept: list[str]) -> dict[str, list[Any]]:
    made = {name: [_plain(value) for value in batch[name]] for name in batch.column_names if name != "row_index"}
    rows = memoryview(batch.row_index)
    return made | _beside(batch) | {name: [given[name][row] for row in rows] for name in kept}


def _beside(batch: EncodedBatch) -> dict[str, list[Any]]:
    """What hooks gave that is in none of the columns, by name; None where a row has none."""
    extras = [batch._extras.get(row, {}) for row in memoryview(batch.row_index)] if batch._extras else []
    return {name: [_unwrapped(extra.get(name)) for extra in extras] for extra in extras for name in extra}


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return value.tolist()
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _report(refused: list[RowError], rows: int, is_numbered: bool) -> str:
    place = " to this process" if _is_worker() else ""
    counted = "" if is_numbered else f", counted as they came{place}"
    numbers = ", ".join(str(error.row) for error in refused[:_NAMED])
    more = f" and {len(refused) - _NAMED:,} more" if len(refused) > _NAMED else ""
    return f"{len(refused):,} of {rows:,} rows refused and left out{counted}: {numbers}{more}; the first: {refused[0]}"


def _is_worker() -> bool:
    """Whether this is a process of a pool: Python's own, or the one that `datasets` uses."""
    pools = (sys.modules.get(f"{name}.process") for name in ("multiprocessing", "multiprocess"))
    return any(pool is not None and pool.parent_process() is not None for pool in pools)
