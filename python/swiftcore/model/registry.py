"""The registry of model types and of architectures, and the lookup of a model's type by its id.

`MODEL_MAPPING` and `MODEL_ARCH_MAPPING` hold all registered entries by name. Built-in entries are loaded on first use.

>>> MODEL_MAPPING["qwen3"].architectures
['Qwen3ForCausalLM']
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

from .._lazy import LOCK, LazyMapping
from .._near import did_you_mean
from ..errors import ModelError
from ..template.registry import TEMPLATE_MAPPING
from .arch import TOWERS, ModelKeys
from .check import check
from .meta import ModelGroup, ModelMeta

__all__ = [
    "MODEL_ARCH_MAPPING",
    "MODEL_MAPPING",
    "get_matched_model_meta",
    "get_model_arch",
    "get_model_meta",
    "get_model_name",
    "register_model",
    "register_model_arch",
]

# Where each type was registered: the meta, to tell whether it is still that one, and "file:line".
_PLACES: dict[str, tuple[ModelMeta, str]] = {}


def _built_in_archs() -> Mapping[str, ModelKeys]:
    from ..families.models import MODEL_FAMILIES

    keys = (keys for family in MODEL_FAMILIES for keys in getattr(family, "ARCHS", ()))
    return {str(each.arch_name): each for each in keys}


MODEL_ARCH_MAPPING: LazyMapping[ModelKeys] = LazyMapping(_built_in_archs)


def _built_in() -> Mapping[str, ModelMeta]:
    from ..families.models import MODEL_FAMILIES

    metas = {str(meta.model_type): meta for family in MODEL_FAMILIES for meta in family.MODELS}
    for meta in metas.values():
        if isinstance(meta.model_arch, str):
            meta.model_arch = MODEL_ARCH_MAPPING.get(meta.model_arch)
    return metas


MODEL_MAPPING: LazyMapping[ModelMeta] = LazyMapping(_built_in)


def register_model(model_meta: ModelMeta, *, exist_ok: bool = False) -> None:
    """Make a type of models known under its `model_type`, so that their ids, and their architectures, are matched.

    `exist_ok=True` replaces a type of that name, built-in ones included. A `model_arch` given by its name becomes
    the `ModelKeys` of that name.

    >>> from swiftcore import Model, ModelGroup
    >>> register_model(ModelMeta("doc_mine", [ModelGroup([Model("mine/chat-7b", "mine/chat-7b")])], template="chatml"))
    >>> get_matched_model_meta("/data/chat-7b").model_type
    'doc_mine'
    >>> _ = MODEL_MAPPING.pop("doc_mine")

    Raises:
        ModelError: A field of the model is wrong, its template is not registered, or the name is taken: the message
            says where.
    """
    if not isinstance(model_meta, ModelMeta):
        raise ModelError(f"register_model takes a ModelMeta, got {model_meta!r}")
    check(model_meta)
    _check_templates(model_meta)
    caller = sys._getframe(1)
    place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    name = str(model_meta.model_type)
    keys = model_meta.model_arch
    if isinstance(keys, str):
        if keys not in MODEL_ARCH_MAPPING:
            raise ModelError(
                f"model {name!r}, model_arch: no architecture {keys!r}{_near(keys, MODEL_ARCH_MAPPING)}; "
                "register_model_arch adds one",
                model_type=name,
                field="model_arch",
            )
        keys = MODEL_ARCH_MAPPING[keys]
    MODEL_MAPPING._fill()
    with LOCK:
        first = MODEL_MAPPING.get(name)
        if first is not None and not exist_ok:
            raise ModelError(
                f"model {name!r} is registered already, {_place(name, first)}; choose another model_type, or pass "
                "exist_ok=True to replace it",
                model_type=name,
                field="model_type",
            )
        model_meta.model_arch = keys
        MODEL_MAPPING[name] = model_meta
        _PLACES[name] = (model_meta, place)


def _check_templates(meta: ModelMeta) -> None:
    """Raise ModelError if a model, or one of its groups, names a template that is not registered."""
    named = {"template": meta.template} | {
        f"model_groups[{index}].template": group.template for index, group in enumerate(meta.model_groups)
    }
    for where, name in named.items():
        if name is not None and name not in TEMPLATE_MAPPING:
            raise ModelError(
                f"model {meta.model_type!r}, {where}: no template {name!r}{_near(name, TEMPLATE_MAPPING)}; "
                "register_template adds one: call it before register_model",
                model_type=meta.model_type,
                field=where.partition("[")[0],
            )


def _place(name: str, meta: ModelMeta) -> str:
    registered, place = _PLACES.get(name, (None, ""))
    if registered is meta:
        return f"at {place}"
    return _built_in_place(meta) or "put into MODEL_MAPPING directly"


def _built_in_place(meta: ModelMeta) -> str | None:
    from ..families.models import MODEL_FAMILIES

    for family in MODEL_FAMILIES:
        if any(meta is built_in for built_in in family.MODELS):
            return f"built in in {family.__file__}"
    return None


def is_built_in(meta: ModelMeta) -> bool:
    """Whether a type came with swiftcore.

    >>> is_built_in(MODEL_MAPPING["qwen3"]), is_built_in(ModelMeta("qwen3", [], template="qwen3"))
    (True, False)
    """
    return _built_in_place(meta) is not None


def get_model_meta(model_type: str) -> ModelMeta:
    """The type of models registered as `model_type`.

    >>> get_model_meta("qwen2").candidate_templates[:2]
    ['qwen', 'qwen2_5']

    Raises:
        ModelError: There is none of that name: the message names the nearest.
    """
    if not isinstance(model_type, str):
        raise ModelError(f"a model type is looked up by its name, a string; got {model_type!r}")
    meta = MODEL_MAPPING.get(model_type)
    if meta is None:
        raise ModelError(
            f"no model type {model_type!r}{_near(model_type, MODEL_MAPPING)}; list(MODEL_MAPPING) names all "
            f"{len(MODEL_MAPPING)}, register_model adds one",
            model_type=model_type,
            field="model_type",
        )
    return meta


def has_loaders() -> bool:
    """Return whether a registered type has a loader of its own. Built-in types have none, and are not read for this.

    >>> has_loaders()
    False
    """
    return any(meta.get_function is not None for meta in dict.values(MODEL_MAPPING))


def _near(name: str, known: Mapping[str, Any]) -> str:
    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else ""


# Folders of hubs' caches: what stands between the last "--" and "/snapshots/" is the model's name.
_CACHES = (re.compile(r"/models--(?:.+?--)?(.+?)/snapshots/"), re.compile(r"/models/(?:.+?--)?(.+?)/snapshots/"))


def get_model_name(model_id_or_path: str | os.PathLike[str]) -> str:
    """What a model's id or path ends with, as models are matched by it: the last part, also of hubs' cache folders.

    >>> get_model_name("Qwen/Qwen3-8B"), get_model_name("/data/Qwen/Qwen2___5-7B-Instruct/")
    ('Qwen3-8B', 'Qwen2.5-7B-Instruct')
    >>> get_model_name("/root/hub/models--Qwen--Qwen3-8B/snapshots/9c925d6/")
    'Qwen3-8B'
    """
    text = os.fspath(model_id_or_path)
    if os.sep == "\\":
        text = text.replace("\\", "/")
    text = text.rstrip("/")
    for cache in _CACHES:
        if found := cache.search(text):
            return found[1]
    return text.rsplit("/", 1)[-1].replace("___", ".")


def get_matched_model_meta(model_id_or_path: str | os.PathLike[str]) -> ModelMeta | None:
    """A copy of the type of models that has a model of that name, with what its group says; None where none has.

    Names are compared without regard to case. Of several types the first that was registered is taken, but one that
    has the id in full goes before those that only have one that ends alike.

    >>> get_matched_model_meta("Qwen/Qwen2.5-7B-Instruct").template
    'qwen2_5'
    >>> get_matched_model_meta("somebody/nothing-known")
    """
    name = get_model_name(model_id_or_path).lower()
    found = _find(os.fspath(model_id_or_path), name) if name else None
    if found is None:
        return None
    meta, group = found
    changes: dict[str, Any] = {
        name: value for name in ("template", "ignore_patterns", "requires", "tags") if (value := getattr(group, name))
    }
    return dataclasses.replace(meta, **changes)


def _find(full: str, name: str) -> tuple[ModelMeta, ModelGroup] | None:
    first = None
    length = len(name)
    for meta in MODEL_MAPPING.values():
        for group in meta.model_groups:
            for model in group.models:
                for known in (model.ms_model_id, model.hf_model_id, model.model_path):
                    if known is None:
                        continue
                    known = os.fspath(known)
                    if known == full:
                        return meta, group
                    if first is None and known[-length:].lower() == name and known[-length - 1 : -length] in ("", "/"):
                        first = (meta, group)
    return first


def register_model_arch(model_arch: ModelKeys, *, exist_ok: bool = False) -> None:
    """Register the module names of an architecture under its `arch_name`.

    >>> from swiftcore import MultiModelKeys
    >>> register_model_arch(MultiModelKeys("doc_mine", language_model="model", vision_tower="visual"))
    >>> get_model_arch("doc_mine").vision_tower
    ['visual']
    >>> _ = MODEL_ARCH_MAPPING.pop("doc_mine")

    Raises:
        ModelError: A name is not a string, or the `arch_name` is taken and `exist_ok` is not given.
    """
    if not isinstance(model_arch, ModelKeys):
        raise ModelError(f"register_model_arch takes ModelKeys or MultiModelKeys, got {model_arch!r}")
    name = model_arch.arch_name
    if not isinstance(name, str) or not name:
        raise ModelError(f"model architecture, arch_name: expected a name, got {name!r}", field="arch_name")
    for entry in dataclasses.fields(model_arch):
        _check_module_names(name, entry.name, getattr(model_arch, entry.name))
    MODEL_ARCH_MAPPING._fill()
    with LOCK:
        if not exist_ok and name in MODEL_ARCH_MAPPING:
            raise ModelError(
                f"model architecture {name!r} is registered already; choose another arch_name, or pass "
                "exist_ok=True to replace it",
                field="arch_name",
            )
        MODEL_ARCH_MAPPING[name] = model_arch


def _check_module_names(arch: str, field: str, value: object) -> None:
    listed = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if not (value is None or isinstance(value, str) or (listed and field in TOWERS)):
        wanted = "a module's name or a list of them" if field in TOWERS else "a module's name or None"
        raise ModelError(f"model architecture {arch!r}, {field}: expected {wanted}, got {value!r}", field=field)


def get_model_arch(arch_name: str | None) -> ModelKeys | None:
    """Return the module names registered as `arch_name`, or None if there are none.

    >>> get_model_arch("qwen2_vl").language_model
    ['model.language_model', 'lm_head']
    >>> get_model_arch("llama").lm_head
    'lm_head'
    """
    return None if arch_name is None else MODEL_ARCH_MAPPING.get(arch_name)
