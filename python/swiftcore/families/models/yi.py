"""Yi, by 01.AI: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "yi_vl",
        [
            ModelGroup(
                ids(
                    ("01ai/Yi-VL-6B", "01-ai/Yi-VL-6B"),
                    ("01ai/Yi-VL-34B", "01-ai/Yi-VL-34B"),
                )
            )
        ],
        template="yi_vl",
        architectures=["LlavaLlamaForCausalLM"],
        model_arch="llava_llama",
        is_multimodal=True,
        requires=["transformers>=4.34"],
        tags=["vision"],
    ),
    ModelMeta(
        "yi",
        [
            ModelGroup(
                ids(
                    ("01ai/Yi-6B", "01-ai/Yi-6B"),
                    ("01ai/Yi-6B-200K", "01-ai/Yi-6B-200K"),
                    ("01ai/Yi-6B-Chat", "01-ai/Yi-6B-Chat"),
                    ("01ai/Yi-6B-Chat-4bits", "01-ai/Yi-6B-Chat-4bits"),
                    ("01ai/Yi-6B-Chat-8bits", "01-ai/Yi-6B-Chat-8bits"),
                    ("01ai/Yi-9B", "01-ai/Yi-9B"),
                    ("01ai/Yi-9B-200K", "01-ai/Yi-9B-200K"),
                    ("01ai/Yi-34B", "01-ai/Yi-34B"),
                    ("01ai/Yi-34B-200K", "01-ai/Yi-34B-200K"),
                    ("01ai/Yi-34B-Chat", "01-ai/Yi-34B-Chat"),
                    ("01ai/Yi-34B-Chat-4bits", "01-ai/Yi-34B-Chat-4bits"),
                    ("01ai/Yi-34B-Chat-8bits", "01-ai/Yi-34B-Chat-8bits"),
                ),
                template="chatml",
            ),
            ModelGroup(
                ids(
                    ("01ai/Yi-1.5-6B", "01-ai/Yi-1.5-6B"),
                    ("01ai/Yi-1.5-6B-Chat", "01-ai/Yi-1.5-6B-Chat"),
                    ("01ai/Yi-1.5-9B", "01-ai/Yi-1.5-9B"),
                    ("01ai/Yi-1.5-9B-Chat", "01-ai/Yi-1.5-9B-Chat"),
                    ("01ai/Yi-1.5-9B-Chat-16K", "01-ai/Yi-1.5-9B-Chat-16K"),
                    ("01ai/Yi-1.5-34B", "01-ai/Yi-1.5-34B"),
                    ("01ai/Yi-1.5-34B-Chat", "01-ai/Yi-1.5-34B-Chat"),
                    ("01ai/Yi-1.5-34B-Chat-16K", "01-ai/Yi-1.5-34B-Chat-16K"),
                ),
                template="chatml",
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/Yi-1.5-6B-Chat-GPTQ", "modelscope/Yi-1.5-6B-Chat-GPTQ"),
                    ("AI-ModelScope/Yi-1.5-6B-Chat-AWQ", "modelscope/Yi-1.5-6B-Chat-AWQ"),
                    ("AI-ModelScope/Yi-1.5-9B-Chat-GPTQ", "modelscope/Yi-1.5-9B-Chat-GPTQ"),
                    ("AI-ModelScope/Yi-1.5-9B-Chat-AWQ", "modelscope/Yi-1.5-9B-Chat-AWQ"),
                    ("AI-ModelScope/Yi-1.5-34B-Chat-GPTQ", "modelscope/Yi-1.5-34B-Chat-GPTQ"),
                    ("AI-ModelScope/Yi-1.5-34B-Chat-AWQ", "modelscope/Yi-1.5-34B-Chat-AWQ"),
                ),
                template="chatml",
            ),
            ModelGroup(
                ids(
                    ("01ai/Yi-Coder-1.5B", "01-ai/Yi-Coder-1.5B"),
                    ("01ai/Yi-Coder-9B", "01-ai/Yi-Coder-9B"),
                    ("01ai/Yi-Coder-1.5B-Chat", "01-ai/Yi-Coder-1.5B-Chat"),
                    ("01ai/Yi-Coder-9B-Chat", "01-ai/Yi-Coder-9B-Chat"),
                ),
                template="yi_coder",
                tags=["coding"],
            ),
            ModelGroup(
                ids(
                    ("SUSTC/SUS-Chat-34B", "SUSTech/SUS-Chat-34B"),
                ),
                template="sus",
            ),
        ],
        architectures=["LlamaForCausalLM"],
        model_arch="llama",
    ),
)
