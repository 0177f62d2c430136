"""MiMo and what else Xiaomi makes: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("midashenglm", language_model="decoder", aligner="audio_projector", vision_tower="audio_encoder"),
    MultiModelKeys(
        "mimo_v2",
        mlp="model.layers.{}.mlp",
        language_model=["model", "lm_head"],
        aligner="visual.merger",
        vision_tower=["visual", "audio_encoder"],
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "midashenglm",
        [
            ModelGroup(
                ids(
                    "mispeech/midashenglm-7b",
                ),
                template="midashenglm",
            )
        ],
        architectures=["MiDashengLMModel"],
        model_arch="midashenglm",
        is_multimodal=True,
        requires=["transformers>=4.52", "soundfile"],
        tags=["audio"],
    ),
    ModelMeta(
        "mimo",
        [
            ModelGroup(
                ids(
                    "XiaomiMiMo/MiMo-7B-Base",
                    "XiaomiMiMo/MiMo-7B-SFT",
                    "XiaomiMiMo/MiMo-7B-RL-Zero",
                    "XiaomiMiMo/MiMo-7B-RL",
                ),
                template="qwen",
            ),
            ModelGroup(
                ids(
                    "XiaomiMiMo/MiMo-7B-RL-0530",
                ),
                template="mimo_rl",
            ),
        ],
        architectures=["MiMoForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.37"],
    ),
    ModelMeta(
        "mimo_v2",
        [
            ModelGroup(
                ids(
                    "XiaomiMiMo/MiMo-V2.5",
                ),
                template="mimo_v2",
            )
        ],
        architectures=["MiMoV2ForCausalLM"],
        model_arch="mimo_v2",
        is_multimodal=True,
        requires=["transformers>=4.57", "qwen_vl_utils>0.0.6", "decord", "torchaudio"],
        tags=["vision", "video", "audio"],
    ),
)
