"""Gemma, by Google."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import pieces

__all__ = ["TEMPLATES", "GemmaTemplateMeta"]


@dataclass
class GemmaTemplateMeta(TemplateMeta):
    """Gemma 1 and 2: turns between `<start_of_turn>` and `<end_of_turn>`.

    >>> GemmaTemplateMeta("mine").suffix
    ['<end_of_turn>']
    """

    prefix: Prompt = pieces("<bos>")
    prompt: Prompt = pieces("<start_of_turn>user\n{{QUERY}}<end_of_turn>\n<start_of_turn>model\n")
    chat_sep: Prompt | None = pieces("<end_of_turn>\n")
    suffix: Prompt = pieces("<end_of_turn>")
    system_prefix: Prompt | None = pieces("<bos><start_of_turn>system\n{{SYSTEM}}<end_of_turn>\n")


TEMPLATES: tuple[TemplateMeta, ...] = (GemmaTemplateMeta("gemma"),)
