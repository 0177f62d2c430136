"""gpt-oss, by OpenAI: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "gpt_oss",
        [
            ModelGroup(
                ids(
                    ("openai-mirror/gpt-oss-20b", "openai/gpt-oss-20b"),
                    ("openai-mirror/gpt-oss-120b", "openai/gpt-oss-120b"),
                )
            )
        ],
        template="gpt_oss",
        architectures=["GptOssForCausalLM"],
        ignore_patterns=["metal/", "original/"],
        requires=["transformers>=4.55"],
    ),
)
