"""MiniMax: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "minimax_m3_vl",
        language_model=["model.language_model", "lm_head"],
        aligner="model.multi_modal_projector",
        vision_tower="model.vision_tower",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "minimax_vl",
        [
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-VL-01", "MiniMaxAI/MiniMax-VL-01"),
                )
            )
        ],
        template="minimax_vl",
        architectures=["MiniMaxVL01ForConditionalGeneration"],
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "minimax",
        [
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-Text-01", "MiniMaxAI/MiniMax-Text-01"),
                )
            )
        ],
        template="minimax",
        architectures=["MiniMaxText01ForCausalLM"],
    ),
    ModelMeta(
        "minimax_m1",
        [
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-M1-40k", "MiniMaxAI/MiniMax-M1-40k"),
                    ("MiniMax/MiniMax-M1-80k", "MiniMaxAI/MiniMax-M1-80k"),
                )
            )
        ],
        template="minimax_m1",
        architectures=["MiniMaxM1ForCausalLM"],
    ),
    ModelMeta(
        "minimax_m2",
        [
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-M2", "MiniMaxAI/MiniMax-M2"),
                ),
                template="minimax_m2",
            ),
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-M2.1", "MiniMaxAI/MiniMax-M2.1"),
                ),
                template="minimax_m2_1",
            ),
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-M2.5", "MiniMaxAI/MiniMax-M2.5"),
                ),
                template="minimax_m2_5",
            ),
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-M2.7", "MiniMaxAI/MiniMax-M2.7"),
                ),
                template="minimax_m2_7",
            ),
        ],
        architectures=["MiniMaxM2ForCausalLM"],
        requires=["transformers==4.57.1"],
    ),
    ModelMeta(
        "minimax_m3_vl",
        [
            ModelGroup(
                ids(
                    ("MiniMax/MiniMax-M3", "MiniMaxAI/MiniMax-M3"),
                )
            )
        ],
        template="minimax_m3_vl",
        architectures=["MiniMaxM3SparseForConditionalGeneration"],
        model_arch="minimax_m3_vl",
        is_multimodal=True,
        tags=["vision", "video"],
    ),
)
