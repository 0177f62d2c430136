"""Ovis, by Alibaba's AIDC team: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("ovis", language_model="llm", vision_tower=["visual_tokenizer", "vte"]),
    MultiModelKeys(
        "ovis2_5", language_model="llm", aligner="visual_tokenizer.head", vision_tower=["visual_tokenizer.vit", "vte"]
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "ovis_ocr2",
        [
            ModelGroup(
                ids(
                    "ATH-MaaS/OvisOCR2",
                )
            )
        ],
        template="ovis_ocr2",
        architectures=["Qwen3_5ForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        requires=["transformers>=5.2.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision"],
    ),
    ModelMeta(
        "ovis1_6",
        [
            ModelGroup(
                ids(
                    "AIDC-AI/Ovis1.6-Gemma2-9B",
                    "AIDC-AI/Ovis1.6-Gemma2-9B-GPTQ-Int4",
                    "AIDC-AI/Ovis1.6-Gemma2-27B",
                ),
                template="ovis1_6",
                requires=["transformers>=4.42"],
            ),
            ModelGroup(
                ids(
                    "AIDC-AI/Ovis1.6-Llama3.2-3B",
                ),
                template="ovis1_6_llama3",
            ),
        ],
        architectures=["Ovis"],
        model_arch="ovis",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "ovis2",
        [
            ModelGroup(
                ids(
                    "AIDC-AI/Ovis2-1B",
                    "AIDC-AI/Ovis2-2B",
                    "AIDC-AI/Ovis2-4B",
                    "AIDC-AI/Ovis2-8B",
                    "AIDC-AI/Ovis2-16B",
                    "AIDC-AI/Ovis2-34B",
                )
            )
        ],
        template="ovis2",
        architectures=["Ovis"],
        model_arch="ovis",
        is_multimodal=True,
        requires=["transformers>=4.46.2", "moviepy<2"],
        tags=["vision"],
    ),
    ModelMeta(
        "ovis2_5",
        [
            ModelGroup(
                ids(
                    "AIDC-AI/Ovis2.5-2B",
                    "AIDC-AI/Ovis2.5-9B",
                )
            )
        ],
        template="ovis2_5",
        architectures=["Ovis2_5"],
        model_arch="ovis2_5",
        is_multimodal=True,
        requires=["transformers>=4.46.2", "moviepy<2"],
        tags=["vision"],
    ),
)
