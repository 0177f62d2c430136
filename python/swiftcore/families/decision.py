"""Models that decide about what they are shown, rather than write: JEV, OmniJev, Clef."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import EmptyTemplateMeta
from .qwen import Qwen3MixedTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (EmptyTemplateMeta("generic_decision", auto_add_bos=False),)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen3MixedTemplateMeta("jev", non_thinking_prefix="", is_multimodal=True),
    Qwen3MixedTemplateMeta("clef", non_thinking_prefix="", is_multimodal=True),
    Qwen3MixedTemplateMeta("omnijev", non_thinking_prefix="", is_multimodal=True),
)
