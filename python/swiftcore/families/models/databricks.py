"""DBRX, by Databricks: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "dbrx",
        embedding="transformer.wte",
        module_list="transformer.blocks",
        lm_head="lm_head",
        o_proj="transformer.blocks.{}.norm_attn_norm.attn.out_proj",
        attention="transformer.blocks.{}.norm_attn_norm.attn",
        mlp="transformer.blocks.{}.ffn",
        qkv_proj="transformer.blocks.{}.norm_attn_norm.attn.Wqkv",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "dbrx",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/dbrx-base", "databricks/dbrx-base"),
                    ("AI-ModelScope/dbrx-instruct", "databricks/dbrx-instruct"),
                )
            )
        ],
        template="dbrx",
        architectures=["DbrxForCausalLM"],
        model_arch="dbrx",
        requires=["transformers>=4.36"],
    ),
)
