"""Baichuan: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "baichuan",
        embedding="model.embed_tokens",
        module_list="model.layers",
        lm_head="lm_head",
        attention="model.layers.{}.self_attn",
        mlp="model.layers.{}.mlp",
        down_proj="model.layers.{}.mlp.down_proj",
        qkv_proj="model.layers.{}.self_attn.W_pack",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "baichuan",
        [
            ModelGroup(
                ids(
                    "baichuan-inc/Baichuan-13B-Chat",
                    "baichuan-inc/Baichuan-13B-Base",
                    ("baichuan-inc/baichuan-7B", "baichuan-inc/Baichuan-7B"),
                )
            )
        ],
        template="baichuan",
        architectures=["BaichuanForCausalLM", "BaiChuanForCausalLM"],
        model_arch="baichuan",
        requires=["transformers<4.34"],
    ),
    ModelMeta(
        "baichuan_m1",
        [
            ModelGroup(
                ids(
                    "baichuan-inc/Baichuan-M1-14B-Instruct",
                )
            )
        ],
        template="baichuan_m1",
        architectures=["BaichuanM1ForCausalLM"],
        model_arch="baichuan",
        requires=["transformers>=4.48"],
    ),
    ModelMeta(
        "baichuan2",
        [
            ModelGroup(
                ids(
                    "baichuan-inc/Baichuan2-7B-Chat",
                    "baichuan-inc/Baichuan2-7B-Base",
                    "baichuan-inc/Baichuan2-13B-Chat",
                    "baichuan-inc/Baichuan2-13B-Base",
                )
            ),
            ModelGroup(
                ids(
                    "baichuan-inc/Baichuan2-7B-Chat-4bits",
                    "baichuan-inc/Baichuan2-13B-Chat-4bits",
                ),
                requires=["bitsandbytes<0.41.2", "accelerate<0.26"],
            ),
        ],
        template="baichuan",
        architectures=["BaichuanForCausalLM", "BaiChuanForCausalLM"],
        model_arch="baichuan",
    ),
)
