"""MiniMind."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..template.meta import TemplateMeta, Word
from .base import ChatmlTemplateMeta

__all__ = ["TEMPLATES", "MiniMindTemplateMeta"]


@dataclass(repr=False, eq=False)
class MiniMindTemplateMeta(ChatmlTemplateMeta):
    """MiniMind: ChatML, with a default system text that has no full stop.

    >>> MiniMindTemplateMeta("mine").default_system
    'You are a helpful assistant'
    """

    default_system: str | None = "You are a helpful assistant"
    auto_add_bos: bool = False
    stop_words: list[Word] = field(default_factory=lambda: ["<|endoftext|>"])


TEMPLATES: tuple[TemplateMeta, ...] = (MiniMindTemplateMeta("minimind"),)
