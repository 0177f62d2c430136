"""GLM, by Zhipu: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "chatglm",
        embedding="transformer.embedding",
        module_list="transformer.encoder.layers",
        lm_head="transformer.output_layer",
        o_proj="transformer.encoder.layers.{}.self_attention.dense",
        attention="transformer.encoder.layers.{}.self_attention",
        mlp="transformer.encoder.layers.{}.mlp",
        down_proj="transformer.encoder.layers.{}.mlp.dense_4h_to_h",
        qkv_proj="transformer.encoder.layers.{}.self_attention.query_key_value",
    ),
    MultiModelKeys("cogvlm", language_model="model.layers", vision_tower="model.vision"),
    MultiModelKeys("chatglm4v", language_model="transformer.encoder", vision_tower="transformer.vision"),
    MultiModelKeys(
        "glm4v",
        language_model=["model.language_model", "lm_head"],
        aligner="model.visual.merger",
        vision_tower="model.visual",
    ),
    MultiModelKeys("glm_edge_v", language_model="model.layers", vision_tower="model.vision"),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "chatglm2",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/chatglm2-6b", "zai-org/chatglm2-6b"),
                    ("ZhipuAI/chatglm2-6b-32k", "zai-org/chatglm2-6b-32k"),
                ),
                requires=["transformers<4.42"],
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/codegeex2-6b", "zai-org/codegeex2-6b"),
                ),
                requires=["transformers<4.34"],
                tags=["coding"],
            ),
        ],
        template="chatglm2",
        architectures=["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        model_arch="chatglm",
    ),
    ModelMeta(
        "chatglm3",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/chatglm3-6b", "zai-org/chatglm3-6b"),
                    ("ZhipuAI/chatglm3-6b-base", "zai-org/chatglm3-6b-base"),
                    ("ZhipuAI/chatglm3-6b-32k", "zai-org/chatglm3-6b-32k"),
                    ("ZhipuAI/chatglm3-6b-128k", "zai-org/chatglm3-6b-128k"),
                )
            )
        ],
        template="chatglm4",
        architectures=["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        model_arch="chatglm",
        requires=["transformers<4.42"],
    ),
    ModelMeta(
        "chatglm4",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/glm-4-9b-chat", "zai-org/glm-4-9b-chat"),
                    ("ZhipuAI/glm-4-9b", "zai-org/glm-4-9b"),
                    ("ZhipuAI/glm-4-9b-chat-1m", "zai-org/glm-4-9b-chat-1m"),
                )
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/LongWriter-glm4-9b", "zai-org/LongWriter-glm4-9b"),
                )
            ),
        ],
        template="chatglm4",
        architectures=["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        model_arch="chatglm",
        requires=["transformers>=4.42"],
    ),
    ModelMeta(
        "glm4",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4-9B-0414", "zai-org/GLM-4-9B-0414"),
                    ("ZhipuAI/GLM-4-32B-0414", "zai-org/GLM-4-32B-0414"),
                    ("ZhipuAI/GLM-4-32B-Base-0414", "zai-org/GLM-4-32B-Base-0414"),
                    ("ZhipuAI/GLM-Z1-9B-0414", "zai-org/GLM-Z1-9B-0414"),
                    ("ZhipuAI/GLM-Z1-32B-0414", "zai-org/GLM-Z1-32B-0414"),
                ),
                template="glm4",
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-Z1-Rumination-32B-0414", "zai-org/GLM-Z1-Rumination-32B-0414"),
                ),
                template="glm4_z1_rumination",
            ),
        ],
        architectures=["Glm4ForCausalLM"],
        requires=["transformers>=4.51"],
    ),
    ModelMeta(
        "codegeex4",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/codegeex4-all-9b", "zai-org/codegeex4-all-9b"),
                )
            )
        ],
        template="codegeex4",
        architectures=["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        model_arch="chatglm",
        requires=["transformers<4.42"],
        tags=["coding"],
    ),
    ModelMeta(
        "chatglm4v",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/glm-4v-9b", "zai-org/glm-4v-9b"),
                ),
                requires=["transformers>=4.42,<4.45"],
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/cogagent-9b-20241220", "zai-org/cogagent-9b-20241220"),
                ),
                requires=["transformers>=4.42"],
            ),
        ],
        template="chatglm4v",
        architectures=["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        model_arch="chatglm4v",
        is_multimodal=True,
    ),
    ModelMeta(
        "glm4v",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.1V-9B-Base", "zai-org/GLM-4.1V-9B-Base"),
                    ("ZhipuAI/GLM-4.1V-9B-Thinking", "zai-org/GLM-4.1V-9B-Thinking"),
                    ("ZhipuAI/AutoGLM-Phone-9B", "zai-org/AutoGLM-Phone-9B"),
                ),
                template="glm4v",
                requires=["transformers>=4.53"],
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/Glyph", "zai-org/Glyph"),
                ),
                template="glm4_5v",
                requires=["transformers>=4.57"],
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.6V-Flash", "zai-org/GLM-4.6V-Flash"),
                ),
                template="glm4_5v",
                requires=["transformers>=5.0.0.dev"],
            ),
        ],
        architectures=["Glm4vForConditionalGeneration"],
        model_arch="glm4v",
        is_multimodal=True,
    ),
    ModelMeta(
        "cogvlm",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/cogvlm-chat", "zai-org/cogvlm-chat-hf"),
                )
            )
        ],
        template="cogvlm",
        architectures=["CogVLMForCausalLM"],
        model_arch="cogvlm",
        is_multimodal=True,
        requires=["transformers<4.42"],
    ),
    ModelMeta(
        "cogagent_chat",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/cogagent-chat", "zai-org/cogagent-chat-hf"),
                )
            )
        ],
        template="cogagent_chat",
        architectures=["CogAgentForCausalLM"],
        model_arch="cogvlm",
        is_multimodal=True,
        requires=["transformers<4.42", "timm"],
    ),
    ModelMeta(
        "cogagent_vqa",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/cogagent-vqa", "zai-org/cogagent-vqa-hf"),
                )
            )
        ],
        template="cogagent_vqa",
        architectures=["CogAgentForCausalLM"],
        model_arch="cogvlm",
        is_multimodal=True,
        requires=["transformers<4.42"],
    ),
    ModelMeta(
        "cogvlm2",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/cogvlm2-llama3-chat-19B", "zai-org/cogvlm2-llama3-chat-19B"),
                    ("ZhipuAI/cogvlm2-llama3-chinese-chat-19B", "zai-org/cogvlm2-llama3-chinese-chat-19B"),
                )
            )
        ],
        template="cogvlm2",
        architectures=["CogVLMForCausalLM"],
        model_arch="cogvlm",
        is_multimodal=True,
        requires=["transformers<4.42"],
    ),
    ModelMeta(
        "cogvlm2_video",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/cogvlm2-video-llama3-chat", "zai-org/cogvlm2-video-llama3-chat"),
                )
            )
        ],
        template="cogvlm2_video",
        architectures=["CogVLMVideoForCausalLM"],
        model_arch="cogvlm",
        is_multimodal=True,
        requires=["decord", "pytorchvideo", "transformers>=4.42"],
        tags=["video"],
    ),
    ModelMeta(
        "glm_edge",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/glm-edge-1.5b-chat", "zai-org/glm-edge-1.5b-chat"),
                    ("ZhipuAI/glm-edge-4b-chat", "zai-org/glm-edge-4b-chat"),
                )
            )
        ],
        template="chatglm4",
        architectures=["GlmForCausalLM"],
        requires=["transformers>=4.46"],
    ),
    ModelMeta(
        "glm_edge_v",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/glm-edge-v-2b", "zai-org/glm-edge-v-2b"),
                    ("ZhipuAI/glm-edge-4b-chat", "zai-org/glm-edge-4b-chat"),
                )
            )
        ],
        template="glm_edge_v",
        architectures=["GlmForCausalLM"],
        model_arch="glm_edge_v",
        is_multimodal=True,
        requires=["transformers>=4.46"],
        tags=["vision"],
    ),
    ModelMeta(
        "glm4_moe",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.5-Air-Base", "zai-org/GLM-4.5-Air-Base"),
                    ("ZhipuAI/GLM-4.5-Air", "zai-org/GLM-4.5-Air"),
                    ("ZhipuAI/GLM-4.5-Air-FP8", "zai-org/GLM-4.5-Air-FP8"),
                    ("ZhipuAI/GLM-4.5-Base", "zai-org/GLM-4.5-Base"),
                    ("ZhipuAI/GLM-4.5", "zai-org/GLM-4.5"),
                    ("ZhipuAI/GLM-4.5-FP8", "zai-org/GLM-4.5-FP8"),
                ),
                template="glm4_5",
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.6", "zai-org/GLM-4.6"),
                    ("ZhipuAI/GLM-4.6-FP8", "zai-org/GLM-4.6-FP8"),
                ),
                template="glm4_5",
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.7", "zai-org/GLM-4.7"),
                    ("ZhipuAI/GLM-4.7-FP8", "zai-org/GLM-4.7-FP8"),
                ),
                template="glm4_7",
            ),
        ],
        architectures=["Glm4MoeForCausalLM"],
        requires=["transformers>=4.54"],
    ),
    ModelMeta(
        "glm4_moe_lite",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.7-Flash", "zai-org/GLM-4.7-Flash"),
                ),
                template="glm4_7",
            )
        ],
        architectures=["Glm4MoeLiteForCausalLM"],
        requires=["transformers>=5.0.0.dev"],
    ),
    ModelMeta(
        "glm4v_moe",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.5V", "zai-org/GLM-4.5V"),
                    ("ZhipuAI/GLM-4.5V-FP8", "zai-org/GLM-4.5V-FP8"),
                )
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-4.6V", "zai-org/GLM-4.6V"),
                    ("ZhipuAI/GLM-4.6V-FP8", "zai-org/GLM-4.6V-FP8"),
                ),
                requires=["transformers>=5.0.0.dev"],
            ),
        ],
        template="glm4_5v",
        architectures=["Glm4vMoeForConditionalGeneration"],
        model_arch="glm4v",
        is_multimodal=True,
        requires=["transformers>=4.56"],
    ),
    ModelMeta(
        "glm_ocr",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-OCR", "zai-org/GLM-OCR"),
                )
            )
        ],
        template="glm_ocr",
        architectures=["GlmOcrForConditionalGeneration"],
        model_arch="glm4v",
        is_multimodal=True,
        requires=["transformers>=5.0.1dev0"],
    ),
    ModelMeta(
        "glm_moe_dsa",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-5", "zai-org/GLM-5"),
                ),
                template="glm4_7",
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-5.1", "zai-org/GLM-5.1"),
                    "ZhipuAI/GLM-5.1-FP8",
                ),
                template="glm5_1",
            ),
            ModelGroup(
                ids(
                    "ZhipuAI/GLM-5.2",
                    "ZhipuAI/GLM-5.2-FP8",
                ),
                template="glm5_2",
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-5.3", "zai-org/GLM-5.3"),
                    ("ZhipuAI/GLM-5.3-BF16", "zai-org/GLM-5.3-BF16"),
                ),
                template="glm5_3",
            ),
        ],
        architectures=["GlmMoeDsaForCausalLM"],
        requires=["transformers>=5.2.0"],
    ),
    ModelMeta(
        "glm5_next",
        [
            ModelGroup(
                ids(
                    ("ZhipuAI/GLM-5.3-Flash", "zai-org/GLM-5.3-Flash"),
                    ("ZhipuAI/GLM-5.3-Flash-BF16", "zai-org/GLM-5.3-Flash-BF16"),
                )
            )
        ],
        template="glm5_next",
        architectures=["Glm5NextForConditionalGeneration"],
        model_arch="glm4v",
        is_multimodal=True,
        requires=["transformers>=5.16.0"],
        tags=["vision", "video"],
    ),
)
