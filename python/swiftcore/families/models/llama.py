"""Llama and Muse, by Meta, and what was tuned from them: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    ModelKeys(
        "llama",
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
    ),
    MultiModelKeys(
        "muse_glimmer",
        mlp="model.language_model.layers.{}.mlp",
        language_model=["model.language_model", "lm_head"],
        aligner=["model.vision_adapter", "model.vision_projection"],
        vision_tower="model.vision_tower",
    ),
    MultiModelKeys(
        "llama3_1_omni",
        language_model="model.layers",
        aligner="model.speech_projector",
        vision_tower="model.speech_encoder",
        generator="speech_generator",
    ),
    MultiModelKeys(
        "llama3_2_vision",
        language_model=["model.language_model", "lm_head"],
        aligner="model.multi_modal_projector",
        vision_tower="model.vision_model",
    ),
    MultiModelKeys(
        "llama4", language_model="language_model", aligner="multi_modal_projector", vision_tower="vision_model"
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "llama",
        [
            ModelGroup(
                ids(
                    ("modelscope/Llama-2-7b-ms", "meta-llama/Llama-2-7b-hf"),
                    ("modelscope/Llama-2-13b-ms", "meta-llama/Llama-2-13b-hf"),
                    ("modelscope/Llama-2-70b-ms", "meta-llama/Llama-2-70b-hf"),
                    ("modelscope/Llama-2-7b-chat-ms", "meta-llama/Llama-2-7b-chat-hf"),
                    ("modelscope/Llama-2-13b-chat-ms", "meta-llama/Llama-2-13b-chat-hf"),
                    ("modelscope/Llama-2-70b-chat-ms", "meta-llama/Llama-2-70b-chat-hf"),
                ),
                template="llama",
                ignore_patterns=[".+\\.bin$"],
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/chinese-llama-2-1.3b", "hfl/chinese-llama-2-1.3b"),
                    ("AI-ModelScope/chinese-llama-2-7b", "hfl/chinese-llama-2-7b"),
                    ("AI-ModelScope/chinese-llama-2-7b-16k", "hfl/chinese-llama-2-7b-16k"),
                    ("AI-ModelScope/chinese-llama-2-7b-64k", "hfl/chinese-llama-2-7b-64k"),
                    ("AI-ModelScope/chinese-llama-2-13b", "hfl/chinese-llama-2-13b"),
                    ("AI-ModelScope/chinese-llama-2-13b-16k", "hfl/chinese-llama-2-13b-16k"),
                    ("AI-ModelScope/chinese-alpaca-2-1.3b", "hfl/chinese-alpaca-2-1.3b"),
                    ("AI-ModelScope/chinese-alpaca-2-7b", "hfl/chinese-alpaca-2-7b"),
                    ("AI-ModelScope/chinese-alpaca-2-7b-16k", "hfl/chinese-alpaca-2-7b-16k"),
                    ("AI-ModelScope/chinese-alpaca-2-7b-64k", "hfl/chinese-alpaca-2-7b-64k"),
                    ("AI-ModelScope/chinese-alpaca-2-13b", "hfl/chinese-alpaca-2-13b"),
                    ("AI-ModelScope/chinese-alpaca-2-13b-16k", "hfl/chinese-alpaca-2-13b-16k"),
                ),
                template="llama",
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/Llama-2-7b-AQLM-2Bit-1x16-hf", "ISTA-DASLab/Llama-2-7b-AQLM-2Bit-1x16-hf"),
                ),
                template="llama",
                requires=["transformers>=4.38", "aqlm", "torch>=2.2.0"],
            ),
            ModelGroup(
                ids(
                    "FlagAlpha/Atom-7B",
                    "FlagAlpha/Atom-7B-Chat",
                ),
                template="atom",
            ),
            ModelGroup(
                ids(
                    ("langboat/Mengzi3-13B-Base", "Langboat/Mengzi3-13B-Base"),
                ),
                template="mengzi",
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/NuminaMath-7B-TIR", "AI-MO/NuminaMath-7B-TIR"),
                ),
                template="numina",
                tags=["math"],
            ),
            ModelGroup(
                ids(
                    ("Fengshenbang/Ziya2-13B-Base", "IDEA-CCNL/Ziya2-13B-Base"),
                    ("Fengshenbang/Ziya2-13B-Chat", "IDEA-CCNL/Ziya2-13B-Chat"),
                ),
                template="ziya",
            ),
            ModelGroup(
                ids(
                    ("InfiniAI/Megrez-3b-Instruct", "Infinigence/Megrez-3B-Instruct"),
                ),
                template="megrez",
            ),
            ModelGroup(
                ids(
                    "deepseek-ai/deepseek-llm-7b-base",
                    "deepseek-ai/deepseek-llm-7b-chat",
                    "deepseek-ai/deepseek-llm-67b-base",
                    "deepseek-ai/deepseek-llm-67b-chat",
                ),
                template="deepseek",
            ),
            ModelGroup(
                ids(
                    "deepseek-ai/deepseek-math-7b-base",
                    "deepseek-ai/deepseek-math-7b-instruct",
                    "deepseek-ai/deepseek-math-7b-rl",
                ),
                template="deepseek",
                tags=["math"],
            ),
            ModelGroup(
                ids(
                    "deepseek-ai/deepseek-coder-1.3b-base",
                    "deepseek-ai/deepseek-coder-1.3b-instruct",
                    "deepseek-ai/deepseek-coder-6.7b-base",
                    "deepseek-ai/deepseek-coder-6.7b-instruct",
                    "deepseek-ai/deepseek-coder-33b-base",
                    "deepseek-ai/deepseek-coder-33b-instruct",
                ),
                template="deepseek",
                tags=["coding"],
            ),
            ModelGroup(
                ids(
                    ("gongjy/MiniMind2", "jingyaogong/MiniMind2"),
                    (None, "jingyaogong/MiniMind2-Small"),
                ),
                template="minimind",
                requires=["transformers>=4.57.1"],
            ),
            ModelGroup(
                ids(
                    ("LLM-Research/Meta-Llama-3-8B-Instruct", "meta-llama/Meta-Llama-3-8B-Instruct"),
                    ("LLM-Research/Meta-Llama-3-70B-Instruct", "meta-llama/Meta-Llama-3-70B-Instruct"),
                    ("LLM-Research/Meta-Llama-3-8B", "meta-llama/Meta-Llama-3-8B"),
                    ("LLM-Research/Meta-Llama-3-70B", "meta-llama/Meta-Llama-3-70B"),
                ),
                template="llama3",
            ),
            ModelGroup(
                ids(
                    ("swift/Meta-Llama-3-8B-Instruct-GPTQ-Int4", "study-hjt/Meta-Llama-3-8B-Instruct-GPTQ-Int4"),
                    ("swift/Meta-Llama-3-8B-Instruct-GPTQ-Int8", "study-hjt/Meta-Llama-3-8B-Instruct-GPTQ-Int8"),
                    ("swift/Meta-Llama-3-8B-Instruct-AWQ", "study-hjt/Meta-Llama-3-8B-Instruct-AWQ"),
                    ("swift/Meta-Llama-3-70B-Instruct-GPTQ-Int4", "study-hjt/Meta-Llama-3-70B-Instruct-GPTQ-Int4"),
                    ("swift/Meta-Llama-3-70B-Instruct-GPTQ-Int8", "study-hjt/Meta-Llama-3-70B-Instruct-GPTQ-Int8"),
                    ("swift/Meta-Llama-3-70B-Instruct-AWQ", "study-hjt/Meta-Llama-3-70B-Instruct-AWQ"),
                ),
                template="llama3",
            ),
            ModelGroup(
                ids(
                    ("ChineseAlpacaGroup/llama-3-chinese-8b-instruct", "hfl/llama-3-chinese-8b-instruct"),
                    ("ChineseAlpacaGroup/llama-3-chinese-8b", "hfl/llama-3-chinese-8b"),
                ),
                template="llama3",
            ),
            ModelGroup(
                ids(
                    ("LLM-Research/Meta-Llama-3.1-8B-Instruct", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
                    ("LLM-Research/Meta-Llama-3.1-70B-Instruct", "meta-llama/Meta-Llama-3.1-70B-Instruct"),
                    ("LLM-Research/Meta-Llama-3.1-405B-Instruct", "meta-llama/Meta-Llama-3.1-405B-Instruct"),
                    ("LLM-Research/Meta-Llama-3.1-8B", "meta-llama/Meta-Llama-3.1-8B"),
                    ("LLM-Research/Meta-Llama-3.1-70B", "meta-llama/Meta-Llama-3.1-70B"),
                    ("LLM-Research/Meta-Llama-3.1-405B", "meta-llama/Meta-Llama-3.1-405B"),
                    ("LLM-Research/Meta-Llama-3.1-70B-Instruct-FP8", "meta-llama/Meta-Llama-3.1-70B-Instruct-FP8"),
                    ("LLM-Research/Meta-Llama-3.1-405B-Instruct-FP8", "meta-llama/Meta-Llama-3.1-405B-Instruct-FP8"),
                ),
                template="llama3_2",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    (
                        "LLM-Research/Meta-Llama-3.1-8B-Instruct-BNB-NF4",
                        "hugging-quants/Meta-Llama-3.1-8B-Instruct-BNB-NF4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-70B-Instruct-bnb-4bit",
                        "unsloth/Meta-Llama-3.1-70B-Instruct-bnb-4bit",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-405B-Instruct-BNB-NF4",
                        "hugging-quants/Meta-Llama-3.1-405B-Instruct-BNB-NF4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-8B-Instruct-GPTQ-INT4",
                        "hugging-quants/Meta-Llama-3.1-8B-Instruct-GPTQ-INT4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-70B-Instruct-GPTQ-INT4",
                        "hugging-quants/Meta-Llama-3.1-70B-Instruct-GPTQ-INT4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-405B-Instruct-GPTQ-INT4",
                        "hugging-quants/Meta-Llama-3.1-405B-Instruct-GPTQ-INT4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-8B-Instruct-AWQ-INT4",
                        "hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-70B-Instruct-AWQ-INT4",
                        "hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4",
                    ),
                    (
                        "LLM-Research/Meta-Llama-3.1-405B-Instruct-AWQ-INT4",
                        "hugging-quants/Meta-Llama-3.1-405B-Instruct-AWQ-INT4",
                    ),
                ),
                template="llama3_2",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/Llama-3.1-Nemotron-70B-Instruct-HF", "nvidia/Llama-3.1-Nemotron-70B-Instruct-HF"),
                ),
                template="llama3_2",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/Skywork-o1-Open-Llama-3.1-8B", "Skywork/Skywork-o1-Open-Llama-3.1-8B"),
                ),
                template="skywork_o1",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    ("LLM-Research/Llama-3.2-1B", "meta-llama/Llama-3.2-1B"),
                    ("LLM-Research/Llama-3.2-3B", "meta-llama/Llama-3.2-3B"),
                    ("LLM-Research/Llama-3.2-1B-Instruct", "meta-llama/Llama-3.2-1B-Instruct"),
                    ("LLM-Research/Llama-3.2-3B-Instruct", "meta-llama/Llama-3.2-3B-Instruct"),
                ),
                template="llama3_2",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    ("LLM-Research/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
                    "unsloth/Llama-3.3-70B-Instruct-bnb-4bit",
                ),
                template="llama3_2",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    ("ZhipuAI/LongWriter-llama3.1-8b", "zai-org/LongWriter-llama3.1-8b"),
                ),
                template="longwriter_llama",
                requires=["transformers>=4.43"],
            ),
            ModelGroup(
                ids(
                    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
                    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
                ),
                template="deepseek_r1",
            ),
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM5-1B", "openbmb/MiniCPM5-1B"),
                    ("OpenBMB/MiniCPM5-1B-Base", "openbmb/MiniCPM5-1B-Base"),
                    ("OpenBMB/MiniCPM5-1B-SFT", "openbmb/MiniCPM5-1B-SFT"),
                ),
                template="minicpm5",
                requires=["transformers>=5.6"],
            ),
            ModelGroup(
                ids(
                    ("OpenBMB/MiniCPM5-2B", "openbmb/MiniCPM5-2B"),
                    ("OpenBMB/MiniCPM5-2B-Base", "openbmb/MiniCPM5-2B-Base"),
                    ("OpenBMB/MiniCPM5-2B-SFT", "openbmb/MiniCPM5-2B-SFT"),
                ),
                template="minicpm5_2b",
                requires=["transformers>=5.6"],
            ),
            ModelGroup(
                ids(
                    ("LLM-Research/Reflection-Llama-3.1-70B", "mattshumer/Reflection-Llama-3.1-70B"),
                ),
                template="reflection",
                requires=["transformers>=4.43"],
            ),
        ],
        architectures=["LlamaForCausalLM"],
        model_arch="llama",
    ),
    ModelMeta(
        "llama3_2_vision",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Llama-3.2-11B-Vision-Instruct", "meta-llama/Llama-3.2-11B-Vision-Instruct"),
                    ("LLM-Research/Llama-3.2-90B-Vision-Instruct", "meta-llama/Llama-3.2-90B-Vision-Instruct"),
                    ("LLM-Research/Llama-3.2-11B-Vision", "meta-llama/Llama-3.2-11B-Vision"),
                    ("LLM-Research/Llama-3.2-90B-Vision", "meta-llama/Llama-3.2-90B-Vision"),
                )
            )
        ],
        template="llama3_2_vision",
        architectures=["MllamaForConditionalGeneration"],
        model_arch="llama3_2_vision",
        is_multimodal=True,
        requires=["transformers>=4.45"],
        tags=["vision"],
    ),
    ModelMeta(
        "llama4",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/Llama-4-Scout-17B-16E", "meta-llama/Llama-4-Scout-17B-16E"),
                    ("LLM-Research/Llama-4-Maverick-17B-128E", "meta-llama/Llama-4-Maverick-17B-128E"),
                    ("LLM-Research/Llama-4-Scout-17B-16E-Instruct", "meta-llama/Llama-4-Scout-17B-16E-Instruct"),
                    (
                        "LLM-Research/Llama-4-Maverick-17B-128E-Instruct-FP8",
                        "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
                    ),
                    (
                        "LLM-Research/Llama-4-Maverick-17B-128E-Instruct",
                        "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
                    ),
                )
            )
        ],
        template="llama4",
        architectures=["Llama4ForConditionalGeneration"],
        model_arch="llama4",
        is_multimodal=True,
        requires=["transformers>=4.51"],
        tags=["vision"],
    ),
    ModelMeta(
        "llama3_1_omni",
        [
            ModelGroup(
                ids(
                    "ICTNLP/Llama-3.1-8B-Omni",
                )
            )
        ],
        template="llama3_1_omni",
        architectures=["OmniSpeech2SLlamaForCausalLM"],
        model_arch="llama3_1_omni",
        is_multimodal=True,
        requires=["openai-whisper"],
        tags=["audio"],
    ),
    ModelMeta(
        "muse_glimmer",
        [
            ModelGroup(
                ids(
                    "meta-models/Muse-Glimmer-30B",
                )
            )
        ],
        template="muse_glimmer",
        architectures=["MuseGlimmerForConditionalGeneration"],
        model_arch="muse_glimmer",
        is_multimodal=True,
        requires=["transformers>=5.15"],
        tags=["vision", "video"],
    ),
)
