"""Models of other teams at Alibaba: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "modelscope_agent",
        [
            ModelGroup(
                ids(
                    ("iic/ModelScope-Agent-7B", None),
                    ("iic/ModelScope-Agent-14B", None),
                )
            )
        ],
        template="modelscope_agent",
        architectures=["QWenLMHeadModel"],
        model_arch="qwen",
    ),
    ModelMeta(
        "polylm",
        [
            ModelGroup(
                ids(
                    ("damo/nlp_polylm_13b_text_generation", "DAMO-NLP-MT/polylm-13b"),
                )
            )
        ],
        template="default",
        architectures=["GPT2LMHeadModel"],
        model_arch="qwen",
    ),
    ModelMeta(
        "seggpt",
        [
            ModelGroup(
                ids(
                    ("damo/nlp_seqgpt-560m", "DAMO-NLP/SeqGPT-560M"),
                )
            )
        ],
        template="default",
        architectures=["BloomForCausalLM"],
    ),
)
