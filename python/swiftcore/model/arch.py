"""Where the modules of an architecture are: `ModelKeys`, `MultiModelKeys`, and the registry of them.

A name is what `model.named_modules()` calls a module; `{}` stands for the number of a layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from .._lazy import LOCK, LazyMapping
from ..errors import ModelError

__all__ = ["MODEL_ARCH_MAPPING", "ModelKeys", "MultiModelKeys", "get_model_arch", "register_model_arch"]


@dataclass
class ModelKeys:
    """The names of a language model's modules; None for those that it does not have.

    >>> ModelKeys("mine", module_list="model.layers", lm_head="lm_head").lm_head
    'lm_head'
    """

    arch_name: str | None = None

    embedding: str | None = None
    module_list: str | None = None
    lm_head: str | None = None

    q_proj: str | None = None
    k_proj: str | None = None
    v_proj: str | None = None
    o_proj: str | None = None
    attention: str | None = None

    mlp: str | None = None
    down_proj: str | None = None

    qkv_proj: str | None = None
    qk_proj: str | None = None
    qa_proj: str | None = None
    qb_proj: str | None = None
    kv_proj: str | None = None
    kva_proj: str | None = None
    kvb_proj: str | None = None


_TOWERS = ("language_model", "aligner", "vision_tower", "generator")


@dataclass
class MultiModelKeys(ModelKeys):
    """The parts of a multimodal model, each as a list of module names; one name will do for a list of one.

    >>> MultiModelKeys("mine", language_model="model", aligner="projector").language_model
    ['model']
    """

    language_model: str | list[str] = field(default_factory=list)
    aligner: str | list[str] = field(default_factory=list)
    vision_tower: str | list[str] = field(default_factory=list)
    generator: str | list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in _TOWERS:
            value = getattr(self, name)
            if value is None or isinstance(value, str):
                setattr(self, name, [] if value is None else [value])


def _built_in() -> Mapping[str, ModelKeys]:
    from ..families.models import MODEL_FAMILIES

    keys = (keys for family in MODEL_FAMILIES for keys in getattr(family, "ARCHS", ()))
    return {str(each.arch_name): each for each in keys}


MODEL_ARCH_MAPPING: LazyMapping[ModelKeys] = LazyMapping(_built_in)


def register_model_arch(model_arch: ModelKeys, *, exist_ok: bool = False) -> None:
    """Make the module names of an architecture known under their `arch_name`.

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
    for entry in fields(model_arch):
        _check_names(name, entry.name, getattr(model_arch, entry.name))
    MODEL_ARCH_MAPPING._fill()
    with LOCK:
        if not exist_ok and name in MODEL_ARCH_MAPPING:
            raise ModelError(
                f"model architecture {name!r} is registered already; choose another arch_name, or pass "
                "exist_ok=True to replace it",
                field="arch_name",
            )
        MODEL_ARCH_MAPPING[name] = model_arch


def _check_names(arch: str, field: str, value: object) -> None:
    listed = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if not (value is None or isinstance(value, str) or (listed and field in _TOWERS)):
        wanted = "a module's name or a list of them" if field in _TOWERS else "a module's name or None"
        raise ModelError(f"model architecture {arch!r}, {field}: expected {wanted}, got {value!r}", field=field)


def get_model_arch(arch_name: str | None) -> ModelKeys | None:
    """The module names registered as `arch_name`; None where there are none.

    >>> get_model_arch("qwen2_vl").language_model
    ['model.language_model', 'lm_head']
    >>> get_model_arch("llama").lm_head
    'lm_head'
    """
    return None if arch_name is None else MODEL_ARCH_MAPPING.get(arch_name)
