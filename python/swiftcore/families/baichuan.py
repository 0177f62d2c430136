"""Baichuan."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    # 195 and 196 are the reserved tokens that open the user's and the assistant's turn.
    TemplateMeta("baichuan", prefix=["{{SYSTEM}}"], prompt=[[195], "{{QUERY}}", [196]], chat_sep=[]),
    TemplateMeta(
        "baichuan_m1",
        prefix=[],
        prompt=["<C_Q>{{QUERY}}<C_A>"],
        chat_sep=[],
        suffix=["<C_A>"],
        system_prefix=["<B_SYS>{{SYSTEM}}"],
        default_system=HELPFUL_SYSTEM,
    ),
)
