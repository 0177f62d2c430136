"""Kimi, by Moonshot: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "llava_hf_legacy", language_model="language_model", aligner="multi_modal_projector", vision_tower="vision_tower"
    ),
    MultiModelKeys("kimi_k25", language_model="language_model", aligner="mm_projector", vision_tower="vision_tower"),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "kimi_vl",
        [
            ModelGroup(
                ids(
                    "moonshotai/Kimi-VL-A3B-Instruct",
                    "moonshotai/Kimi-VL-A3B-Thinking",
                    "moonshotai/Kimi-VL-A3B-Thinking-2506",
                )
            )
        ],
        template="kimi_vl",
        architectures=["KimiVLForConditionalGeneration"],
        model_arch="llava_hf_legacy",
        is_multimodal=True,
        requires=["transformers<4.49"],
    ),
    ModelMeta(
        "kimi_k25",
        [
            ModelGroup(
                ids(
                    "moonshotai/Kimi-K2.5",
                    "moonshotai/Kimi-K2.6",
                    "moonshotai/Kimi-K2.7-Code",
                )
            )
        ],
        template="kimi_k25",
        architectures=["KimiK25ForConditionalGeneration"],
        model_arch="kimi_k25",
        is_multimodal=True,
        requires=["transformers>=4.57.1,<5.0.0"],
    ),
    ModelMeta(
        "kimi_k3",
        [
            ModelGroup(
                ids(
                    "moonshotai/Kimi-K3",
                )
            )
        ],
        template="kimi_k3",
        architectures=["KimiK3ForConditionalGeneration"],
        model_arch="kimi_k25",
        is_multimodal=True,
        requires=["transformers>=5", "tiktoken"],
        tags=["vision"],
    ),
)
