"""LLaVA and what was tuned with its method, on many language models."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import ChatmlTemplateMeta, EmptyTemplateMeta
from .llama import Llama3TemplateMeta
from .qwen import Qwen3MixedTemplateMeta, QwenTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

LLAVA1_6_VICUNA_HF_SYSTEM = (
    "A chat between a curious human and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the human's questions."
)

LLAVA_LLAMA3_SYSTEM = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language."
)

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "llava1_5_hf",
        prefix=["<s>"],
        prompt=["USER: {{QUERY}}\nASSISTANT:"],
        chat_sep=["</s>"],
        suffix=["</s>"],
        system_prefix=["<s>{{SYSTEM}}\n"],
        is_multimodal=True,
    ),
    EmptyTemplateMeta(
        "llava_next_video_hf",
        prefix=[" "],
        prompt=["USER: {{QUERY}} ASSISTANT:"],
        chat_sep=[" "],
        system_prefix=["{{SYSTEM}} "],
        is_multimodal=True,
    ),
    TemplateMeta(
        "llava1_6_mistral_hf",
        prefix=["<s>[INST] "],
        prompt=["{{QUERY}} [/INST]"],
        chat_sep=["</s>[INST] "],
        suffix=["</s>"],
        system_prefix=["<<SYS>>\n{{system}}\n<</SYS>>\n\n"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "llava1_6_vicuna_hf",
        prefix=["<s>"],
        prompt=["USER: {{QUERY}} ASSISTANT:"],
        chat_sep=["</s>"],
        suffix=["</s>"],
        system_prefix=["<s>{{SYSTEM}} "],
        default_system=LLAVA1_6_VICUNA_HF_SYSTEM,
        is_multimodal=True,
    ),
    ChatmlTemplateMeta("llava1_6_yi_hf", is_multimodal=True),
    Llama3TemplateMeta("llama3_llava_next_hf", agent_template=None, is_multimodal=True),
    QwenTemplateMeta("llava_next_qwen_hf", agent_template=None, is_multimodal=True),
    Qwen3MixedTemplateMeta("llava_onevision_hf", agent_template=None, non_thinking_prefix="", is_multimodal=True),
    Llama3TemplateMeta(
        "llava_llama3_1_hf", default_system=LLAVA_LLAMA3_SYSTEM, agent_template=None, is_multimodal=True
    ),
    Llama3TemplateMeta("llava_llama3_hf", agent_template=None, is_multimodal=True),
    TemplateMeta(
        "llava1_6_mistral",
        prefix=["<s>[INST] "],
        prompt=["{{QUERY}} [/INST]"],
        chat_sep=["</s>[INST] "],
        suffix=["</s>"],
        system_prefix=["<<SYS>>\n{{system}}\n<</SYS>>\n\n"],
        is_multimodal=True,
    ),
    ChatmlTemplateMeta("llava1_6_yi", is_multimodal=True),
    Llama3TemplateMeta(
        "llama3_llava_next", default_system=LLAVA_LLAMA3_SYSTEM, agent_template=None, is_multimodal=True
    ),
    QwenTemplateMeta("llava_next_qwen", agent_template=None, is_multimodal=True),
    QwenTemplateMeta("llava_onevision1_5", agent_template=None, is_multimodal=True),
    QwenTemplateMeta("llava_onevision2", agent_template=None, is_multimodal=True),
)
