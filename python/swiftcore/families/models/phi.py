"""Phi and Florence, by Microsoft: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "phi2",
        embedding="model.embed_tokens",
        module_list="model.layers",
        lm_head="lm_head",
        q_proj="model.layers.{}.self_attn.q_proj",
        k_proj="model.layers.{}.self_attn.k_proj",
        v_proj="model.layers.{}.self_attn.v_proj",
        o_proj="model.layers.{}.self_attn.dense",
        attention="model.layers.{}.self_attn",
        mlp="model.layers.{}.mlp",
        down_proj="model.layers.{}.mlp.fc2",
    ),
    ModelKeys(
        "phi3",
        embedding="model.embed_tokens",
        module_list="model.layers",
        lm_head="lm_head",
        o_proj="model.layers.{}.self_attn.o_proj",
        attention="model.layers.{}.self_attn",
        mlp="model.layers.{}.mlp",
        down_proj="model.layers.{}.mlp.down_proj",
        qkv_proj="model.layers.{}.self_attn.qkv_proj",
    ),
    ModelKeys(
        "phi3_small",
        embedding="model.embed_tokens",
        module_list="model.layers",
        lm_head="lm_head",
        o_proj="model.layers.{}.self_attn.dense",
        attention="model.layers.{}.self_attn",
        mlp="model.layers.{}.mlp",
        down_proj="model.layers.{}.mlp.down_proj",
        qkv_proj="model.layers.{}.self_attn.query_key_value",
    ),
    MultiModelKeys(
        "phi3_vision",
        language_model="model.layers",
        aligner="model.vision_embed_tokens.img_projection",
        vision_tower="model.vision_embed_tokens.img_processor",
    ),
    MultiModelKeys(
        "phi4_multimodal",
        language_model="model.layers",
        aligner=[
            "model.embed_tokens_extend.image_embed.img_projection",
            "model.embed_tokens_extend.audio_embed.audio_projection",
        ],
        vision_tower=[
            "model.embed_tokens_extend.image_embed.img_processor",
            "model.embed_tokens_extend.audio_embed.encoder",
        ],
    ),
    MultiModelKeys("florence", language_model="language_model", vision_tower="vision_tower"),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "phi3_vision",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Phi-3-vision-128k-instruct", "microsoft/Phi-3-vision-128k-instruct"),
                    ("LLM-Research/Phi-3.5-vision-instruct", "microsoft/Phi-3.5-vision-instruct"),
                )
            )
        ],
        template="phi3_vision",
        architectures=["Phi3VForCausalLM"],
        model_arch="phi3_vision",
        is_multimodal=True,
        requires=["transformers>=4.36"],
        tags=["vision"],
    ),
    ModelMeta(
        "phi4_multimodal",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Phi-4-multimodal-instruct", "microsoft/Phi-4-multimodal-instruct"),
                )
            )
        ],
        template="phi4_multimodal",
        architectures=["Phi4MMForCausalLM"],
        model_arch="phi4_multimodal",
        is_multimodal=True,
        requires=["transformers>=4.36,<4.49", "backoff", "soundfile"],
        tags=["vision", "audio"],
    ),
    ModelMeta(
        "florence",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Florence-2-base-ft", "microsoft/Florence-2-base-ft"),
                    ("AI-ModelScope/Florence-2-base", "microsoft/Florence-2-base"),
                    ("AI-ModelScope/Florence-2-large", "microsoft/Florence-2-large"),
                    ("AI-ModelScope/Florence-2-large-ft", "microsoft/Florence-2-large-ft"),
                )
            )
        ],
        template="florence",
        architectures=["Florence2ForConditionalGeneration"],
        model_arch="florence",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "phi3_small",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Phi-3-small-8k-instruct", "microsoft/Phi-3-small-8k-instruct"),
                    ("LLM-Research/Phi-3-small-128k-instruct", "microsoft/Phi-3-small-128k-instruct"),
                )
            )
        ],
        template="phi3",
        architectures=["Phi3SmallForCausalLM"],
        model_arch="phi3_small",
        requires=["transformers>=4.36"],
    ),
    ModelMeta(
        "phi2",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/phi-2", "microsoft/phi-2"),
                )
            )
        ],
        template="default",
        architectures=["PhiForCausalLM"],
        model_arch="phi2",
    ),
    ModelMeta(
        "phi3",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Phi-3-mini-4k-instruct", "microsoft/Phi-3-mini-4k-instruct"),
                    ("LLM-Research/Phi-3-mini-128k-instruct", "microsoft/Phi-3-mini-128k-instruct"),
                    ("LLM-Research/Phi-3-medium-4k-instruct", "microsoft/Phi-3-medium-4k-instruct"),
                    ("LLM-Research/Phi-3-medium-128k-instruct", "microsoft/Phi-3-medium-128k-instruct"),
                    ("LLM-Research/Phi-3.5-mini-instruct", "microsoft/Phi-3.5-mini-instruct"),
                )
            ),
            ModelGroup(
                ids(
                    ("LLM-Research/Phi-4-mini-instruct", "microsoft/Phi-4-mini-instruct"),
                )
            ),
        ],
        template="phi3",
        architectures=["Phi3ForCausalLM"],
        model_arch="phi3",
        requires=["transformers>=4.36"],
    ),
    ModelMeta(
        "phi4",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/phi-4", "microsoft/phi-4"),
                )
            )
        ],
        template="phi4",
        architectures=["Phi3ForCausalLM"],
        model_arch="phi3",
        requires=["transformers>=4.36"],
    ),
    ModelMeta(
        "phi3_moe",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Phi-3.5-MoE-instruct", "microsoft/Phi-3.5-MoE-instruct"),
                )
            )
        ],
        template="phi3",
        architectures=["PhiMoEForCausalLM"],
        requires=["transformers>=4.36"],
    ),
)
