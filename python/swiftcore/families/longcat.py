"""LongCat, by Meituan, which the field knows as `longchat`."""

from __future__ import annotations

from ..template.meta import TemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "longchat",
        prefix=[],
        prompt=[" [Round {{ROUND0}}] USER:{{QUERY}} ASSISTANT:"],
        chat_sep=["</longcat_s>"],
        suffix=["</longcat_s>"],
        system_prefix=["SYSTEM:{{SYSTEM}}"],
    ),
)
