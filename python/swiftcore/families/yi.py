"""Yi, by 01.AI, and SUS-Chat, tuned from it."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM, ChatmlTemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    ChatmlTemplateMeta("yi_coder", default_system=HELPFUL_SYSTEM),
    TemplateMeta(
        "sus",
        prefix=["{{SYSTEM}}"],
        prompt=["### Human: {{QUERY}}\n\n### Assistant: "],
        chat_sep=["<|endoftext|>"],
        suffix=["<|endoftext|>"],
    ),
)
