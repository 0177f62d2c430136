"""Qwen 3, by Alibaba Cloud: those of text: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "qwen3",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-0.6B-Base",
                    "Qwen/Qwen3-1.7B-Base",
                    "Qwen/Qwen3-4B-Base",
                    "Qwen/Qwen3-8B-Base",
                    "Qwen/Qwen3-14B-Base",
                    "Qwen/Qwen3-0.6B",
                    "Qwen/Qwen3-1.7B",
                    "Qwen/Qwen3-4B",
                    "Qwen/Qwen3-8B",
                    "Qwen/Qwen3-14B",
                    "Qwen/Qwen3-32B",
                    "Qwen/Qwen3-0.6B-FP8",
                    "Qwen/Qwen3-1.7B-FP8",
                    "Qwen/Qwen3-4B-FP8",
                    "Qwen/Qwen3-8B-FP8",
                    "Qwen/Qwen3-14B-FP8",
                    "Qwen/Qwen3-32B-FP8",
                    "Qwen/Qwen3-4B-AWQ",
                    "Qwen/Qwen3-8B-AWQ",
                    "Qwen/Qwen3-14B-AWQ",
                    "Qwen/Qwen3-32B-AWQ",
                    ("swift/Qwen3-32B-AWQ", None),
                ),
                template="qwen3",
            ),
            ModelGroup(
                ids(
                    "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
                ),
                template="deepseek_r1",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3Guard-Gen-0.6B",
                    "Qwen/Qwen3Guard-Gen-4B",
                    "Qwen/Qwen3Guard-Gen-8B",
                ),
                template="qwen3_guard",
            ),
            ModelGroup(
                ids(
                    "Alibaba-AAIG/YuFeng-XGuard-Reason-0.6B",
                    "Alibaba-AAIG/YuFeng-XGuard-Reason-8B",
                ),
                template="yufeng_xguard",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3-4B-Thinking-2507",
                    "Qwen/Qwen3-4B-Thinking-2507-FP8",
                ),
                template="qwen3_thinking",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3-4B-Instruct-2507",
                    "Qwen/Qwen3-4B-Instruct-2507-FP8",
                ),
                template="qwen3_nothinking",
            ),
        ],
        architectures=["Qwen3ForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.51"],
    ),
    ModelMeta(
        "qwen3_moe",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-30B-A3B-Base",
                    "Qwen/Qwen3-30B-A3B",
                    "Qwen/Qwen3-235B-A22B",
                    "Qwen/Qwen3-30B-A3B-FP8",
                    "Qwen/Qwen3-235B-A22B-FP8",
                    ("swift/Qwen3-30B-A3B-AWQ", "cognitivecomputations/Qwen3-30B-A3B-AWQ"),
                    ("swift/Qwen3-235B-A22B-AWQ", "cognitivecomputations/Qwen3-235B-A22B-AWQ"),
                ),
                template="qwen3",
            ),
            ModelGroup(
                ids(
                    ("iic/Tongyi-DeepResearch-30B-A3B", "Alibaba-NLP/Tongyi-DeepResearch-30B-A3B"),
                ),
                template="qwen3",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3-30B-A3B-Instruct-2507",
                    "Qwen/Qwen3-30B-A3B-Instruct-2507-FP8",
                    "Qwen/Qwen3-235B-A22B-Instruct-2507",
                    "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
                    ("swift/Qwen3-235B-A22B-Instruct-2507-AWQ", None),
                ),
                template="qwen3_nothinking",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3-Coder-30B-A3B-Instruct",
                    "Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8",
                    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
                    "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8",
                    ("swift/Qwen3-Coder-480B-A35B-Instruct-AWQ", None),
                ),
                template="qwen3_coder",
                tags=["coding"],
            ),
            ModelGroup(
                ids(
                    ("iic/QwenLong-L1.5-30B-A3B", "Tongyi-Zhiwen/QwenLong-L1.5-30B-A3B"),
                ),
                template="qwen3_thinking",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3-30B-A3B-Thinking-2507",
                    "Qwen/Qwen3-30B-A3B-Thinking-2507-FP8",
                    "Qwen/Qwen3-235B-A22B-Thinking-2507",
                    "Qwen/Qwen3-235B-A22B-Thinking-2507-FP8",
                    ("swift/Qwen3-235B-A22B-Thinking-2507-AWQ", None),
                ),
                template="qwen3_thinking",
            ),
            ModelGroup(
                ids(
                    "AIDC-AI/Marco-Nano-Base",
                    "AIDC-AI/Marco-Nano-Instruct",
                    "AIDC-AI/Marco-Mini-Base",
                    "AIDC-AI/Marco-Mini-Instruct",
                    "AIDC-AI/Marco-Mini-Global-Base",
                ),
                template="qwen3_nothinking",
            ),
        ],
        architectures=["Qwen3MoeForCausalLM"],
        requires=["transformers>=4.51"],
    ),
    ModelMeta(
        "qwen3_next",
        [
            ModelGroup(
                ids(
                    ("Qwen/Qwen3-Next-80B-A3B-Instruct", None),
                    ("Qwen/Qwen3-Next-80B-A3B-Instruct-FP8", None),
                ),
                template="qwen3_nothinking",
            ),
            ModelGroup(
                ids(
                    ("Qwen/Qwen3-Next-80B-A3B-Thinking", None),
                    ("Qwen/Qwen3-Next-80B-A3B-Thinking-FP8", None),
                ),
                template="qwen3_thinking",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3-Coder-Next-Base",
                    "Qwen/Qwen3-Coder-Next",
                    "Qwen/Qwen3-Coder-Next-FP8",
                ),
                template="qwen3_coder",
            ),
        ],
        architectures=["Qwen3NextForCausalLM"],
        requires=["transformers>=4.57"],
    ),
    ModelMeta(
        "qwen3_emb",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-Embedding-0.6B",
                    "Qwen/Qwen3-Embedding-4B",
                    "Qwen/Qwen3-Embedding-8B",
                )
            )
        ],
        template="qwen3_emb",
        architectures=["Qwen3ForCausalLM"],
        additional_saved_files=["config_sentence_transformers.json", "1_Pooling", "modules.json"],
    ),
    ModelMeta(
        "qwen3_reranker",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-Reranker-0.6B",
                    "Qwen/Qwen3-Reranker-4B",
                    "Qwen/Qwen3-Reranker-8B",
                )
            )
        ],
        template="qwen3_reranker",
        architectures=["Qwen3ForCausalLM"],
    ),
)
