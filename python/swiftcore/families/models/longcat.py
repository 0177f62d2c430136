"""LongCat, by Meituan: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "longchat",
        [
            ModelGroup(
                ids(
                    "meituan-longcat/LongCat-Flash-Chat",
                    "meituan-longcat/LongCat-Flash-Chat-FP8",
                )
            )
        ],
        template="longchat",
        architectures=["LongcatFlashForCausalLM"],
        requires=["transformers>=4.54,<4.56"],
    ),
)
