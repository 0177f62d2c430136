"""MiniCPM, by OpenBMB: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("minicpmv", language_model="llm", aligner="resampler", vision_tower="vpm"),
    MultiModelKeys(
        "minicpmv4_6", language_model="model.language_model", aligner="model.merger", vision_tower="model.vision_tower"
    ),
    MultiModelKeys("minicpmo", language_model="llm", aligner="resampler", vision_tower=["vpm", "apm"]),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "minicpm_moe",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-MoE-8x2B", "openbmb/MiniCPM-MoE-8x2B"),
                )
            )
        ],
        template="minicpm",
        architectures=["MiniCPMForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.36"],
    ),
    ModelMeta(
        "minicpmv",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-V", "openbmb/MiniCPM-V"),
                    ("OpenBMB/MiniCPM-V-2", "openbmb/MiniCPM-V-2"),
                )
            )
        ],
        template="minicpmv",
        architectures=["MiniCPMV"],
        model_arch="minicpmv",
        is_multimodal=True,
        requires=["timm", "transformers<4.42"],
        tags=["vision"],
    ),
    ModelMeta(
        "minicpmv2_5",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-Llama3-V-2_5", "openbmb/MiniCPM-Llama3-V-2_5"),
                )
            )
        ],
        template="minicpmv2_5",
        architectures=["MiniCPMV"],
        model_arch="minicpmv",
        is_multimodal=True,
        requires=["timm", "transformers>=4.36"],
        tags=["vision"],
    ),
    ModelMeta(
        "minicpmv2_6",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-V-2_6", "openbmb/MiniCPM-V-2_6"),
                )
            )
        ],
        template="minicpmv2_6",
        architectures=["MiniCPMV"],
        model_arch="minicpmv",
        is_multimodal=True,
        requires=["timm", "transformers>=4.36", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "minicpmo",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-o-2_6", "openbmb/MiniCPM-o-2_6"),
                ),
                template="minicpmo",
            ),
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-o-4_5", "openbmb/MiniCPM-o-4_5"),
                ),
                template="minicpmo4_5",
                requires=["timm", "transformers==4.51.3", "decord", "soundfile", "minicpmo-utils==1.0.6"],
            ),
        ],
        architectures=["MiniCPMO"],
        model_arch="minicpmo",
        is_multimodal=True,
        requires=["timm", "transformers>=4.36", "decord", "soundfile"],
        tags=["vision", "video", "omni", "audio"],
    ),
    ModelMeta(
        "minicpmv4",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-V-4", "openbmb/MiniCPM-V-4"),
                )
            )
        ],
        template="minicpmv4",
        architectures=["MiniCPMV"],
        model_arch="minicpmv",
        is_multimodal=True,
        requires=["timm", "transformers>=4.36", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "minicpmv4_5",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-V-4_5", "openbmb/MiniCPM-V-4_5"),
                )
            )
        ],
        template="minicpmv4_5",
        architectures=["MiniCPMV"],
        model_arch="minicpmv",
        is_multimodal=True,
        requires=["timm", "transformers>=4.36", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "minicpmv4_6",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-V-4.6", "openbmb/MiniCPM-V-4.6"),
                )
            )
        ],
        template="minicpmv4_6",
        architectures=["MiniCPMV4_6ForConditionalGeneration"],
        model_arch="minicpmv4_6",
        is_multimodal=True,
        requires=["transformers>=5.7.0"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "minicpmv4_7",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-V-4.7-1B", "openbmb/MiniCPM-V-4.7-1B"),
                    ("OpenBMB/MiniCPM-V-4.7-35B-A3B", "openbmb/MiniCPM-V-4.7-35B-A3B"),
                )
            )
        ],
        template="minicpmv4_7",
        architectures=["MiniCPMV4_7ForConditionalGeneration"],
        model_arch="minicpmv4_6",
        is_multimodal=True,
        requires=["transformers>=5.18.0"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "minicpm",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-2B-sft-fp32", "openbmb/MiniCPM-2B-sft-fp32"),
                    ("OpenBMB/MiniCPM-2B-dpo-fp32", "openbmb/MiniCPM-2B-dpo-fp32"),
                    ("OpenBMB/MiniCPM-1B-sft-bf16", "openbmb/MiniCPM-1B-sft-bf16"),
                )
            )
        ],
        template="minicpm",
        architectures=["MiniCPMForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.36.0"],
    ),
    ModelMeta(
        "minicpm_chatml",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM-2B-128k", "openbmb/MiniCPM-2B-128k"),
                )
            ),
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM4-0.5B", "openbmb/MiniCPM4-0.5B"),
                    ("OpenBMB/MiniCPM4-8B", "openbmb/MiniCPM4-8B"),
                )
            ),
        ],
        template="chatml",
        architectures=["MiniCPMForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.36"],
    ),
    ModelMeta(
        "minicpm3",
        [
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM3-4B", "openbmb/MiniCPM3-4B"),
                )
            )
        ],
        template="chatml",
        architectures=["MiniCPM3ForCausalLM"],
        model_arch="deepseek_v2",
        requires=["transformers>=4.36"],
    ),
)
