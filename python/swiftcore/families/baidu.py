"""ERNIE, by Baidu."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import pieces

__all__ = ["TEMPLATES", "ERNIETemplateMeta"]


@dataclass
class ERNIETemplateMeta(TemplateMeta):
    """ERNIE 4.5.

    >>> ERNIETemplateMeta("mine").chat_sep
    ['<|end_of_sentence|>']
    """

    prefix: Prompt = pieces("<|begin_of_sentence|>")
    prompt: Prompt = pieces("User: {{QUERY}}\nAssistant: ")
    chat_sep: Prompt | None = pieces("<|end_of_sentence|>")
    suffix: Prompt = pieces("</s>")
    system_prefix: Prompt | None = pieces("<|begin_of_sentence|>{{SYSTEM}}\n")


TEMPLATES: tuple[TemplateMeta, ...] = (ERNIETemplateMeta("ernie"),)
