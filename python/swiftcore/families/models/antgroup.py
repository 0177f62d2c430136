"""CodeFuse, Ling and Ring, by Ant Group: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "codefuse",
        embedding="gpt_neox.embed_in",
        module_list="gpt_neox.layers",
        lm_head="gpt_neox.embed_out",
        o_proj="gpt_neox.layers.{}.attention.dense",
        attention="gpt_neox.layers.{}.attention",
        mlp="gpt_neox.layers.{}.mlp",
        down_proj="gpt_neox.layers.{}.mlp.dense_4h_to_h",
        qkv_proj="gpt_neox.layers.{}.attention.query_key_value",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "codefuse_qwen",
        [
            ModelGroup(
                ids(
                    "codefuse-ai/CodeFuse-QWen-14B",
                )
            )
        ],
        template="codefuse",
        architectures=["QWenLMHeadModel"],
        model_arch="qwen",
        tags=["coding"],
    ),
    ModelMeta(
        "codefuse_codegeex2",
        [
            ModelGroup(
                ids(
                    "codefuse-ai/CodeFuse-CodeGeeX2-6B",
                )
            )
        ],
        template="codefuse",
        architectures=["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        model_arch="chatglm",
        requires=["transformers<4.34"],
        tags=["coding"],
    ),
    ModelMeta(
        "codefuse_codellama",
        [
            ModelGroup(
                ids(
                    "codefuse-ai/CodeFuse-CodeLlama-34B",
                ),
                tags=["coding"],
            )
        ],
        template="codefuse_codellama",
        architectures=["LlamaForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "ling",
        [
            ModelGroup(
                ids(
                    "inclusionAI/Ling-lite",
                    "inclusionAI/Ling-plus",
                    "inclusionAI/Ling-lite-base",
                    "inclusionAI/Ling-plus-base",
                )
            )
        ],
        template="ling",
        architectures=["BailingMoeForCausalLM"],
    ),
    ModelMeta(
        "bailing_moe",
        [
            ModelGroup(
                ids(
                    "inclusionAI/Ling-mini-2.0",
                    "inclusionAI/Ling-mini-base-2.0",
                    "inclusionAI/Ling-1T",
                ),
                template="ling2",
            ),
            ModelGroup(
                ids(
                    "inclusionAI/Ring-mini-2.0",
                ),
                template="ring2",
            ),
        ],
        architectures=["BailingMoeV2ForCausalLM"],
    ),
    ModelMeta(
        "bailing_hybrid",
        [
            ModelGroup(
                ids(
                    "inclusionAI/Ling-2.5-1T",
                    "inclusionAI/Ling-2.6-1T",
                    "inclusionAI/Ling-2.6-flash",
                ),
                template="ling2",
            ),
            ModelGroup(
                ids(
                    "inclusionAI/Ling-3.0-tiny",
                    "inclusionAI/Ling-3.0-flash",
                ),
                template="ling3",
            ),
            ModelGroup(
                ids(
                    "inclusionAI/Ring-2.5-1T",
                    "inclusionAI/Ring-2.6-1T",
                ),
                template="ring2_5",
            ),
        ],
        architectures=["BailingMoeV2_5ForCausalLM", "BailingMoeV3ForCausalLM"],
    ),
)
