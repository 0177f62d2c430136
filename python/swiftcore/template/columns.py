"""Collating a batch by its columns: padded tensors, or one flat row, without a Python object a row or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..batch import EncodedBatch
    from .collate import CollateMixin

__all__ = ["collate_columns"]

_PADDING: dict[str, float] = {"labels": -100, "loss_scale": 0.0}
_BESIDE = ("labels", "loss_scale", "position_ids", "token_type_ids", "mm_token_type_ids")


def collate_columns(template: CollateMixin, batch: EncodedBatch, padding_to: int | None) -> dict[str, Any]:
    """What `data_collator` makes of the batch's rows; the batch has at least one."""
    import torch

    values = {"input_ids": batch["input_ids"].torch(torch.int64)}
    values |= {
        name: batch[name].torch(None if name == "loss_scale" else torch.int64)
        for name in _BESIDE
        if name in batch.column_names
    }
    offsets = torch.tensor(memoryview(batch["input_ids"].offsets), dtype=torch.int64)  # type: ignore[arg-type]
    lengths = offsets.diff()
    if template.padding_free:
        return _flat(template, values, offsets, lengths, padding_to)
    width = max(int(lengths.max()), padding_to or 0)
    columns = torch.arange(width)
    starts = torch.zeros_like(lengths) if _pads_right(template) else width - lengths
    positions = columns - starts[:, None]
    mask = (positions >= 0) & (positions < lengths[:, None])
    collated = {name: _filled(template, name, value, mask) for name, value in values.items()}
    collated["attention_mask"] = mask.to(torch.int64)
    if template.is_training and template.padding_side == "left":
        collated["position_ids"] = positions.clamp(min=0)
    return collated


def _flat(
    template: CollateMixin, values: dict[str, Any], offsets: Any, lengths: Any, padding_to: int | None
) -> dict[str, Any]:
    import torch

    total = int(offsets[-1])
    values["position_ids"] = torch.arange(total) - torch.repeat_interleave(offsets[:-1], lengths)
    room = (padding_to or 0) - total
    if room <= 0:
        # A copy: what the batch holds is not to be written to.
        return {name: value.clone()[None] for name, value in values.items()}
    mask = torch.ones((1, total + room), dtype=torch.bool)
    mask[0, slice(total, None) if _pads_right(template) else slice(room)] = False
    return {name: _filled(template, name, value, mask) for name, value in values.items()}


def _pads_right(template: CollateMixin) -> bool:
    return template.padding_side == "right" and template.is_training


def _filled(template: CollateMixin, name: str, value: Any, mask: Any) -> Any:
    """The values where the mask says so, row by row, and padding elsewhere."""
    if bool(mask.all()):
        return value.clone().view(mask.shape)  # nothing is padded
    padding = template._pad_token_id() if name == "input_ids" else _PADDING.get(name, 0)
    out = value.new_full(mask.shape, padding)
    out[mask] = value
    return out
