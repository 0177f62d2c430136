"""Skywork: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "skywork",
        [
            ModelGroup(
                ids(
                    "skywork/Skywork-13B-base",
                    ("skywork/Skywork-13B-chat", None),
                )
            )
        ],
        template="skywork",
        architectures=["SkyworkForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "llama3_2_reward",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Skywork-Reward-Llama-3.1-8B", "Skywork/Skywork-Reward-Llama-3.1-8B"),
                    ("AI-ModelScope/Skywork-Reward-Llama-3.1-8B-v0.2", "Skywork/Skywork-Reward-Llama-3.1-8B-v0.2"),
                )
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/GRM_Llama3.1_8B_rewardmodel-ft", "Ray2333/GRM_Llama3.1_8B_rewardmodel-ft"),
                    ("AI-ModelScope/GRM-llama3.2-3B-rewardmodel-ft", "Ray2333/GRM-llama3.2-3B-rewardmodel-ft"),
                )
            ),
        ],
        template="llama3_2",
        architectures=["LlamaForSequenceClassification"],
        model_arch="llama",
        is_reward=True,
        requires=["transformers>=4.43"],
    ),
    ModelMeta(
        "gemma_reward",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Skywork-Reward-Gemma-2-27B", "Skywork/Skywork-Reward-Gemma-2-27B"),
                    ("AI-ModelScope/Skywork-Reward-Gemma-2-27B-v0.2", "Skywork/Skywork-Reward-Gemma-2-27B-v0.2"),
                )
            )
        ],
        template="gemma",
        architectures=["Gemma2ForSequenceClassification"],
        model_arch="llama",
        is_reward=True,
        requires=["transformers>=4.42"],
    ),
)
