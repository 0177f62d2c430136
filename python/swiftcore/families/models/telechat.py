"""TeleChat and Xing, by China Telecom: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "telechat",
        embedding="transformer.word_embeddings",
        module_list="transformer.h",
        lm_head="lm_head",
        q_proj="transformer.h.{}.self_attention.query",
        o_proj="transformer.h.{}.self_attention.dense",
        attention="transformer.h.{}.self_attention",
        mlp="transformer.h.{}.mlp",
        down_proj="transformer.h.{}.mlp.down_proj",
        kv_proj="transformer.h.{}.self_attention.key_value",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "telechat",
        [
            ModelGroup(
                ids(
                    ("TeleAI/TeleChat-7B", "Tele-AI/telechat-7B"),
                    ("TeleAI/TeleChat-12B", "Tele-AI/TeleChat-12B"),
                    ("TeleAI/TeleChat-12B-v2", "Tele-AI/TeleChat-12B-v2"),
                    "TeleAI/TeleChat-52B",
                )
            ),
            ModelGroup(
                ids(
                    ("swift/TeleChat-12B-V2-GPTQ-Int4", None),
                )
            ),
            ModelGroup(
                ids(
                    ("TeleAI/TeleChat2-35B", "Tele-AI/TeleChat2-35B"),
                    ("TeleAI/TeleChat2-115B", "Tele-AI/TeleChat2-115B"),
                )
            ),
        ],
        template="telechat",
        architectures=["TelechatForCausalLM", "TeleChatForCausalLM"],
        model_arch="telechat",
    ),
    ModelMeta(
        "telechat2",
        [
            ModelGroup(
                ids(
                    ("TeleAI/TeleChat2-3B", "Tele-AI/TeleChat2-3B"),
                    ("TeleAI/TeleChat2-7B-32K", "Tele-AI/TeleChat2-7B-32K"),
                    ("TeleAI/TeleChat2-35B-32K", "Tele-AI/TeleChat2-35B-32K"),
                    ("TeleAI/TeleChat2-35B-Nov", "Tele-AI/TeleChat2-35B-Nov"),
                )
            )
        ],
        template="telechat2",
        architectures=["TeleChat2ForCausalLM"],
        model_arch="telechat",
    ),
    ModelMeta(
        "xing4_0",
        [
            ModelGroup(
                ids(
                    "XingChen-AGI/Xing4.0-29B-A4B",
                )
            )
        ],
        template="xing4_0",
        architectures=["Xing4_0ForCausalLM"],
        model_arch="deepseek_v2",
        requires=["transformers>=5.14"],
    ),
)
