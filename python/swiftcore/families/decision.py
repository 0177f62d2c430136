"""Models that decide about what they are shown, rather than write: JEV, OmniJev, Clef."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import EmptyTemplateMeta, needs_processor
from .qwen import Qwen3MixedTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

DECISION_RULES = needs_processor("the questions and options that it decides on")

TEMPLATES: tuple[TemplateMeta, ...] = (EmptyTemplateMeta("generic_decision", auto_add_bos=False, rules=DECISION_RULES),)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen3MixedTemplateMeta("jev", non_thinking_prefix="", rules=DECISION_RULES, is_multimodal=True),
    Qwen3MixedTemplateMeta("clef", non_thinking_prefix="", rules=DECISION_RULES, is_multimodal=True),
    Qwen3MixedTemplateMeta("omnijev", non_thinking_prefix="", rules=DECISION_RULES, is_multimodal=True),
)
