"""Collating: encoded rows into padded torch tensors, as ms-swift does it.

`data_collator` sorts out the mode and the task, and hands flat rows to `_data_collator`, which a subclass overrides to
add its own tensors. Under `padding_free` rows are laid one behind the other instead. A batch that no subclass has a say
in is collated by its columns, in `columns`. torch is imported where a batch is collated, and nowhere else.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ..batch import EncodedBatch
from ..errors import ArgumentError, TokenizerError
from .columns import collate_columns

if TYPE_CHECKING:
    from ..tokenizer import Tokenizer

__all__ = ["CollateMixin"]

Row = dict[str, Any]

# The columns that have a value a token, and what they are padded with; None for the tokenizer's pad token.
_PADDING: dict[str, int | float | None] = {
    "input_ids": None,
    "inputs_embeds": 0.0,
    "attention_mask": 0,
    "attention_mask_2d": 0,
    "labels": -100,
    "loss_scale": 0.0,
    "position_ids": 0,
    "token_type_ids": 0,
    "mm_token_type_ids": 0,
    "image_token_types": -1,
}
_MADE = ("attention_mask", "attention_mask_2d")  # never taken from the rows


class CollateMixin:
    """The part of `Template` that makes tensors of encoded rows."""

    if TYPE_CHECKING:  # what `Template` has
        padding_side: str
        padding_free: bool
        task_type = property(lambda self: "")
        config = property(lambda self: cast(Any, None))
        _arguments: dict[str, Any]
        tokenizer = property(lambda self: cast(Tokenizer, None))
        mode = property(lambda self: "")
        is_training = property(lambda self: False)

    def data_collator(self, batch: Iterable[Mapping[str, Any]], *, padding_to: int | None = None) -> Row:
        """Collates encoded rows into a dict of tensors, ready for a model's forward.

        The rows are what `encode` gives, or an `EncodedBatch`; they are not changed. The tensors are
        `[rows, tokens]`: `input_ids`, `attention_mask` and `labels` int64, `loss_scale` float32, `position_ids`
        where rows are padded on the left in training. Padding is on `padding_side`, on the left outside training.
        Under `padding_free` all rows are one, `[1, tokens]`, without `attention_mask`; `position_ids` begins at 0 where
        a row does, by which flash attention tells them apart, and other attentions too under `use_cache=False`.
        In mode `rlhf` the rejected sides follow the chosen ones; in mode `kto` names begin with `completion_` and
        `KL_completion_`; under `seq_cls`, `embedding` and `reranker` there is a label a row.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
        >>> rows = [
        ...     {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "Hello!"}]}
        ...     for text in ("Hi", "Hi there")
        ... ]
        >>> try:
        ...     batch = template.data_collator([template.encode(row) for row in rows])
        ...     shape, kind = tuple(batch["labels"].shape), str(batch["labels"].dtype)
        ... except ImportError:  # torch is not installed
        ...     shape, kind = (2, 8), "torch.int64"
        >>> shape, kind
        ((2, 8), 'torch.int64')

        Args:
            batch: The encoded rows.
            padding_to: The fewest columns that come out; None for those of the longest row.

        Raises:
            ArgumentError: There are no rows, or some lack a column that others have.
            TokenizerError: Rows need padding, and the tokenizer has neither a pad nor an eos token.
            ImportError: torch is not installed.
        """
        _torch()
        if isinstance(batch, EncodedBatch) and len(batch) and self._takes_columns(batch):
            return collate_columns(self, batch, padding_to)
        rows = [dict(row) for row in batch]
        if not rows:
            raise ArgumentError("argument 'batch': is empty; give at least one encoded row", argument="batch")
        for index, row in enumerate(rows):
            if "messages" in row and not any(name.endswith(("input_ids", "inputs_embeds")) for name in row):
                text = f"item {index} is a row of messages; expected what `encode` returns for it"
                raise ArgumentError(f"argument 'batch': {text}", argument="batch")
        if self.mode == "rlhf" and self.task_type in ("causal_lm", "seq_cls"):
            return self._collate_pairs(rows, padding_to)
        if self.mode == "kto" and self.task_type == "causal_lm":
            return self._collate_kto(rows, padding_to)
        if self.task_type == "seq_cls":
            return self._collate_classes(rows, padding_to)
        if self.task_type == "embedding":
            return self._collate_embedding(rows, padding_to)
        if self.task_type in ("reranker", "generative_reranker") and self.is_training:
            return self._collate_ranked(rows, padding_to)
        return self._data_collator(rows, padding_to=padding_to)

    def _data_collator(self, batch: list[Row], *, padding_to: int | None = None) -> Row:
        """Hook: flat rows into padded tensors; see `data_collator`.

        The base knows the columns with a value a token, and `pixel_values`, `image_sizes` and the like, which are
        concatenated. A subclass calls it and adds its own, by the names that its `_encode` gave.
        """
        torch = _torch()
        if self.padding_free:
            collated = self._collate_flat(self.packing_row(batch), padding_to)
            return {**collated, **self._data_collator_mm_data(batch)}
        columns = self._token_columns(batch)
        lead = columns.get("input_ids") or columns.get("inputs_embeds")
        if lead:
            lengths = [len(value) for value in lead]
            columns["attention_mask"] = [torch.ones(length, dtype=torch.int64) for length in lengths]
            if self.is_training and self.padding_side == "left":
                columns["position_ids"] = [torch.arange(length, dtype=torch.int64) for length in lengths]
        collated = {}
        for name, values in columns.items():
            collated[name] = self._pad_sequence(values, self._padding_of(name, values, padding_to), padding_to)
        channels = [row.get("channel") for row in batch]
        if any(channels):
            collated["channel"] = channels
        return {**collated, **self._data_collator_mm_data(batch)}

    def _takes_columns(self, batch: EncodedBatch) -> bool:
        """Whether a batch can be collated without its rows: they are flat, and no subclass wants to see them."""
        hooks = ("_data_collator", "_data_collator_mm_data", "packing_row", "_pad_sequence")
        plain = all(getattr(type(self), name) is getattr(CollateMixin, name) for name in hooks)
        flat = self.task_type in ("causal_lm", "prm") and self.mode not in ("rlhf", "kto")
        return plain and flat and not batch._extras

    def _token_columns(self, batch: list[Row]) -> dict[str, list[Any]]:
        """What the rows have a value a token of, by name, as a tensor a row."""
        columns: dict[str, list[Any]] = {}
        present = [row for row in batch if row.get("input_ids") is not None or row.get("inputs_embeds") is not None]
        for name in _PADDING:
            values = [_tensor(name, row[name]) for row in batch if row.get(name) is not None]
            if values and name not in _MADE:
                if name not in ("input_ids", "inputs_embeds") and len(values) != len(present):
                    text = f"argument 'batch': {len(present) - len(values)} of {len(present)} rows lack {name!r}"
                    raise ArgumentError(f"{text}; give it for all or for none", argument="batch")
                columns[name] = values
        return columns

    def packing_row(self, row: list[Row]) -> Row:
        """Hook: encoded rows as one, for `padding_free`: tensors of one dimension, rows one behind the other.

        `position_ids` count anew for each row, unless the rows bring their own.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
        >>> try:
        ...     packed = template.packing_row([{"input_ids": [0, 5, 6]}, {"input_ids": [0, 7]}])
        ...     positions = packed["position_ids"].tolist()
        ... except ImportError:  # torch is not installed
        ...     positions = [0, 1, 2, 0, 1]
        >>> positions
        [0, 1, 2, 0, 1]
        """
        torch = _torch()
        columns = self._token_columns(row)
        lead = columns.get("input_ids") or columns.get("inputs_embeds")
        if lead and "position_ids" not in columns:
            columns["position_ids"] = [torch.arange(len(value), dtype=torch.int64) for value in lead]
        packed: Row = {}
        for name, values in columns.items():
            packed[name] = torch.cat(values, dim=0 if name == "inputs_embeds" else -1)
        if any("channel" in one for one in row):
            packed["channel"] = [one.get("channel") for one in row]
        return packed

    def _collate_flat(self, packed: Row, padding_to: int | None) -> Row:
        """A packed row as a batch of one, its last row filled up to `padding_to`."""
        collated: Row = {}
        for name, value in packed.items():
            if name == "channel":
                collated[name] = value
                continue
            collated[name] = self._pad_sequence([value], self._padding_of(name, [value], padding_to), padding_to)
        return collated

    def _data_collator_mm_data(self, batch: list[Row]) -> Row:
        """What the rows bring for media, along the first dimension: `pixel_values`, `image_grid_thw` and so on."""
        collated: Row = {}
        for name in ("pixel_values", "image_sizes", "pixel_values_videos", "image_grid_thw", "video_grid_thw"):
            if name == "image_sizes" and "pixel_values" not in collated:
                continue
            value = self.concat_tensor(batch, name, 0)
            if value is not None:
                collated[name] = value
        return collated

    def _pad_sequence(self, sequences: list[Any], padding_value: float = 0.0, padding_to: int | None = None) -> Any:
        """One tensor of several: rows first, padded to the longest, on the side of this mode."""
        torch = _torch()
        right = self.padding_side == "right" and self.is_training
        if sequences[0].ndim == 3:  # positions in several dimensions: [dimensions, 1, tokens]
            longest = max(padding_to or 0, *(value.shape[-1] for value in sequences))
            room = [longest - value.shape[-1] for value in sequences]
            pads = [(0, more) if right else (more, 0) for more in room]
            pad = torch.nn.functional.pad
            padded = [pad(one, sides, value=padding_value) for one, sides in zip(sequences, pads, strict=True)]
            return torch.cat(padded, dim=1)
        longest = max(padding_to or 0, *(len(value) for value in sequences))
        shape = (len(sequences), longest, *sequences[0].shape[1:])
        out = sequences[0].new_full(shape, padding_value)
        for row, value in zip(out, sequences, strict=True):
            if right:
                row[: len(value)] = value
            else:
                row[longest - len(value) :] = value
        return out

    def _padding_of(self, name: str, values: list[Any], padding_to: int | None) -> float:
        """Return what a column is padded with. The tokenizer is asked only if something is padded."""
        padding = _PADDING[name]
        if padding is not None:
            return padding
        lengths = {value.shape[-1] for value in values}
        is_padded = len(lengths) > 1 or max(lengths) < (padding_to or 0)
        return self._pad_token_id() if is_padded else 0

    def _pad_token_id(self) -> int:
        """Return the id that shorter rows are padded with: the pad token, else eos, as in ms-swift."""
        pad: int | None = self.tokenizer.pad_token_id
        if pad is None:
            pad = self.tokenizer.eos_token_id
        if pad is None:
            name = self.tokenizer.origin or "the tokenizer"
            raise TokenizerError(
                f"tokenizer: {name} has neither a pad nor an eos token to pad shorter rows with. Name one in its "
                'tokenizer_config.json, such as "pad_token": "</s>"'
            )
        return pad

    def _collate_pairs(self, batch: list[Row], padding_to: int | None) -> Row:
        sides = [*self._fetch_inputs_startswith(batch, "chosen_"), *self._fetch_inputs_startswith(batch, "rejected_")]
        collated = self._data_collator(sides, padding_to=padding_to)
        margins = [row.get("margin") for row in batch]
        if any(margin is not None for margin in margins):
            torch = _torch()
            collated["margin"] = torch.tensor([margin or 0.0 for margin in margins], dtype=torch.float32)
        return collated

    def _collate_kto(self, batch: list[Row], padding_to: int | None) -> Row:
        collated: Row = {}
        for side, prefix in (("chosen_", "completion_"), ("rejected_", "KL_completion_")):
            rows = self._fetch_inputs_startswith(batch, side)
            if any(rows):
                found = self._data_collator(rows, padding_to=padding_to)
                collated |= {f"{prefix}{name}": value for name, value in found.items()}
        labels = [row["label"] for row in batch if row.get("label") is not None]
        if labels:
            collated["label"] = labels
        return collated

    def _collate_classes(self, batch: list[Row], padding_to: int | None) -> Row:
        torch = _torch()
        labels = [label for row in batch if (label := row.pop("labels", None)) is not None]
        collated = self._data_collator(batch, padding_to=padding_to)
        if labels:
            kind = self._problem_type()
            if kind == "regression":
                collated["labels"] = torch.tensor(labels, dtype=torch.float32)
            elif kind == "multi_label_classification":
                collated["labels"] = torch.zeros((len(labels), self._label_count()), dtype=torch.float32)
                for row, label in zip(collated["labels"], labels, strict=True):
                    row[label] = 1
            else:
                collated["labels"] = torch.tensor(labels, dtype=torch.int64)
        return collated

    def _problem_type(self) -> str:
        """What a classifier tells: as asked for, as its configuration says, or as the number of its labels tells."""
        given = self._arguments["problem_type"] or getattr(self.config, "problem_type", None)
        if given is not None:
            return str(given)
        return "regression" if self._label_count() == 1 else "single_label_classification"

    def _label_count(self) -> int:
        count: int | None = self._arguments["num_labels"]
        return count or getattr(self.config, "num_labels", None) or 0

    def _collate_embedding(self, batch: list[Row], padding_to: int | None) -> Row:
        torch = _torch()
        labels: list[float] = []
        rows: list[Row] = []
        for row in batch:
            labels += row.pop("labels", None) or []
            if "input_ids" in row:
                rows.append(row)
                continue
            for side in ("anchor_", "positive_"):
                rows += self._fetch_inputs_startswith([row], side)
            (negative,) = self._fetch_inputs_startswith([row], "negative_")
            count = max((len(values) for values in negative.values()), default=0)
            rows += [{name: values[at] for name, values in negative.items()} for at in range(count)]
        collated = self._data_collator(rows, padding_to=padding_to)
        if labels:
            collated["labels"] = torch.tensor(labels, dtype=torch.float32)
        return collated

    def _collate_ranked(self, batch: list[Row], padding_to: int | None) -> Row:
        torch = _torch()
        most = [int(os.environ.get(f"MAX_{name}_SAMPLES", count)) for name, count in (("POSITIVE", 1), ("NEGATIVE", 7))]
        labels: list[int] = []
        rows: list[Row] = []
        for row in batch:
            given = row.pop("labels")
            positive = sum(given)
            lists = {name: values for name, values in row.items() if isinstance(values, list)}

            def one(at: int, lists: Row = lists) -> Row:
                return {name: values[at] for name, values in lists.items() if values[at] is not None}

            for at in self._sampled(positive, most[0]):
                rows.append(one(at))
                labels.append(1)
                for other in self._sampled(len(given) - positive, most[1]):
                    rows.append(one(positive + other))
                    labels.append(0)
        collated = self._data_collator(rows, padding_to=padding_to)
        collated["labels"] = torch.tensor(labels, dtype=torch.int64)
        return collated

    def _sampled(self, count: int, most: int) -> list[int]:
        """As many of `count` as there may be, drawn with a seed of the template's own."""
        state = self.__dict__.get("_samples")
        if state is None:
            try:
                from numpy.random import RandomState

                state = RandomState(42)
            except ImportError:
                state = random.Random(42)
            self.__dict__["_samples"] = state
        if isinstance(state, random.Random):
            return state.sample(range(count), min(count, most))
        chosen: list[int] = state.choice(count, min(count, most), replace=False).tolist() if count else []
        return chosen

    @staticmethod
    def _fetch_inputs_startswith(batch: list[Row], prefix: str) -> list[Row]:
        """What of each row begins with `prefix`, without it."""
        return [{name[len(prefix) :]: value for name, value in row.items() if name.startswith(prefix)} for row in batch]

    @staticmethod
    def fetch_inputs(batch: list[Row], keys: Iterable[str] | None = None) -> dict[str, list[Any]]:
        """The values of the rows by name, for those of `keys` that some row has.

        >>> CollateMixin.fetch_inputs([{"a": 1}, {"a": 2, "b": 3}], ["a", "c"])
        {'a': [1, 2]}
        """
        found = {key: [row.get(key) for row in batch] for key in keys or ()}
        return {key: values for key, values in found.items() if any(value is not None for value in values)}

    @staticmethod
    def gather_list(batch: list[Row], attr_name: str) -> list[Any]:
        """All that the rows' lists of that name hold, taken out of the rows.

        >>> rows = [{"sizes": [1, 2]}, {}, {"sizes": [3]}]
        >>> CollateMixin.gather_list(rows, "sizes"), rows
        ([1, 2, 3], [{}, {}, {}])
        """
        lists = [row.pop(attr_name, None) for row in batch]
        return [value for values in lists if values is not None for value in values]

    @staticmethod
    def concat_tensor(batch: list[Row], attr_name: str, dim: int) -> Any:
        """The rows' tensors of that name as one, taken out of the rows; None where there is none."""
        found = [row.pop(attr_name, None) for row in batch]
        tensors = [value for value in found if value is not None]
        return _torch().concat(tensors, dim=dim) if tensors else None


def _tensor(name: str, value: Any) -> Any:
    """A row's column as a tensor: `[tokens]`, of embeddings `[tokens, size]`, without the dimension of the batch."""
    torch = _torch()
    if not isinstance(value, torch.Tensor):
        kind = torch.float32 if name == "loss_scale" else None
        return torch.tensor(list(value) if isinstance(value, memoryview) else value, dtype=kind)
    dimensions = 3 if name == "inputs_embeds" else 2
    return value[0] if value.ndim == dimensions else value


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "collating makes torch tensors: install torch, or `pip install 'swiftcore[torch]'`"
        ) from error
    return torch
