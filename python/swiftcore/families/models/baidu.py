"""ERNIE and PaddleOCR, by Baidu: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "unlimited_ocr",
        language_model=["model.embed_tokens", "model.layers", "model.norm", "lm_head"],
        aligner="model.projector",
        vision_tower=["model.vision_model", "model.sam_model"],
    ),
    MultiModelKeys(
        "ernie_vl", language_model=["model", "lm_head"], aligner="model.resampler_model", vision_tower="vision_model"
    ),
    MultiModelKeys("keye_vl", language_model=["model", "lm_head"], aligner="mlp_AR", vision_tower="visual"),
    MultiModelKeys(
        "paddleocr_vl",
        language_model=["model.language_model", "lm_head"],
        aligner="model.projector",
        vision_tower="model.visual",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "ernie4_5",
        [
            ModelGroup(
                ids(
                    ("PaddlePaddle/ERNIE-4.5-0.3B-Base-PT", "baidu/ERNIE-4.5-0.3B-PT"),
                    ("PaddlePaddle/ERNIE-4.5-0.3B-PT", "baidu/ERNIE-4.5-0.3B-PT"),
                ),
                template="ernie",
            )
        ],
        architectures=["Ernie4_5_ForCausalLM"],
    ),
    ModelMeta(
        "ernie4_5_moe",
        [
            ModelGroup(
                ids(
                    ("PaddlePaddle/ERNIE-4.5-21B-A3B-Base-PT", "baidu/ERNIE-4.5-21B-A3B-Base-PT"),
                    ("PaddlePaddle/ERNIE-4.5-21B-A3B-PT", "baidu/ERNIE-4.5-21B-A3B-PT"),
                    ("PaddlePaddle/ERNIE-4.5-300B-A47B-Base-PT", "baidu/ERNIE-4.5-300B-A47B-Base-PT"),
                    ("PaddlePaddle/ERNIE-4.5-300B-A47B-PT", "baidu/ERNIE-4.5-300B-A47B-PT"),
                ),
                template="ernie",
            ),
            ModelGroup(
                ids(
                    ("PaddlePaddle/ERNIE-4.5-21B-A3B-Thinking", "baidu/ERNIE-4.5-21B-A3B-Thinking"),
                ),
                template="ernie_thinking",
            ),
        ],
        architectures=["Ernie4_5_MoeForCausalLM"],
    ),
    ModelMeta(
        "ernie_vl",
        [
            ModelGroup(
                ids(
                    ("PaddlePaddle/ERNIE-4.5-VL-28B-A3B-PT", "baidu/ERNIE-4.5-VL-28B-A3B-PT"),
                    ("PaddlePaddle/ERNIE-4.5-VL-424B-A47B-PT", "baidu/ERNIE-4.5-VL-424B-A47B-PT"),
                    ("PaddlePaddle/ERNIE-4.5-VL-28B-A3B-Base-PT", "baidu/ERNIE-4.5-VL-28B-A3B-Base-PT"),
                    ("PaddlePaddle/ERNIE-4.5-VL-424B-A47B-Base-PT", "baidu/ERNIE-4.5-VL-424B-A47B-Base-PT"),
                ),
                template="ernie_vl",
            ),
            ModelGroup(
                ids(
                    ("PaddlePaddle/ERNIE-4.5-VL-28B-A3B-Thinking", "baidu/ERNIE-4.5-VL-28B-A3B-Thinking"),
                ),
                template="ernie_vl_thinking",
            ),
        ],
        architectures=["Ernie4_5_VLMoeForConditionalGeneration"],
        model_arch="ernie_vl",
        is_multimodal=True,
        requires=["transformers>=4.52", "moviepy"],
    ),
    ModelMeta(
        "paddle_ocr",
        [
            ModelGroup(
                ids(
                    "PaddlePaddle/PaddleOCR-VL",
                )
            )
        ],
        template="paddle_ocr",
        architectures=["PaddleOCRVLForConditionalGeneration"],
        model_arch="keye_vl",
        is_multimodal=True,
        requires=["transformers<5.0"],
    ),
    ModelMeta(
        "paddleocr_vl",
        [
            ModelGroup(
                ids(
                    "PaddlePaddle/PaddleOCR-VL-1.5",
                    "PaddlePaddle/PaddleOCR-VL-1.6",
                ),
                template="paddle_ocr_1_5",
            )
        ],
        architectures=["PaddleOCRVLForConditionalGeneration"],
        model_arch="paddleocr_vl",
        is_multimodal=True,
        requires=["transformers>=5.0"],
    ),
    ModelMeta(
        "unlimited_ocr",
        [
            ModelGroup(
                ids(
                    "PaddlePaddle/Unlimited-OCR",
                )
            )
        ],
        template="unlimited_ocr",
        architectures=["UnlimitedOCRForCausalLM"],
        model_arch="unlimited_ocr",
        is_multimodal=True,
        requires=["transformers==4.46.3", "easydict"],
        tags=["vision"],
    ),
)
