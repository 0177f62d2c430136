"""Nemotron, by NVIDIA."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .qwen import QwenTemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    QwenTemplateMeta(
        "nemotron_h",
        default_system=None,
        stop_words=["<|im_end|>"],
        is_thinking=True,
        thinking_prefix="<think>\n",
    ),
)
