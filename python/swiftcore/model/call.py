"""Calls what a `ModelMeta` names as its loader: a class with `load()`, as in ms-swift 4, or a function, as in 3."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import ModelError
from .info import ModelInfo
from .loader import ModelLoader
from .meta import ModelMeta

__all__ = ["call_loader", "takes"]


def takes(loader: Callable[..., Any] | None, names: Iterable[str]) -> bool:
    """Whether a loader takes arguments of these names; the default one for None.

    >>> takes(None, ["attn_impl"]), takes(None, ["atn_impl"]), takes(lambda **kwargs: None, ["mine"])
    (True, False, True)
    """
    parameters = inspect.signature(loader or ModelLoader).parameters.values()
    known = {each.name for each in parameters}
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        if not (inspect.isclass(loader) and issubclass(loader, ModelLoader)):
            return True
        known |= inspect.signature(ModelLoader).parameters.keys()  # it passes on to its base what it does not name
    return known.issuperset(names)


def call_loader(
    info: ModelInfo, meta: ModelMeta, load_model: bool, model_kwargs: dict[str, Any], options: Mapping[str, Any]
) -> tuple[Any, Any]:
    """The model, or None, and the tokenizer or processor, of a registered type.

    A class is made with the information and the type, a function is called with folder, information and
    `model_kwargs`; of `options` each is given what it takes.

    Raises:
        ModelError: It gives something else than two things.
    """
    loader: Any = ModelLoader if meta.get_function is None else meta.get_function
    if _is_class(loader):
        given = {"load_model": load_model, "model_kwargs": model_kwargs, **options}
        result = loader(info, meta, **_taken(loader, given)).load()
    else:
        given = {**options, "automodel_class": options["auto_model_cls"], "model_meta": meta}
        result = loader(info.model_dir, info, model_kwargs, load_model, **_taken(loader, given))
    if not isinstance(result, tuple | list) or len(result) != 2 or result[1] is None:
        name = getattr(loader, "__name__", repr(loader))
        raise ModelError(
            f"model {meta.model_type!r}, get_function: {name} gave {type(result).__name__}; it has to give a model, or "
            "None, and a tokenizer or processor",
            model_type=meta.model_type,
            field="get_function",
        )
    return result[0], result[1]


def _is_class(loader: Any) -> bool:
    return inspect.isclass(loader) and hasattr(loader, "load")


def _taken(loader: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if takes(loader, [name])}
