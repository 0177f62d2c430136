"""The rules that a `ModelMeta` keeps, field by field: what registration checks."""

from __future__ import annotations

from typing import Any

from ..errors import ModelError
from .arch import ModelKeys
from .meta import Model, ModelGroup, ModelMeta

__all__ = ["check"]

_LISTS = ("architectures", "additional_saved_files", "requires", "tags")


def check(meta: ModelMeta) -> None:
    """Check all of a model: what registration does.

    >>> check(ModelMeta("mine", [ModelGroup(["mine/chat"])], template="chatml"))
    Traceback (most recent call last):
        ...
    swiftcore.errors.ModelError: model 'mine', model_groups[0].models[0]: expected a Model, got 'mine/chat'; ...

    Raises:
        ModelError: A field cannot mean anything; `field` names it.
    """
    if not isinstance(meta.model_type, str) or not meta.model_type:
        raise _refuse(meta, "model_type", f"expected a name, a string that is not empty; got {meta.model_type!r}")
    for index, group in enumerate(meta.model_groups):
        _check_group(meta, f"model_groups[{index}]", group)
    _check_name(meta, "template", meta.template, "the name of a template")
    _check_name(meta, "task_type", meta.task_type, "the name of a task")
    if meta.get_function is not None and not callable(meta.get_function):
        raise _refuse(meta, "get_function", f"expected a function or a class, got {meta.get_function!r}")
    if not isinstance(meta.model_arch, str | ModelKeys | None):
        raise _refuse(meta, "model_arch", f"expected ModelKeys or the name of some, got {meta.model_arch!r}")
    for name in _LISTS:
        _check_texts(meta, name, getattr(meta, name))
    if meta.ignore_patterns is not None:
        _check_texts(meta, "ignore_patterns", meta.ignore_patterns)
    for name in ("is_multimodal", "is_reward"):
        if not isinstance(getattr(meta, name), bool):
            raise _refuse(meta, name, f"expected True or False, got {getattr(meta, name)!r}")


def _check_group(meta: ModelMeta, where: str, group: Any) -> None:
    if not isinstance(group, ModelGroup):
        advice = "; write ModelGroup([...])" if isinstance(group, Model | list) else ""
        raise _refuse(meta, where, f"expected a ModelGroup, got {group!r}{advice}")
    if not isinstance(group.models, list | tuple):
        raise _refuse(meta, f"{where}.models", f"expected a list of Model, got {group.models!r}")
    for index, model in enumerate(group.models):
        place = f"{where}.models[{index}]"
        if not isinstance(model, Model):
            advice = f"; write Model({model!r})" if isinstance(model, str) else ""
            raise _refuse(meta, place, f"expected a Model, got {model!r}{advice}")
        if not model.names:
            raise _refuse(meta, place, "has no id and no path, and would never be found")
    _check_name(meta, f"{where}.template", group.template, "the name of a template")
    for name in ("ignore_patterns", "requires", "tags"):
        value = getattr(group, name)
        if value is not None:
            _check_texts(meta, f"{where}.{name}", value)


def _check_name(meta: ModelMeta, where: str, value: Any, wanted: str) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        raise _refuse(meta, where, f"expected {wanted} or None, got {value!r}")


def _check_texts(meta: ModelMeta, where: str, value: Any) -> None:
    if isinstance(value, str):
        raise _refuse(meta, where, f"expected a list of strings, got the string {value!r}; write [{value!r}]")
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise _refuse(meta, where, f"expected a list of strings, got {value!r}")


def _refuse(meta: ModelMeta, where: str, problem: str) -> ModelError:
    name = meta.model_type if isinstance(meta.model_type, str) else None
    return ModelError(f"model {meta.model_type!r}, {where}: {problem}", model_type=name, field=where.partition("[")[0])
