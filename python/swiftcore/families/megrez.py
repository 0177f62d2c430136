"""Megrez, by Infinigence."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "MegrezTemplateMeta"]


@dataclass(repr=False, eq=False)
class MegrezTemplateMeta(TemplateMeta):
    """Megrez: a system turn in every row, empty where there is no system text.

    >>> MegrezTemplateMeta("mine").prefix
    ['<|role_start|>system<|role_end|><|turn_end|>']
    """

    prefix: Prompt = pieces("<|role_start|>system<|role_end|>{{SYSTEM}}<|turn_end|>")
    prompt: Prompt = pieces("<|role_start|>user<|role_end|>{{QUERY}}<|turn_end|><|role_start|>assistant<|role_end|>")
    chat_sep: Prompt | None = pieces("<|turn_end|>")
    suffix: Prompt = pieces("<|turn_end|>")
    default_system: str | None = "你是Megrez-3B-Instruct，将针对用户的问题给出详细的、积极的回答。"


TEMPLATES: tuple[TemplateMeta, ...] = (MegrezTemplateMeta("megrez"),)

MULTIMODAL: tuple[TemplateMeta, ...] = (MegrezTemplateMeta("megrez_omni", is_multimodal=True),)
