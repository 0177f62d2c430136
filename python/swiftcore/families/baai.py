"""Emu, by BAAI: images in and out."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM, EmptyTemplateMeta, needs_processor

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    EmptyTemplateMeta("emu3_gen", rules=needs_processor("the image that each row is about"), is_multimodal=True),
    TemplateMeta(
        "emu3_chat",
        prefix=[["bos_token_id"], ""],
        prompt=[" User: {{QUERY}}. Assistant:"],
        chat_sep=[["eos_token_id"]],
        system_prefix=[["bos_token_id"], "{{SYSTEM}}"],
        default_system=HELPFUL_SYSTEM,
        is_multimodal=True,
    ),
)
