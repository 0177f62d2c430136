"""WizardLM: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "wizardlm2_moe",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/WizardLM-2-8x22B", "alpindale/WizardLM-2-8x22B"),
                )
            )
        ],
        template="wizardlm2_moe",
        architectures=["MixtralForCausalLM"],
        requires=["transformers>=4.36"],
    ),
    ModelMeta(
        "wizardlm2",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/WizardLM-2-7B-AWQ", "MaziyarPanahi/WizardLM-2-7B-AWQ"),
                )
            )
        ],
        template="wizardlm2",
        architectures=["MistralForCausalLM"],
        requires=["transformers>=4.34"],
    ),
)
