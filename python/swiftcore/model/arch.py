"""Module names of architectures: `ModelKeys` and `MultiModelKeys`.

Names are those of `model.named_modules()`; `{}` is the index of a layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["TOWERS", "ModelKeys", "MultiModelKeys"]


@dataclass
class ModelKeys:
    """Module names of a language model; None for modules that it does not have.

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


# The parts of a multimodal model.
TOWERS = ("language_model", "aligner", "vision_tower", "generator")


@dataclass
class MultiModelKeys(ModelKeys):
    """Module names of a multimodal model. Each part is a list of names; a single name is accepted as well.

    >>> MultiModelKeys("mine", language_model="model", aligner="projector").language_model
    ['model']
    """

    language_model: str | list[str] = field(default_factory=list)
    aligner: str | list[str] = field(default_factory=list)
    vision_tower: str | list[str] = field(default_factory=list)
    generator: str | list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in TOWERS:
            value = getattr(self, name)
            if value is None or isinstance(value, str):
                setattr(self, name, [] if value is None else [value])
