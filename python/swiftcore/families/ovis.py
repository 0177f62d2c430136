"""Ovis, by Alibaba's AIDC team."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import TrimMessages
from .gemma import GemmaTemplateMeta
from .llama import Llama3TemplateMeta
from .qwen import Qwen3MixedTemplateMeta, QwenTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen3MixedTemplateMeta(
        "ovis_ocr2", agent_template="qwen3_5", thinking_prefix="<think>\n", rules=(TrimMessages(),), is_multimodal=True
    ),
    GemmaTemplateMeta("ovis1_6", is_multimodal=True),
    Llama3TemplateMeta(
        "ovis1_6_llama3",
        default_system="You are a helpful and honest multimodal assistant.",
        agent_template=None,
        is_multimodal=True,
    ),
    QwenTemplateMeta("ovis2", is_multimodal=True),
    Qwen3MixedTemplateMeta("ovis2_5", is_thinking=True, non_thinking_prefix="", is_multimodal=True),
)
