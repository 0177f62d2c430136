"""Step and GOT-OCR, by StepFun."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .qwen import Qwen2_5TemplateMeta, Qwen3MixedTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

GOT_OCR2_SYSTEM = "        You should follow the instructions carefully and explain your answers in detail."

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen2_5TemplateMeta("got_ocr2", default_system=GOT_OCR2_SYSTEM, agent_template=None, is_multimodal=True),
    Qwen2_5TemplateMeta("got_ocr2_hf", default_system=GOT_OCR2_SYSTEM, agent_template=None, is_multimodal=True),
    TemplateMeta(
        "step_audio2_mini",
        prefix=[],
        prompt=["<|BOT|>human\n{{QUERY}}<|EOT|><|BOT|>assistant\n"],
        chat_sep=["<|EOT|>"],
        suffix=["<|EOT|>"],
        system_prefix=["<|BOT|>system\n{{SYSTEM}}<|EOT|>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "step_audio",
        prefix=["<s>"],
        prompt=["<|BOT|>human\n{{QUERY}}<|EOT|><|BOT|>assistant\n"],
        chat_sep=["<|EOT|>"],
        suffix=["<|EOT|>"],
        system_prefix=["<s><|BOT|>system\n{{SYSTEM}}<|EOT|>"],
        is_multimodal=True,
    ),
    Qwen3MixedTemplateMeta(
        "step3_vl", is_thinking=True, thinking_prefix="<think>\n", non_thinking_prefix="", is_multimodal=True
    ),
)
