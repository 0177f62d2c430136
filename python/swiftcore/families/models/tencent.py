"""Hunyuan and what else Tencent makes: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("hunyuan_vl", language_model="model", aligner="vit.perceive", vision_tower="vit"),
    MultiModelKeys(
        "wemm_embedding",
        mlp="model.language_model.layers.{}.mlp",
        language_model=["model.language_model", "lm_head"],
        aligner="model.visual.merger",
        vision_tower="model.visual",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "wemm_embedding",
        [
            ModelGroup(
                ids(
                    ("Tencent-Hunyuan/WeMM-Embedding-2B", "tencent/WeMM-Embedding-2B"),
                    ("Tencent-Hunyuan/WeMM-Embedding-4B", "tencent/WeMM-Embedding-4B"),
                    ("Tencent-Hunyuan/WeMM-Embedding-9B", "tencent/WeMM-Embedding-9B"),
                )
            )
        ],
        template="wemm_embedding",
        architectures=["WeMMEmbedding", "Qwen3_5ForConditionalGeneration"],
        model_arch="wemm_embedding",
        is_multimodal=True,
        requires=["transformers>=5.0.0.dev", "qwen_vl_utils>0.0.14", "decord"],
        tags=["vision", "video", "embedding"],
    ),
    ModelMeta(
        "hunyuan",
        [
            ModelGroup(
                ids(
                    ("Tencent-Hunyuan/Hunyuan-A13B-Instruct", "tencent/Hunyuan-A13B-Instruct"),
                )
            )
        ],
        template="hunyuan_moe",
        architectures=["HunYuanMoEV1ForCausalLM"],
    ),
    ModelMeta(
        "hunyuan_v1_dense",
        [
            ModelGroup(
                ids(
                    ("Tencent-Hunyuan/Hunyuan-0.5B-Instruct", "tencent/Hunyuan-0.5B-Instruct"),
                    ("Tencent-Hunyuan/Hunyuan-1.8B-Instruct", "tencent/Hunyuan-1.8B-Instruct"),
                    ("Tencent-Hunyuan/Hunyuan-4B-Instruct", "tencent/Hunyuan-4B-Instruct"),
                    ("Tencent-Hunyuan/Hunyuan-7B-Instruct", "tencent/Hunyuan-7B-Instruct"),
                    ("Tencent-Hunyuan/Hunyuan-0.5B-Pretrain", "tencent/Hunyuan-0.5B-Pretrain"),
                    ("Tencent-Hunyuan/Hunyuan-1.8B-Pretrain", "tencent/Hunyuan-1.8B-Pretrain"),
                    ("Tencent-Hunyuan/Hunyuan-4B-Pretrain", "tencent/Hunyuan-4B-Pretrain"),
                    ("Tencent-Hunyuan/Hunyuan-7B-Pretrain", "tencent/Hunyuan-7B-Pretrain"),
                    ("Tencent-Hunyuan/Hunyuan-0.5B-Instruct-FP8", "tencent/Hunyuan-0.5B-Instruct-FP8"),
                    ("Tencent-Hunyuan/Hunyuan-1.8B-Instruct-FP8", "tencent/Hunyuan-1.8B-Instruct-FP8"),
                    ("Tencent-Hunyuan/Hunyuan-4B-Instruct-FP8", "tencent/Hunyuan-4B-Instruct-FP8"),
                    ("Tencent-Hunyuan/Hunyuan-7B-Instruct-FP8", "tencent/Hunyuan-7B-Instruct-FP8"),
                    ("Tencent-Hunyuan/Hunyuan-0.5B-Instruct-AWQ-Int4", "tencent/Hunyuan-0.5B-Instruct-AWQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-1.8B-Instruct-AWQ-Int4", "tencent/Hunyuan-1.8B-Instruct-AWQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-4B-Instruct-AWQ-Int4", "tencent/Hunyuan-4B-Instruct-AWQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-7B-Instruct-AWQ-Int4", "tencent/Hunyuan-7B-Instruct-AWQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-0.5B-Instruct-GPTQ-Int4", "tencent/Hunyuan-0.5B-Instruct-GPTQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-1.8B-Instruct-GPTQ-Int4", "tencent/Hunyuan-1.8B-Instruct-GPTQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-4B-Instruct-GPTQ-Int4", "tencent/Hunyuan-4B-Instruct-GPTQ-Int4"),
                    ("Tencent-Hunyuan/Hunyuan-7B-Instruct-GPTQ-Int4", "tencent/Hunyuan-7B-Instruct-GPTQ-Int4"),
                )
            )
        ],
        template="hunyuan",
        architectures=["HunYuanDenseV1ForCausalLM"],
        requires=["transformers>=4.55.0.dev0"],
    ),
    ModelMeta(
        "hy_v3",
        [
            ModelGroup(
                ids(
                    ("Tencent-Hunyuan/Hy3-preview", "tencent/Hy3-preview"),
                    ("Tencent-Hunyuan/Hy3-preview-Base", "tencent/Hy3-preview-Base"),
                ),
                template="hy_v3_preview",
            ),
            ModelGroup(
                ids(
                    ("Tencent-Hunyuan/Hy3", "tencent/Hy3"),
                    ("Tencent-Hunyuan/Hy3-FP8", "tencent/Hy3-FP8"),
                ),
                template="hy_v3",
            ),
        ],
        architectures=["HYV3ForCausalLM"],
        requires=["transformers>=5.6.0"],
    ),
    ModelMeta(
        "youtu_llm",
        [
            ModelGroup(
                ids(
                    ("Tencent-YouTu-Research/Youtu-LLM-2B", "tencent/Youtu-LLM-2B"),
                    ("Tencent-YouTu-Research/Youtu-LLM-2B-Base", "tencent/Youtu-LLM-2B-Base"),
                )
            )
        ],
        template="youtu_llm",
        architectures=["YoutuForCausalLM"],
        requires=["transformers>=4.56"],
    ),
    ModelMeta(
        "hunyuan_ocr",
        [
            ModelGroup(
                ids(
                    ("Tencent-Hunyuan/HunyuanOCR", "tencent/HunyuanOCR"),
                )
            )
        ],
        template="hunyuan_ocr",
        architectures=["HunYuanVLForConditionalGeneration"],
        model_arch="hunyuan_vl",
        is_multimodal=True,
        requires=["transformers>=4.49.0"],
    ),
)
