"""Megrez, by Infinigence: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (MultiModelKeys("megrez_omni", language_model="llm", vision_tower=["vision", "audio"]),)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "megrez_omni",
        [
            ModelGroup(
                ids(
                    ("InfiniAI/Megrez-3B-Omni", "Infinigence/Megrez-3B-Omni"),
                )
            )
        ],
        template="megrez_omni",
        architectures=["MegrezO"],
        model_arch="megrez_omni",
        is_multimodal=True,
        tags=["vision", "audio"],
    ),
)
