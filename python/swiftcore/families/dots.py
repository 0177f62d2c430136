"""dots, by Rednote."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "dots1",
        prefix=["<|system|>{{SYSTEM}}<|endofsystem|>"],
        prompt=["<|userprompt|>{{QUERY}}<|endofuserprompt|><|response|>"],
        chat_sep=["<|endofresponse|>"],
        suffix=["<|endofresponse|>"],
        default_system=HELPFUL_SYSTEM,
    ),
)
