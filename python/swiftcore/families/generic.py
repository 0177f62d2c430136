"""Layouts that belong to no family of models: ChatML, the bare query, and a plain-text dialogue."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM, ChatmlTemplateMeta, EmptyTemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    ChatmlTemplateMeta("chatml"),
    EmptyTemplateMeta("dummy"),
    TemplateMeta(
        "default",
        prefix=[],
        prompt=["### Human:\n{{QUERY}}\n\n### Assistant:\n"],
        chat_sep=["\n\n"],
        system_prefix=["{{SYSTEM}}\n\n"],
        default_system=HELPFUL_SYSTEM,
        auto_add_bos=True,
    ),
)
