"""Command and Aya, by Cohere: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "c4ai",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/c4ai-command-r-v01", "CohereForAI/c4ai-command-r-v01"),
                    ("AI-ModelScope/c4ai-command-r-plus", "CohereForAI/c4ai-command-r-plus"),
                )
            )
        ],
        template="c4ai",
        architectures=["CohereForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.39"],
    ),
    ModelMeta(
        "aya",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/aya-expanse-8b", "CohereForAI/aya-expanse-8b"),
                    ("AI-ModelScope/aya-expanse-32b", "CohereForAI/aya-expanse-32b"),
                )
            )
        ],
        template="aya",
        architectures=["CohereForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.44.0"],
    ),
)
