"""Moonlight and Kimi, by Moonshot AI."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import pieces

__all__ = ["TEMPLATES", "MoonlightTemplateMeta"]


@dataclass
class MoonlightTemplateMeta(TemplateMeta):
    """Moonlight and Kimi K2.

    >>> MoonlightTemplateMeta("mine").suffix
    ['<|im_end|>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|im_user|>user<|im_middle|>{{QUERY}}<|im_end|><|im_assistant|>assistant<|im_middle|>")
    chat_sep: Prompt | None = pieces("<|im_end|>")
    suffix: Prompt = pieces("<|im_end|>")
    system_prefix: Prompt | None = pieces("<|im_system|>system<|im_middle|>{{SYSTEM}}<|im_end|>")
    default_system: str | None = "You are a helpful assistant"


TEMPLATES: tuple[TemplateMeta, ...] = (
    MoonlightTemplateMeta("moonlight"),
    MoonlightTemplateMeta("kimi_k2", default_system="You are Kimi, an AI assistant created by Moonshot AI."),
)
