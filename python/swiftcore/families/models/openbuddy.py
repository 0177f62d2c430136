"""OpenBuddy: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "openbuddy_llama",
        [
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-llama-65b-v8-bf16",
                ),
                template="openbuddy",
            ),
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-llama2-13b-v8.1-fp16",
                    "OpenBuddy/openbuddy-llama2-70b-v10.1-bf16",
                ),
                template="openbuddy",
            ),
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-deepseek-67b-v15.2",
                ),
                template="openbuddy",
            ),
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-llama3-8b-v21.1-8k",
                    "OpenBuddy/openbuddy-llama3-70b-v21.1-8k",
                    "OpenBuddy/openbuddy-yi1.5-34b-v21.3-32k",
                ),
                template="openbuddy2",
            ),
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-llama3.1-8b-v22.1-131k",
                    "OpenBuddy/openbuddy-nemotron-70b-v23.2-131k",
                ),
                template="openbuddy2",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-llama3.3-70b-v24.3-131k",
                ),
                template="openbuddy2",
                requires=["transformers>=4.45"],
            ),
        ],
        architectures=["LlamaForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "openbuddy_mistral",
        [
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-mistral-7b-v17.1-32k",
                )
            ),
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-zephyr-7b-v14.1",
                )
            ),
        ],
        template="openbuddy",
        architectures=["MistralForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.34"],
    ),
    ModelMeta(
        "openbuddy_mixtral",
        [
            ModelGroup(
                ids(
                    "OpenBuddy/openbuddy-mixtral-7bx8-v18.1-32k",
                )
            )
        ],
        template="openbuddy",
        architectures=["MixtralForCausalLM"],
        requires=["transformers>=4.36"],
    ),
)
