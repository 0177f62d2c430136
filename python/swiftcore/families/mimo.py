"""MiMo, by Xiaomi."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .qwen import QwenTemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    QwenTemplateMeta("mimo_rl", default_system="You are MiMo, an AI assistant developed by Xiaomi."),
)
