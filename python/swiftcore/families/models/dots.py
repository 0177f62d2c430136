"""dots, by rednote: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (MultiModelKeys("dots_ocr", language_model="model"),)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "dots1",
        [
            ModelGroup(
                ids(
                    "rednote-hilab/dots.llm1.base",
                    "rednote-hilab/dots.llm1.inst",
                )
            )
        ],
        template="dots1",
        architectures=["Dots1ForCausalLM"],
        requires=["transformers>=4.53"],
    ),
    ModelMeta(
        "dots_ocr",
        [
            ModelGroup(
                ids(
                    "rednote-hilab/dots.ocr",
                )
            )
        ],
        template="dots_ocr",
        architectures=["DotsOCRForCausalLM"],
        model_arch="dots_ocr",
        is_multimodal=True,
        requires=["transformers>=4.51.0"],
    ),
)
