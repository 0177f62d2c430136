"""Emu, by BAAI: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (MultiModelKeys("emu3_chat", language_model="model"),)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "emu3_gen",
        [
            ModelGroup(
                ids(
                    "BAAI/Emu3-Gen",
                )
            )
        ],
        template="emu3_gen",
        architectures=["Emu3ForCausalLM"],
        model_arch="emu3_chat",
        is_multimodal=True,
        tags=["t2i"],
    ),
    ModelMeta(
        "emu3_chat",
        [
            ModelGroup(
                ids(
                    "BAAI/Emu3-Chat",
                )
            )
        ],
        template="emu3_chat",
        architectures=["Emu3ForCausalLM"],
        model_arch="emu3_chat",
        is_multimodal=True,
        requires=["transformers>=4.44.0"],
        tags=["vision"],
    ),
)
