"""Models that are the only ones of their makers: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import Model, ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "yuan",
        embedding="model.embed_tokens",
        module_list="model.layers",
        lm_head="lm_head",
        q_proj="model.layers.{}.self_attn.q_proj",
        k_proj="model.layers.{}.self_attn.k_proj",
        v_proj="model.layers.{}.self_attn.v_proj",
        o_proj="model.layers.{}.self_attn.o_proj",
        attention="model.layers.{}.self_attn",
        mlp="model.layers.{}.mlp",
        down_proj="model.layers.{}.mlp.down_proj",
        qk_proj="model.layers.{}.self_attn.qk_proj",
    ),
    MultiModelKeys(
        "moss_vl",
        mlp="model.language_model.layers.{}.mlp",
        language_model=["model.language_model", "lm_head"],
        aligner=["model.visual.merger", "model.separator_token"],
        vision_tower="model.visual",
    ),
    MultiModelKeys(
        "idefics3", language_model="model.text_model", aligner="model.connector", vision_tower="model.vision_model"
    ),
    MultiModelKeys("monkeyocrv2", vision_tower=["", "head"]),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "grok",
        [
            ModelGroup(
                ids(
                    ("colossalai/grok-1-pytorch", "hpcai-tech/grok-1"),
                )
            )
        ],
        template="default",
        architectures=["Grok1ModelForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "yuan2",
        [
            ModelGroup(
                ids(
                    ("IEITYuan/Yuan2.0-2B-hf", "IEITYuan/Yuan2-2B-hf"),
                    ("IEITYuan/Yuan2.0-51B-hf", "IEITYuan/Yuan2-51B-hf"),
                    ("IEITYuan/Yuan2.0-102B-hf", "IEITYuan/Yuan2-102B-hf"),
                    "IEITYuan/Yuan2-2B-Janus-hf",
                )
            ),
            ModelGroup(
                ids(
                    "IEITYuan/Yuan2-M32-hf",
                )
            ),
        ],
        template="yuan",
        architectures=["YuanForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "orion",
        [
            ModelGroup(
                ids(
                    "OrionStarAI/Orion-14B-Chat",
                    "OrionStarAI/Orion-14B-Base",
                )
            )
        ],
        template="orion",
        architectures=["OrionForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "bluelm",
        [
            ModelGroup(
                ids(
                    "vivo-ai/BlueLM-7B-Chat-32K",
                    "vivo-ai/BlueLM-7B-Chat",
                    "vivo-ai/BlueLM-7B-Base-32K",
                    "vivo-ai/BlueLM-7B-Base",
                )
            )
        ],
        template="bluelm",
        architectures=["BlueLMForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "xverse",
        [
            ModelGroup(
                ids(
                    "xverse/XVERSE-7B-Chat",
                    "xverse/XVERSE-7B",
                    "xverse/XVERSE-13B",
                    "xverse/XVERSE-13B-Chat",
                    "xverse/XVERSE-65B",
                    "xverse/XVERSE-65B-2",
                    "xverse/XVERSE-65B-Chat",
                    Model("xverse/XVERSE-13B-256K", "xverse/XVERSE-13B-256K", ms_revision="v1.0.0"),
                )
            )
        ],
        template="xverse",
        architectures=["XverseForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "xverse_moe",
        [
            ModelGroup(
                ids(
                    "xverse/XVERSE-MoE-A4.2B",
                )
            )
        ],
        template="xverse",
        architectures=["XverseForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "iquestcoder",
        [
            ModelGroup(
                ids(
                    "IQuestLab/IQuest-Coder-V1-40B-Base-Stage1",
                    "IQuestLab/IQuest-Coder-V1-40B-Base",
                    "IQuestLab/IQuest-Coder-V1-40B-Instruct",
                )
            )
        ],
        template="iquestcoder",
        architectures=["IQuestCoderForCausalLM"],
        requires=["transformers==4.52.4"],
    ),
    ModelMeta(
        "mamba",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/mamba-130m-hf", "state-spaces/mamba-130m-hf"),
                    ("AI-ModelScope/mamba-370m-hf", "state-spaces/mamba-370m-hf"),
                    ("AI-ModelScope/mamba-390m-hf", "state-spaces/mamba-390m-hf"),
                    ("AI-ModelScope/mamba-790m-hf", "state-spaces/mamba-790m-hf"),
                    ("AI-ModelScope/mamba-1.4b-hf", "state-spaces/mamba-1.4b-hf"),
                    ("AI-ModelScope/mamba-2.8b-hf", "state-spaces/mamba-2.8b-hf"),
                )
            )
        ],
        template="default",
        architectures=["MambaForCausalLM"],
        requires=["transformers>=4.39.0"],
    ),
    ModelMeta(
        "zephyr",
        [
            ModelGroup(
                ids(
                    ("modelscope/zephyr-7b-beta", "HuggingFaceH4/zephyr-7b-beta"),
                )
            )
        ],
        template="zephyr",
        architectures=["MistralForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.34"],
    ),
    ModelMeta(
        "idefics3",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/Idefics3-8B-Llama3", "HuggingFaceM4/Idefics3-8B-Llama3"),
                )
            )
        ],
        template="idefics3",
        architectures=["Idefics3ForConditionalGeneration"],
        model_arch="idefics3",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["vision"],
    ),
    ModelMeta(
        "keye_vl",
        [
            ModelGroup(
                ids(
                    "Kwai-Keye/Keye-VL-8B-Preview",
                )
            )
        ],
        template="keye_vl",
        architectures=["KeyeForConditionalGeneration"],
        model_arch="keye_vl",
        is_multimodal=True,
        requires=["keye_vl_utils"],
        tags=["vision"],
    ),
    ModelMeta(
        "keye_vl_1_5",
        [
            ModelGroup(
                ids(
                    "Kwai-Keye/Keye-VL-1_5-8B",
                )
            )
        ],
        template="keye_vl_1_5",
        architectures=["KeyeVL1_5ForConditionalGeneration"],
        model_arch="keye_vl",
        is_multimodal=True,
        requires=["keye_vl_utils>=1.5.2", "transformers==4.52.4"],
        tags=["vision"],
    ),
    ModelMeta(
        "monkeyocrv2",
        [
            ModelGroup(
                ids(
                    "zenosai/MonkeyOCRv2-S",
                    "zenosai/MonkeyOCRv2-B",
                )
            )
        ],
        template="monkeyocrv2",
        architectures=["MonkeyOCRv2VisionTransformer"],
        model_arch="monkeyocrv2",
        is_multimodal=True,
        task_type="embedding",
        requires=["transformers>=4.45", "qwen_vl_utils"],
        tags=["vision", "embedding", "document-understanding"],
    ),
    ModelMeta(
        "moss_vl",
        [
            ModelGroup(
                ids(
                    ("openmoss/MOSS-VL-Instruct-0708", "OpenMOSS-Team/MOSS-VL-Instruct-0708"),
                    ("openmoss/MOSS-VL-Base-0708", "OpenMOSS-Team/MOSS-VL-Base-0708"),
                )
            )
        ],
        template="moss_vl",
        architectures=["MossVLForConditionalGeneration"],
        model_arch="moss_vl",
        is_multimodal=True,
        requires=["transformers>=4.57.1,<5", "torchcodec", "joblib"],
        tags=["vision", "video"],
    ),
)
