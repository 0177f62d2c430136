"""The calls of `Template` that turn rows into ids and labels: one row, many rows, and the two halves of one row.

Each takes what people have, a dict, an object or a table, and hands it to the native encoder; templates with hooks go
row by row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

from .. import _native
from .._counts import MAX_THREADS, check_count
from .._warn import warn
from ..batch import EncodedBatch
from ..data.columns import columns_of, rows_of_columns
from ..errors import ArgumentError, BatchError
from ..row_warnings import warn_once
from . import row_by_row
from .inputs import StdTemplateInputs, TemplateInputs, chosen_inputs

if TYPE_CHECKING:
    from ..tokenizer.processor import Loaded
    from .template import Template

__all__ = ["EncodeMixin"]


class EncodeMixin:
    """The part of `Template` that encodes."""

    if TYPE_CHECKING:
        _is_hooked: bool
        _loaded: Loaded
        _encoder: _native.Encoder

        def _current(self) -> _native.Encoder: ...

    def encode(
        self,
        inputs: Mapping[str, Any] | Any,
        return_template_inputs: bool = False,
        return_length: bool = False,
    ) -> Any:
        """Encodes one row.

        The row is a dict with `messages`, or an object with such an attribute. The result is a dict of lists:
        `input_ids`; in training `labels`, -100 where a token is not trained, and `loss_scale` where the loss
        scale gives weights; `lengths` where asked for; `channel` where the row has one. Under
        `truncation_strategy="split"` a row that is too long gives a list of such dicts.

        In the modes `rlhf` and `kto` the keys have a side in front, `chosen_input_ids` and `rejected_input_ids`, each
        side has its length, and `margin` and `label` go along; other tasks have keys of their own. They are ms-swift's.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="rlhf")
        >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
        >>> pair = template.encode({"messages": talk, "rejected_response": "Go away.", "margin": 0.5})
        >>> list(pair)
        ['chosen_input_ids', 'chosen_labels', 'chosen_length', 'rejected_input_ids', 'rejected_labels', \
'rejected_length', 'margin']

        Raises:
            RowError: The row cannot be encoded; it names the message and the field.
            MaxLengthError: The row is too long under `truncation_strategy="raise"` or `"delete"`: a single row cannot
                be left out.
        """
        # A plain dict is told at once; asking the abstract class costs more than a short row.
        row: Any = inputs if type(inputs) is dict or isinstance(inputs, Mapping) else _row_of(inputs)
        encoded: list[dict[str, Any]]
        if self._is_hooked:
            row_by_row.warn_once(cast("Template", self))
            encoded, row = row_by_row.encode_row(cast("Template", self), row)
            channel = row.channel
        else:
            # Asked here already: a call costs as much as some of what a short row needs.
            encoder = self._current() if self._loaded.may_grow else self._encoder
            encoded = encoder.encode(row)
            channel = row.get("channel")
        if channel is not None or return_length or return_template_inputs:
            for result in encoded:
                if channel is not None:
                    result["channel"] = channel
                if return_length:
                    _add_lengths(result)
                if return_template_inputs:
                    result["template_inputs"] = row if self._is_hooked else chosen_inputs(row)
        return encoded[0] if len(encoded) == 1 else encoded

    def encode_batch(
        self,
        rows: Iterable[Mapping[str, Any]] | Any,
        *,
        on_error: Literal["skip", "ignore", "raise"] = "skip",
        on_untrainable: Literal["keep", "skip", "error"] = "keep",
        num_threads: int | None = None,
        loss_scale_dtype: Literal["float32", "float64"] = "float32",
    ) -> EncodedBatch:
        """Encodes many rows on all cores, without the GIL, into one batch of columns.

        A row that cannot be encoded is set aside in `EncodedBatch.refused`, and every other row comes out. Under
        `truncation_strategy="delete"` rows longer than `max_length` are left out and counted in `EncodedBatch.deleted`.

        Rows that are columns already are read where they are, without a Python object a row: a `pyarrow.Table`, a
        `datasets.Dataset`, a Polars frame, anything with the Arrow PyCapsule interface. What a dict has as a list or an
        object, such columns may have as JSON text: `messages`, or each message of a list, `tools`,
        `chat_template_kwargs`.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
        >>> row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
        >>> template.encode_batch([row] * 3)
        EncodedBatch(3 rows, columns input_ids, labels, length, row_index)
        >>> import pyarrow, json
        >>> table = pyarrow.table({"messages": [row["messages"]] * 2})
        >>> as_text = pyarrow.table({"messages": [json.dumps(row["messages"])] * 2})
        >>> template.encode_batch(table)[1] == template.encode_batch(as_text)[1] == template.encode(row)
        True

        Args:
            rows: The rows, each as `encode` takes it, or a table of them.
            on_error: What becomes of refused rows: `skip` sets them aside and warns, `ignore` sets them aside, and
                `raise` raises, with the batch of all others attached.
            on_untrainable: What becomes of a row without a token to train on, in training: `keep` it, `skip`
                it, or refuse it as an `error`. They are counted in any case.
            num_threads: How many threads; None for `SWIFTCORE_NUM_THREADS`, else one a core.
            loss_scale_dtype: The type of the columns of weights. `encode` gives what `float64` holds.

        Raises:
            BatchError: Rows were refused under `on_error="raise"`.
            ArgumentError: An argument makes no sense.
        """
        _check_choice("on_error", on_error, ("skip", "ignore", "raise"))
        _check_choice("on_untrainable", on_untrainable, ("keep", "skip", "error"))
        _check_choice("loss_scale_dtype", loss_scale_dtype, ("float32", "float64"))
        check_count("num_threads", num_threads, MAX_THREADS, "one a core")
        if self._is_hooked:
            batch = self._encode_one_by_one(rows, on_untrainable, loss_scale_dtype == "float64")
        else:
            encoder, columns = self._current(), columns_of(rows)
            encode = encoder.encode_batch if columns is None else encoder.encode_table
            rows = _rows_of(rows) if columns is None else rows
            native = encode(
                rows if columns is None else columns,
                on_untrainable=on_untrainable,
                num_threads=num_threads,
                wide_loss_scale=loss_scale_dtype == "float64",
            )
            batch = EncodedBatch(native, _channels(rows, columns))
        if batch.warnings:
            warn_once(batch.warnings)
        if batch._native.refused_count and on_error != "ignore":
            _report(batch, on_error)
        return batch

    def _encode_one_by_one(self, rows: Any, on_untrainable: str, wide_loss_scale: bool) -> EncodedBatch:
        """A batch through the hooks."""
        row_by_row.warn_once(cast("Template", self))
        encoder = self._current()
        columns = columns_of(rows)
        rows = _rows_of(rows) if columns is None else rows_of_columns(columns)
        if not isinstance(rows, list):
            return EncodedBatch(encoder.encode_batch(rows))  # which says what is wrong with it
        found, extras = row_by_row.encode_rows(cast("Template", self), rows, encoder.columns)
        native = encoder.collect(found, on_untrainable=on_untrainable, wide_loss_scale=wide_loss_scale)
        for index, channel in _channels(rows, None).items():
            extras[index] = {**channel, **extras.get(index, {})}
        return EncodedBatch(native, extras)

    def _job_encoder(self) -> _native.Encoder:
        """What encodes the rows of files."""
        if not self._is_hooked:
            return self._current()
        row_by_row.warn_once(cast("Template", self))
        return self._current().with_hook(row_by_row.file_encoder(cast("Template", self)))

    def render(self, inputs: Mapping[str, Any] | Any) -> list[_native.Segment]:
        """Render one row: the runs of text and ids that `encode_segments` encodes, each with its weight.

        In training, tokens with a label have a weight above 0. So the token that ends a turn may be a run of its own.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
        >>> row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}
        >>> for segment in template.render(row):
        ...     print(segment.weight, segment.text)
        0.0 <｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>
        1.0 Ho<｜end▁of▁sentence｜>

        Raises:
            RowError: The template cannot render the row.
        """
        row = inputs if isinstance(inputs, Mapping) else _row_of(inputs)
        if self._is_hooked:
            segments = row_by_row.render_row(cast("Template", self), row)
        else:
            segments = self._current().render(row)
        return self._current().weigh_terminators(segments)

    def encode_segments(self, segments: list[_native.Segment]) -> dict[str, list[Any]]:
        """Encodes rendered segments, without truncation: the second half of `encode`.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.encode_segments([swiftcore.Segment(text="Hi"), swiftcore.Segment(ids=[1])])
        {'input_ids': [23166, 1]}

        Raises:
            RowError: No token comes out.
        """
        return self._current().encode_segments(segments)


def _add_lengths(encoded: dict[str, Any]) -> None:
    """Adds how many tokens each sequence of a row has, in the order of its sides, as ms-swift does."""
    lengths = []
    for name, value in encoded.items():
        if name.endswith("input_ids"):
            lengths += [len(one) for one in value] if value and isinstance(value[0], list) else [len(value)]
    if "input_ids" in encoded:
        encoded["length"] = lengths if isinstance(encoded["input_ids"][0], list) else lengths[0]
    encoded["lengths"] = lengths


def _row_of(inputs: Any) -> Any:
    """An object such as a request: its attributes as a row. Anything else as it is."""
    if isinstance(inputs, StdTemplateInputs | TemplateInputs):
        return inputs.to_dict()
    if dataclasses.is_dataclass(inputs) and not isinstance(inputs, type):
        row = _fields_of(inputs)
    elif (messages := getattr(inputs, "messages", None)) is not None:
        row = {"messages": messages}
    else:
        return inputs
    if isinstance(row.get("messages"), list | tuple):
        row["messages"] = [_fields_of(message) for message in row["messages"]]
    return row


def _fields_of(value: Any) -> Any:
    """A dataclass as a dict, its values as they are: rows may be large, and nested to any depth."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _rows_of(rows: Any) -> Any:
    """Rows as the encoder takes them; what is no list of rows is for the encoder to refuse."""
    if isinstance(rows, str | Mapping) or not isinstance(rows, Iterable):
        return rows
    # A plain dict, which nearly every row is, is told by its type alone.
    return [row if type(row) is dict or isinstance(row, Mapping) else _row_of(row) for row in rows]


def _channels(rows: Any, columns: Any | None) -> dict[int, dict[str, Any]]:
    """Return what rows say of their channel, by the index of the row. It is copied into the encoded row."""
    if columns is None:
        found = [(at, row.get("channel")) for at, row in enumerate(rows) if type(row) is dict and "channel" in row]
    else:
        names = getattr(getattr(columns, "schema", None), "names", ())
        if "channel" not in (names() if callable(names) else names) or not hasattr(columns, "__getitem__"):
            return {}
        column = columns["channel"]
        found = list(enumerate(column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()))
    return {index: {"channel": channel} for index, channel in found if channel is not None}


def _check_choice(argument: str, given: object, known: tuple[str, ...]) -> None:
    if given not in known:
        text = f"argument '{argument}': {given!r} is unknown; give one of {', '.join(known)}"
        raise ArgumentError(text, argument=argument)


def _report(batch: EncodedBatch, on_error: str) -> None:
    refused = batch.refused
    total = len(refused)
    text = f"{total} row{'s' if total > 1 else ''} refused; the first: {refused[0]}"
    if on_error == "raise":
        raise BatchError(text, refused=refused, batch=batch) from refused[0]
    warn(f"{text} (all in EncodedBatch.refused)")
