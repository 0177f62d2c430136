"""Mistral: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "mistral",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Mistral-7B-Instruct-v0.1", "mistralai/Mistral-7B-Instruct-v0.1"),
                    ("AI-ModelScope/Mistral-7B-Instruct-v0.2", "mistralai/Mistral-7B-Instruct-v0.2"),
                    ("LLM-Research/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-Instruct-v0.3"),
                    ("AI-ModelScope/Mistral-7B-v0.1", "mistralai/Mistral-7B-v0.1"),
                    ("AI-ModelScope/Mistral-7B-v0.2-hf", "alpindale/Mistral-7B-v0.2-hf"),
                )
            ),
            ModelGroup(
                ids(
                    ("swift/Codestral-22B-v0.1", "mistralai/Codestral-22B-v0.1"),
                )
            ),
        ],
        template="llama",
        architectures=["MistralForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.34"],
    ),
    ModelMeta(
        "mixtral",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Mixtral-8x7B-Instruct-v0.1", "mistralai/Mixtral-8x7B-Instruct-v0.1"),
                    ("AI-ModelScope/Mixtral-8x7B-v0.1", "mistralai/Mixtral-8x7B-v0.1"),
                    ("AI-ModelScope/Mixtral-8x22B-v0.1", "mistral-community/Mixtral-8x22B-v0.1"),
                ),
                requires=["transformers>=4.36"],
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/Mixtral-8x7b-AQLM-2Bit-1x16-hf", "ISTA-DASLab/Mixtral-8x7b-AQLM-2Bit-1x16-hf"),
                ),
                requires=["transformers>=4.38", "aqlm", "torch>=2.2.0"],
            ),
        ],
        template="llama",
        architectures=["MixtralForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "mistral_nemo",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Mistral-Small-Instruct-2409", "mistralai/Mistral-Small-Instruct-2409"),
                    ("LLM-Research/Mistral-Large-Instruct-2407", "mistralai/Mistral-Large-Instruct-2407"),
                    ("AI-ModelScope/Mistral-Nemo-Base-2407", "mistralai/Mistral-Nemo-Base-2407"),
                    ("AI-ModelScope/Mistral-Nemo-Instruct-2407", "mistralai/Mistral-Nemo-Instruct-2407"),
                ),
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/Ministral-8B-Instruct-2410", "mistralai/Ministral-8B-Instruct-2410"),
                ),
                requires=["transformers>=4.46"],
            ),
        ],
        template="mistral_nemo",
        architectures=["MistralForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "mistral_2501",
        [
            ModelGroup(
                ids(
                    "mistralai/Mistral-Small-24B-Base-2501",
                    "mistralai/Mistral-Small-24B-Instruct-2501",
                )
            )
        ],
        template="mistral_2501",
        architectures=["MistralForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "devstral",
        [
            ModelGroup(
                ids(
                    "mistralai/Devstral-Small-2505",
                ),
                requires=["transformers>=4.43", "mistral-common>=1.5.5"],
            )
        ],
        template="devstral",
        architectures=["MistralForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "mistral3",
        [
            ModelGroup(
                ids(
                    "mistralai/Mistral-Small-3.1-24B-Base-2503",
                    "mistralai/Mistral-Small-3.1-24B-Instruct-2503",
                ),
                requires=["transformers>=4.49"],
            ),
            ModelGroup(
                ids(
                    "mistralai/Ministral-3-3B-Base-2512",
                    "mistralai/Ministral-3-3B-Instruct-2512",
                    "mistralai/Ministral-3-3B-Instruct-2512-BF16",
                    "mistralai/Ministral-3-8B-Base-2512",
                    "mistralai/Ministral-3-8B-Instruct-2512",
                    "mistralai/Ministral-3-8B-Instruct-2512-BF16",
                    "mistralai/Ministral-3-14B-Base-2512",
                    "mistralai/Ministral-3-14B-Instruct-2512",
                    "mistralai/Ministral-3-14B-Instruct-2512-BF16",
                ),
                template="mistral_2512",
                requires=["transformers>=5.0.0.dev0", "mistral-common>=1.8.6"],
            ),
            ModelGroup(
                ids(
                    "mistralai/Ministral-3-3B-Reasoning-2512",
                    "mistralai/Ministral-3-8B-Reasoning-2512",
                    "mistralai/Ministral-3-14B-Reasoning-2512",
                ),
                template="mistral_2512_thinking",
                requires=["transformers>=5.0.0.dev0", "mistral-common>=1.8.6"],
            ),
        ],
        template="mistral_2503",
        architectures=["Mistral3ForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "mistral3_2506",
        [
            ModelGroup(
                ids(
                    "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
                )
            )
        ],
        template="mistral_2506",
        architectures=["Mistral3ForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.49"],
    ),
    ModelMeta(
        "pixtral",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/pixtral-12b", "mistral-community/pixtral-12b"),
                )
            )
        ],
        template="pixtral",
        architectures=["LlavaForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["vision"],
    ),
)
