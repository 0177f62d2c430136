"""Seed, SAIL-VL and Valley, by ByteDance: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("valley", language_model="model", vision_tower=["model.vision_tower", "model.qwen2vl_vision_tower"]),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "sail_vl2",
        [
            ModelGroup(
                ids(
                    "BytedanceDouyinContent/SAIL-VL2-2B",
                    "BytedanceDouyinContent/SAIL-VL2-2B-Thinking",
                    "BytedanceDouyinContent/SAIL-VL2-8B",
                    "BytedanceDouyinContent/SAIL-VL2-8B-Thinking",
                )
            )
        ],
        template="sail_vl2",
        architectures=["SAILVLModel"],
        model_arch="internvl",
        is_multimodal=True,
        requires=["transformers<=4.51.3"],
        tags=["vision"],
    ),
    ModelMeta(
        "seed_oss",
        [
            ModelGroup(
                ids(
                    "ByteDance-Seed/Seed-OSS-36B-Instruct",
                    "ByteDance-Seed/Seed-OSS-36B-Base",
                    "ByteDance-Seed/Seed-OSS-36B-Base-woSyn",
                )
            )
        ],
        template="seed_oss",
        architectures=["SeedOssForCausalLM"],
        requires=["transformers>=4.56"],
    ),
    ModelMeta(
        "valley",
        [
            ModelGroup(
                ids(
                    ("bytedance-research/Valley-Eagle-7B", None),
                )
            )
        ],
        template="valley",
        architectures=["ValleyQwen2ForCausalLM"],
        model_arch="valley",
        is_multimodal=True,
        requires=["transformers>=4.42", "av"],
        tags=["vision"],
    ),
)
