"""OLMo and Molmo, by the Allen Institute for AI: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "molmo",
        language_model="model.transformer",
        aligner="model.vision_backbone.image_projector",
        vision_tower="model.vision_backbone",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "olmoe",
        [
            ModelGroup(
                ids(
                    "allenai/OLMoE-1B-7B-0125",
                    "allenai/OLMoE-1B-7B-0125-Instruct",
                ),
                template="olmoe",
            ),
            ModelGroup(
                ids(
                    "allenai/OLMoE-1B-7B-0924",
                    "allenai/OLMoE-1B-7B-0924-Instruct",
                    "allenai/OLMoE-1B-7B-0924-SFT",
                ),
                template="olmoe_0924",
            ),
        ],
        architectures=["OlmoeForCausalLM"],
    ),
    ModelMeta(
        "molmoe",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/MolmoE-1B-0924", "allenai/MolmoE-1B-0924"),
                )
            )
        ],
        template="molmo",
        architectures=["OLMoForCausalLM"],
        model_arch="molmo",
        torch_dtype="float32",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["vision"],
    ),
    ModelMeta(
        "molmo",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Molmo-7B-O-0924", "allenai/Molmo-7B-O-0924"),
                    ("LLM-Research/Molmo-7B-D-0924", "allenai/Molmo-7B-D-0924"),
                    ("LLM-Research/Molmo-72B-0924", "allenai/Molmo-72B-0924"),
                )
            )
        ],
        template="molmo",
        architectures=["MolmoForCausalLM"],
        model_arch="molmo",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["vision"],
    ),
    ModelMeta(
        "molmo2",
        [
            ModelGroup(
                ids(
                    "allenai/Molmo2-4B",
                    "allenai/Molmo2-8B",
                    "allenai/Molmo2-O-7B",
                )
            )
        ],
        template="molmo2",
        architectures=["Molmo2ForConditionalGeneration"],
        model_arch="molmo",
        is_multimodal=True,
        requires=["transformers>=4.57.1,<5", "decord"],
        tags=["vision", "video"],
    ),
)
