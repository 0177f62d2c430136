"""dots, by Rednote."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM

__all__ = ["MULTIMODAL", "TEMPLATES"]

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

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "dots_ocr",
        prefix=[""],
        prompt=["<|user|>{{QUERY}}<|endofuser|><|assistant|>"],
        chat_sep=["<|endofassistant|>"],
        suffix=["<|endofassistant|>"],
        system_prefix=["<|system|>{{SYSTEM}}<|endofsystem|>\n"],
        is_multimodal=True,
    ),
)
