"""LLaVA and what was tuned with its method: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "llava_mistral", language_model="model.layers", aligner="model.mm_projector", vision_tower="model.vision_tower"
    ),
    MultiModelKeys(
        "llava_next_video_hf",
        language_model=["model.language_model", "lm_head"],
        aligner="model.multi_modal_projector",
        vision_tower="model.vision_tower",
    ),
    MultiModelKeys(
        "llava_llama", language_model="model.layers", aligner="model.mm_projector", vision_tower="model.vision_tower"
    ),
    MultiModelKeys(
        "llava_onevision1_5",
        language_model=["model.language_model", "lm_head"],
        aligner="model.visual.merger",
        vision_tower="model.visual",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "llava_llama3_hf",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/llava-llama-3-8b-v1_1-transformers", "xtuner/llava-llama-3-8b-v1_1-transformers"),
                )
            )
        ],
        template="llava_llama3_hf",
        architectures=["LlavaForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.36"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava1_5_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llava-1.5-7b-hf",
                    "llava-hf/llava-1.5-13b-hf",
                )
            )
        ],
        template="llava1_5_hf",
        architectures=["LlavaForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.36"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava_onevision_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
                    "llava-hf/llava-onevision-qwen2-7b-ov-hf",
                    "llava-hf/llava-onevision-qwen2-72b-ov-hf",
                )
            )
        ],
        template="llava_onevision_hf",
        architectures=["LlavaOnevisionForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "llava_next_qwen_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llava-next-72b-hf",
                    "llava-hf/llava-next-110b-hf",
                )
            )
        ],
        template="llava_next_qwen_hf",
        architectures=["LlavaNextForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.39"],
        tags=["vision"],
    ),
    ModelMeta(
        "llama3_llava_next_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llama3-llava-next-8b-hf",
                )
            )
        ],
        template="llama3_llava_next_hf",
        architectures=["LlavaNextForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.39"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava1_6_vicuna_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llava-v1.6-vicuna-7b-hf",
                    "llava-hf/llava-v1.6-vicuna-13b-hf",
                )
            )
        ],
        template="llava1_6_vicuna_hf",
        architectures=["LlavaNextForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.39"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava1_6_mistral_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llava-v1.6-mistral-7b-hf",
                )
            )
        ],
        template="llava1_6_mistral_hf",
        architectures=["LlavaNextForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.39"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava_llama3_1_hf",
        [
            ModelGroup(
                ids(
                    ("swift/llava-llama3.1-8b", None),
                )
            )
        ],
        template="llava_llama3_1_hf",
        architectures=["LlavaNextForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.41"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava1_6_yi_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/llava-v1.6-34b-hf",
                )
            )
        ],
        template="llava1_6_yi_hf",
        architectures=["LlavaNextForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.39"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava_next_video_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/LLaVA-NeXT-Video-7B-DPO-hf",
                    "llava-hf/LLaVA-NeXT-Video-7B-32K-hf",
                    "llava-hf/LLaVA-NeXT-Video-7B-hf",
                )
            )
        ],
        template="llava_next_video_hf",
        architectures=["LlavaNextVideoForConditionalGeneration"],
        model_arch="llava_next_video_hf",
        is_multimodal=True,
        requires=["transformers>=4.42", "av"],
        tags=["video"],
    ),
    ModelMeta(
        "llava_next_video_yi_hf",
        [
            ModelGroup(
                ids(
                    "llava-hf/LLaVA-NeXT-Video-34B-hf",
                )
            )
        ],
        template="llava_next_video_hf",
        architectures=["LlavaNextVideoForConditionalGeneration"],
        model_arch="llava_next_video_hf",
        is_multimodal=True,
        requires=["transformers>=4.42", "av"],
        tags=["video"],
    ),
    ModelMeta(
        "llama3_llava_next",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/llama3-llava-next-8b", "lmms-lab/llama3-llava-next-8b"),
                )
            )
        ],
        template="llama3_llava_next",
        architectures=["LlavaLlamaForCausalLM"],
        model_arch="llava_llama",
        is_multimodal=True,
        requires=["transformers>=4.42", "av"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava1_6_mistral",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/llava-v1.6-mistral-7b", "liuhaotian/llava-v1.6-mistral-7b"),
                )
            )
        ],
        template="llava1_6_mistral",
        architectures=["LlavaMistralForCausalLM"],
        model_arch="llava_mistral",
        is_multimodal=True,
        requires=["transformers>=4.34"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava1_6_yi",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/llava-v1.6-34b", "liuhaotian/llava-v1.6-34b"),
                )
            )
        ],
        template="llava1_6_yi",
        architectures=["LlavaLlamaForCausalLM"],
        is_multimodal=True,
        requires=["transformers>=4.34"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava_next_qwen",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/llava-next-72b", "lmms-lab/llava-next-72b"),
                    ("AI-ModelScope/llava-next-110b", "lmms-lab/llava-next-110b"),
                )
            )
        ],
        template="llava_next_qwen",
        architectures=["LlavaQwenForCausalLM"],
        is_multimodal=True,
        requires=["transformers>=4.42", "av"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava_onevision1_5",
        [
            ModelGroup(
                ids(
                    "lmms-lab/LLaVA-OneVision-1.5-4B-Instruct",
                    "lmms-lab/LLaVA-OneVision-1.5-8B-Instruct",
                    "lmms-lab/LLaVA-OneVision-1.5-4B-Base",
                    "lmms-lab/LLaVA-OneVision-1.5-8B-Base",
                )
            )
        ],
        template="llava_onevision1_5",
        architectures=["LLaVAOneVision1_5_ForConditionalGeneration"],
        model_arch="llava_onevision1_5",
        is_multimodal=True,
        requires=["transformers>=4.53.0", "qwen_vl_utils"],
        tags=["vision"],
    ),
    ModelMeta(
        "llava_onevision2",
        [
            ModelGroup(
                ids(
                    "lmms-lab/LLaVA-OneVision-2-8B-Instruct",
                )
            )
        ],
        template="llava_onevision2",
        architectures=["LlavaOnevision2ForConditionalGeneration"],
        model_arch="llava_onevision1_5",
        is_multimodal=True,
        requires=["transformers>=5.0", "qwen_vl_utils"],
        tags=["vision", "video"],
    ),
)
