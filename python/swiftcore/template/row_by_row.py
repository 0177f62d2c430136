"""How rows go through a template with hooks: one by one, under the GIL, through the same two native stages.

What a mode and a task make of a row is said here in the terms of its sides; a side is encoded by the hooks, then cut to
`max_length`. An error costs its own row only, whatever a hook raises.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .._warn import warn
from ..errors import MaxLengthError, RowError, SwiftcoreError
from ..row_warnings import RowWarning, warn_of_row
from .hooks import HookMixin, overridden
from .inputs import StdTemplateInputs, TemplateInputs, refuse_row
from .shapes import standard_row

if TYPE_CHECKING:
    from .template import Template

__all__ = ["encode_row", "encode_rows", "file_encoder", "render_row", "warn_once"]

_PREFERENCE = ("rlhf", "kto")
# Tasks whose labels are not those of the tokens.
_POOLED = ("seq_cls", "embedding", "reranker", "generative_reranker")
# What has a value a token beside these three, where a hook gives it.
_BESIDE = ("token_type_ids", "position_ids", "mm_token_type_ids", "image_token_types")
_ENGINES = ("vllm", "lmdeploy", "sglang")

_WARNED: set[type[Any]] = set()

Encoded = dict[str, Any]
# Kind, row, message, field and detail; of a row that is too long its length and the limit.
Refused = tuple[str, int | None, int | None, str | None, str, tuple[int, int] | None]
Made = TypeVar("Made")

# Says of a row that it was longer.
_IS_CUT = "_is_cut"
# The warnings about the row that an encoded row came from: the kind and the field of each.
_WARNINGS = "_warnings"


def warn_once(template: Template) -> None:
    """Says that the rows of a template go one by one, once for each class."""
    cls = type(template)
    if cls in _WARNED:
        return
    _WARNED.add(cls)
    from .template import Template as Base

    hooks = ", ".join(overridden(cls, Base))
    warn(f"{cls.__qualname__} overrides {hooks}: its rows are encoded one by one, under the GIL")


def encode_row(template: Template, row: Any) -> tuple[list[Encoded], StdTemplateInputs]:
    """The rows that a row became, and the inputs of its chosen side as the hooks left them.

    It becomes one row, or under `split` perhaps several.

    Raises:
        RowError: The row cannot be encoded, or a hook raised something.
    """
    warnings = _warnings_of(template, row)  # first: hooks may change the row
    rows, inputs = _guarded(template, lambda: _encode(template, _inputs_of(template, row)))
    warn_of_row(RowWarning(kind, field) for kind, field in warnings)
    for encoded in rows:
        encoded.pop(_IS_CUT, None)
        encoded.pop("length", None)
    return rows, inputs


def encode_rows(
    template: Template, rows: Iterable[Any], columns: Iterable[str]
) -> tuple[list[list[Encoded] | Refused], dict[int, Encoded]]:
    """What each row became, as a native batch takes it, and by row what is in none of its columns."""
    known = {*columns, "length", _IS_CUT, _WARNINGS}
    found: list[list[Encoded] | Refused] = []
    extras: dict[int, Encoded] = {}
    for index, row in enumerate(rows):
        given = _rows_or_refusal(template, row)
        found.append(given)
        if isinstance(given, list) and len(given) == 1:
            extra = {name: value for name, value in given[0].items() if name not in known}
            if extra:
                extras[index] = extra
    return found, extras


def file_encoder(template: Template) -> Callable[[str], list[Encoded] | Refused]:
    """A function that encodes a row of a file, given as JSON text."""
    return lambda text: _rows_or_refusal(template, json.loads(text))


def _rows_or_refusal(template: Template, row: Any) -> list[Encoded] | Refused:
    warnings = _warnings_of(template, row)  # first: hooks may change the row
    try:
        encoded = _guarded(template, lambda: _encode(template, _inputs_of(template, row)))[0]
        if warnings:
            encoded[0][_WARNINGS] = warnings
        return encoded
    except RowError as error:
        lengths = None
        if isinstance(error, MaxLengthError) and error.length is not None and error.max_length is not None:
            lengths = (error.length, error.max_length)
        return error.kind, None, error.message, error.field, error.detail or str(error), lengths


def render_row(template: Template, row: Any) -> list[Any]:
    """The segments of a row, with what the hooks put in place of its media.

    Raises:
        RowError: The row cannot be rendered, or holds an id that only stands for a medium.
    """

    def render() -> list[Any]:
        inputs = _inputs_of(template, row).chosen
        template._preprocess_inputs(inputs)
        segments, stand_ins = template._segments(inputs, template._side_encoder())
        if stand_ins:
            ids = ", ".join(map(str, stand_ins.values()))
            raise refuse_row("unsupported", f"holds {ids} in place of a medium, which no segment can; encode it")
        return segments

    return _guarded(template, render)


def _guarded(template: Template, work: Callable[[], Made]) -> Made:
    """Return the result of `work`. Whatever a hook raises is an error of its row, except a lack of memory."""
    try:
        return work()
    except MemoryError:
        raise
    except SwiftcoreError as error:
        if isinstance(error, RowError):
            raise
        raise refuse_row("hook", f"{type(template).__qualname__}: {error}") from error
    except Exception as error:
        where = f"{type(template).__qualname__} raised {type(error).__name__}"
        raise refuse_row("hook", f"{where}: {error}" if str(error) else where) from error


def _warnings_of(template: Template, row: Any) -> list[tuple[str, str]]:
    """Return the warnings about a row as it was given, as the native encoder finds them."""
    return template._current().row_warnings(row) if isinstance(row, Mapping) else []


def _inputs_of(template: Template, row: Any) -> TemplateInputs:
    if isinstance(row, TemplateInputs):
        return row
    if isinstance(row, StdTemplateInputs):
        return TemplateInputs(row)
    return TemplateInputs.from_dict(standard_row(template, row))


def _encode(template: Template, inputs: TemplateInputs) -> tuple[list[Encoded], StdTemplateInputs]:
    task, mode = template.task_type, template.mode
    if mode in _PREFERENCE and task in ("causal_lm", "seq_cls"):
        return [_preference(template, inputs, mode, task)], inputs.chosen
    if task == "embedding" and template.is_training:
        return [_embedding(template, inputs)], inputs.chosen
    if task in ("reranker", "generative_reranker") and template.is_training:
        return [_reranker(template, inputs)], inputs.chosen
    rows = _side(template, inputs.chosen)
    if task == "seq_cls" and inputs.chosen.label is not None:
        for row in rows:
            row["labels"] = _class_of(template, inputs.chosen.label)
    return rows, inputs.chosen


def _class_of(template: Template, label: Any) -> Any:
    kind = template._problem_type()
    return int(label) if kind == "single_label_classification" and not isinstance(label, list) else label


def _preference(template: Template, inputs: TemplateInputs, mode: str, task: str) -> Encoded:
    sides = {"chosen": _whole(template, inputs.chosen)}
    if inputs.rejected is not None:
        sides["rejected"] = _whole(template, inputs.rejected)
    elif mode == "rlhf":
        detail = "is missing; give the response that is worse, or `rejected_messages`"
        raise refuse_row("missing_field", detail, field="rejected_response")
    encoded = {f"{side}_{name}": value for side, row in sides.items() for name, value in row.items()}
    if inputs.chosen.margin is not None:
        encoded["margin"] = float(inputs.chosen.margin)
    if mode == "kto":
        encoded["label"] = _desirable(inputs.chosen.label)
    if task == "seq_cls":
        drop = [name for name in encoded if name.endswith(("_labels", "_loss_scale"))]
        encoded = {name: value for name, value in encoded.items() if name not in drop}
    return _marked(encoded)


def _desirable(label: Any) -> bool:
    if label is None:
        raise refuse_row("missing_field", "is missing; give true or false", field="label")
    if label not in (True, False):  # 0, 1 and their fractions are these too
        raise refuse_row("wrong_value", f"is {label!r}; give true or false", field="label")
    return bool(label)


def _embedding(template: Template, inputs: TemplateInputs) -> Encoded:
    if not inputs.positive:
        raise refuse_row("missing_field", "is missing; give the rows that are alike", field="positive_messages")
    encoded: Encoded = {}
    for side, one in (("anchor", inputs.chosen), ("positive", inputs.positive[0])):
        encoded |= {f"{side}_{name}": value for name, value in _whole(template, one).items()}
    label = inputs.chosen.label
    encoded |= _stacked([_whole(template, one) for one in inputs.negative], "negative_")
    encoded["labels"] = [1.0 if label is None else float(label), *(0.0 for _ in inputs.negative)]
    return _marked(encoded)


def _reranker(template: Template, inputs: TemplateInputs) -> Encoded:
    chosen = inputs.chosen
    for one in (*inputs.positive, *inputs.negative):
        if chosen.system is not None and one.system is None:
            one.system = chosen.system
        one.messages = [*chosen.messages, *one.messages]
        for name in ("images", "audios", "videos"):
            setattr(one, name, [*getattr(chosen, name), *getattr(one, name)])
    rows = [_whole(template, one) for one in (*inputs.positive, *inputs.negative)]
    if not rows:
        raise refuse_row("missing_field", "is missing; give what to rank", field="positive_messages")
    return _marked({**_stacked(rows, ""), "labels": [1] * len(inputs.positive) + [0] * len(inputs.negative)})


def _marked(encoded: Encoded) -> Encoded:
    """A row of several sides, which was longer where one of them was."""
    marks = [encoded.pop(name) for name in list(encoded) if name.endswith(_IS_CUT)]
    return {**encoded, _IS_CUT: True} if any(marks) else encoded


def _stacked(rows: list[Encoded], prefix: str) -> Encoded:
    names = dict.fromkeys(name for row in rows for name in row)
    return {f"{prefix}{name}": [row.get(name) for row in rows] for name in names}


def _whole(template: Template, inputs: StdTemplateInputs) -> Encoded:
    """A side of a row of several, which cannot be split."""
    (row,) = _side(template, inputs)
    return row


def _side(template: Template, inputs: StdTemplateInputs) -> list[Encoded]:
    """One side through the hooks, cut to the limit."""
    template._preprocess_inputs(inputs)
    if template.mode in _ENGINES:  # these take the media themselves
        encoded = HookMixin._encode(template, inputs)
        names = ("images", "audios", "videos", *(("mm_processor_kwargs",) if template.mode == "vllm" else ()))
        encoded |= {name: value for name in names if (value := getattr(inputs, name))}
    else:
        encoded = template._encode(inputs)
    rows = _cut(template, _checked(template, encoded))
    for row in rows:
        row["length"] = len(row.get("input_ids") or row.get("labels") or ())
    if template.task_type in _POOLED:
        rows = [{name: value for name, value in row.items() if name not in ("labels", "loss_scale")} for row in rows]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _checked(template: Template, encoded: Any) -> Encoded:
    """What `_encode` gave, its ids, labels and weights as lists of one length."""
    name = f"{type(template).__qualname__}._encode"
    if not isinstance(encoded, Mapping):
        raise refuse_row("hook", f"{name} gave {type(encoded).__name__}; return a dict with `input_ids`")
    row: Encoded = dict(encoded)
    for column in ("input_ids", "labels", "loss_scale"):
        values: Any = row.get(column)
        if hasattr(values, "tolist"):
            row[column] = values.tolist()
    ids = row.get("input_ids")
    if ids is None:
        return row
    if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
        raise refuse_row("hook", f"{name} gave input_ids that are no list of ids; return a flat list of integers")
    for column in ("labels", "loss_scale"):
        values = row.get(column)
        if values is not None and len(values) != len(ids):
            detail = f"{name} gave {len(values)} {column} for {len(ids)} input_ids; extend them together"
            raise refuse_row("hook", f"{detail}, as _extend_tokens does")
    return row


def _cut(template: Template, encoded: Encoded) -> list[Encoded]:
    """encoding.md 6.24, as the native encoder cuts rows."""
    ids, labels = encoded.get("input_ids"), encoded.get("labels")
    length = max(len(ids or ()), len(labels or ()))
    limit = template.max_length
    if limit is None or length <= limit or ids is None:
        return [encoded]
    strategy = template.truncation_strategy
    if strategy in ("raise", "delete") or (strategy == "split" and template.mode in _PREFERENCE):
        detail = (
            f"encodes to {length} tokens, more than max_length {limit}; shorten it, raise max_length, or give "
            "truncation_strategy 'left', 'right', 'split' or 'delete'"
        )
        raise MaxLengthError(detail, kind="too_long", detail=detail, length=length, max_length=limit)
    if strategy == "split":
        return [_part(encoded, slice(start, start + limit)) for start in range(0, length, limit)]
    kept = _kept(ids, set(template.placeholder_tokens), limit, strategy)
    encoded = {**encoded, **_columns(encoded, kept)}
    if encoded.get("loss_scale") is not None:  # the peer's weights go through float32 here
        encoded["loss_scale"] = [0.0, *array("f", encoded["loss_scale"][1:]).tolist()]
    for name in _BESIDE:
        values = encoded.get(name)
        if values is not None and len(values) == length:
            encoded[name] = [values[at] for at in kept] if isinstance(values, list) else values[kept]
    encoded[_IS_CUT] = True
    return [encoded]


def _part(encoded: Encoded, part: slice) -> Encoded:
    names = [name for name in ("input_ids", "labels", "loss_scale") if encoded.get(name) is not None]
    return {**_cleared({name: encoded[name][part] for name in names}), _IS_CUT: True}


def _columns(encoded: Encoded, kept: list[int]) -> Encoded:
    names = [name for name in ("input_ids", "labels", "loss_scale") if encoded.get(name) is not None]
    return _cleared({name: [encoded[name][at] for at in kept] for name in names})


def _cleared(columns: Encoded) -> Encoded:
    """The first label and the first weight are never trained."""
    for name, nothing in (("labels", -100), ("loss_scale", 0.0)):
        if columns.get(name):
            columns[name][0] = nothing
    return columns


def _kept(ids: list[int], placeholders: set[int], limit: int, strategy: str) -> list[int]:
    """Which ids stay: every placeholder, and of the rest as many of the last, or first, as there is room for."""
    others = [at for at, one in enumerate(ids) if one not in placeholders]
    room = max(0, min(limit - (len(ids) - len(others)), len(others)))
    dropped = others[: len(others) - room] if strategy == "left" else others[room:]
    gone = set(dropped)
    return [at for at in range(len(ids)) if at not in gone]
