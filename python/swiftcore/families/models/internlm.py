"""InternLM and XComposer, by Shanghai AI Laboratory: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "internlm2",
        embedding="model.tok_embeddings",
        module_list="model.layers",
        lm_head="output",
        o_proj="model.layers.{}.attention.wo",
        attention="model.layers.{}.attention",
        mlp="model.layers.{}.feed_forward",
        down_proj="model.layers.{}.feed_forward.w2",
        qkv_proj="model.layers.{}.attention.wqkv",
    ),
    MultiModelKeys("xcomposer", language_model="model", aligner="vision_proj", vision_tower="vit"),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "internlm",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm-chat-7b", "internlm/internlm-chat-7b"),
                    ("Shanghai_AI_Laboratory/internlm-7b", "internlm/internlm-7b"),
                    ("Shanghai_AI_Laboratory/internlm-chat-7b-8k", None),
                    ("Shanghai_AI_Laboratory/internlm-20b", "internlm/internlm-20b"),
                    ("Shanghai_AI_Laboratory/internlm-chat-20b", "internlm/internlm-chat-20b"),
                )
            )
        ],
        template="internlm",
        architectures=["InternLMForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "internlm2",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm2-chat-1_8b", "internlm/internlm2-chat-1_8b"),
                    ("Shanghai_AI_Laboratory/internlm2-1_8b", "internlm/internlm2-1_8b"),
                    ("Shanghai_AI_Laboratory/internlm2-chat-1_8b-sft", "internlm/internlm2-chat-1_8b-sft"),
                    ("Shanghai_AI_Laboratory/internlm2-base-7b", "internlm/internlm2-base-7b"),
                    ("Shanghai_AI_Laboratory/internlm2-7b", "internlm/internlm2-7b"),
                    ("Shanghai_AI_Laboratory/internlm2-chat-7b", "internlm/internlm2-chat-7b"),
                    ("Shanghai_AI_Laboratory/internlm2-chat-7b-sft", "internlm/internlm2-chat-7b-sft"),
                    ("Shanghai_AI_Laboratory/internlm2-base-20b", "internlm/internlm2-base-20b"),
                    ("Shanghai_AI_Laboratory/internlm2-20b", "internlm/internlm2-20b"),
                    ("Shanghai_AI_Laboratory/internlm2-chat-20b", "internlm/internlm2-chat-20b"),
                    ("Shanghai_AI_Laboratory/internlm2-chat-20b-sft", "internlm/internlm2-chat-20b-sft"),
                )
            ),
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm2-math-7b", "internlm/internlm2-math-7b"),
                    ("Shanghai_AI_Laboratory/internlm2-math-base-7b", "internlm/internlm2-math-base-7b"),
                    ("Shanghai_AI_Laboratory/internlm2-math-base-20b", "internlm/internlm2-math-base-20b"),
                    ("Shanghai_AI_Laboratory/internlm2-math-20b", "internlm/internlm2-math-20b"),
                ),
                tags=["math"],
            ),
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm2_5-1_8b-chat", "internlm/internlm2_5-1_8b-chat"),
                    ("Shanghai_AI_Laboratory/internlm2_5-1_8b", "internlm/internlm2_5-1_8b"),
                    ("Shanghai_AI_Laboratory/internlm2_5-7b", "internlm/internlm2_5-7b"),
                    ("Shanghai_AI_Laboratory/internlm2_5-7b-chat", "internlm/internlm2_5-7b-chat"),
                    ("Shanghai_AI_Laboratory/internlm2_5-7b-chat-1m", "internlm/internlm2_5-7b-chat-1m"),
                    ("Shanghai_AI_Laboratory/internlm2_5-20b", "internlm/internlm2_5-20b"),
                    ("Shanghai_AI_Laboratory/internlm2_5-20b-chat", "internlm/internlm2_5-20b-chat"),
                )
            ),
        ],
        template="internlm2",
        architectures=["InternLM2ForCausalLM"],
        model_arch="internlm2",
        requires=["transformers>=4.38"],
    ),
    ModelMeta(
        "internlm3",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm3-8b-instruct", "internlm/internlm3-8b-instruct"),
                )
            )
        ],
        template="internlm2",
        architectures=["InternLM3ForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.48"],
    ),
    ModelMeta(
        "xcomposer2",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm-xcomposer2-7b", "internlm/internlm-xcomposer2-7b"),
                )
            )
        ],
        template="ixcomposer2",
        architectures=["InternLMXComposer2ForCausalLM"],
        model_arch="xcomposer",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "xcomposer2_4khd",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm-xcomposer2-4khd-7b", "internlm/internlm-xcomposer2-4khd-7b"),
                )
            )
        ],
        template="ixcomposer2",
        architectures=["InternLM2ForCausalLM", "InternLMXComposer2ForCausalLM"],
        model_arch="xcomposer",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "xcomposer2_5",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm-xcomposer2d5-7b", "internlm/internlm-xcomposer2d5-7b"),
                    (
                        "Shanghai_AI_Laboratory/internlm-xcomposer2d5-ol-7b:base",
                        "internlm/internlm-xcomposer2d5-ol-7b:base",
                    ),
                )
            )
        ],
        template="xcomposer2_5",
        architectures=["InternLMXComposer2ForCausalLM"],
        model_arch="xcomposer",
        is_multimodal=True,
        requires=["decord"],
        tags=["vision"],
    ),
    ModelMeta(
        "xcomposer2_5_ol_audio",
        [
            ModelGroup(
                ids(
                    (
                        "Shanghai_AI_Laboratory/internlm-xcomposer2d5-ol-7b:audio",
                        "internlm/internlm-xcomposer2d5-ol-7b:audio",
                    ),
                )
            )
        ],
        template="qwen2_audio",
        architectures=["Qwen2AudioForConditionalGeneration"],
        model_arch="qwen2_audio",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["audio"],
    ),
    ModelMeta(
        "internlm2_reward",
        [
            ModelGroup(
                ids(
                    ("Shanghai_AI_Laboratory/internlm2-1_8b-reward", "internlm/internlm2-1_8b-reward"),
                    ("Shanghai_AI_Laboratory/internlm2-7b-reward", "internlm/internlm2-7b-reward"),
                    ("Shanghai_AI_Laboratory/internlm2-20b-reward", "internlm/internlm2-20b-reward"),
                )
            )
        ],
        template="internlm2_reward",
        architectures=["InternLM2ForRewardModel"],
        is_reward=True,
        requires=["transformers>=4.38"],
    ),
)
