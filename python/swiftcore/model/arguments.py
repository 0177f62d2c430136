"""Which arguments `get_model_tokenizer` takes: its own, those of a loader, and their names elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import ArgumentError
from .call import takes
from .meta import ModelMeta
from .registry import MODEL_MAPPING, get_matched_model_meta, get_model_meta
from .unknown import refuse_unknown

__all__ = ["by_other_names", "refuse_early", "refuse_for"]

# The names that arguments have elsewhere: in transformers, and in ms-swift 3.
_OTHER_NAMES = {"dtype": "torch_dtype", "attn_implementation": "attn_impl", "automodel_class": "auto_model_cls"}


def by_other_names(kwargs: dict[str, Any], **own: Any) -> list[Any]:
    """The arguments `own`, which may be given under other names in `kwargs` instead. Takes them out of there.

    >>> rest = {"dtype": "bf16", "mine": 1}
    >>> by_other_names(rest, torch_dtype=None, attn_impl="sdpa"), rest
    (['bf16', 'sdpa'], {'mine': 1})

    Raises:
        ArgumentError: One is given under both names.
    """
    for other, name in _OTHER_NAMES.items():
        if name not in own:
            continue
        value = kwargs.pop(other, None)
        if value is not None and own[name] is not None:
            text = f"argument '{other}': is another name of {name}, which is given too"
            raise ArgumentError(text, argument=other)
        own[name] = own[name] if value is None else value
    return list(own.values())


def refuse_early(kwargs: Mapping[str, Any], model: Any, model_type: str | None, function: Callable[..., Any]) -> None:
    """Refuses what no loader takes that may be called. Which one that is, it may take a download to tell.

    Raises:
        ArgumentError: An argument is unknown.
        ModelError: There is no such type.
    """
    meta = get_model_meta(model_type) if model_type is not None else None
    if meta is None and kwargs and isinstance(model, str | os.PathLike):
        meta = get_matched_model_meta(model)
    refuse_for([meta] if meta is not None else MODEL_MAPPING.values(), kwargs, function)


def refuse_for(metas: Iterable[ModelMeta], kwargs: Mapping[str, Any], function: Callable[..., Any]) -> None:
    """Refuses what neither the loaders of some types take, nor the default one.

    Raises:
        ArgumentError: An argument is unknown: the message has the nearest one of `function`.
    """
    if not kwargs:
        return
    loaders = [None, *(meta.get_function for meta in metas if meta.get_function is not None)]
    refuse_unknown([name for name in kwargs if not any(takes(loader, [name]) for loader in loaders)], function)
