"""MiniCPM, by OpenBMB."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import ChatmlTemplateMeta, pieces

__all__ = ["TEMPLATES", "MinicpmTemplateMeta"]


@dataclass
class MinicpmTemplateMeta(TemplateMeta):
    """MiniCPM 1 and 2.

    >>> MinicpmTemplateMeta("mine").prompt
    ['<用户>{{QUERY}}<AI>']
    """

    prefix: Prompt = pieces("<s>{{SYSTEM}}")
    prompt: Prompt = pieces("<用户>{{QUERY}}<AI>")
    chat_sep: Prompt | None = pieces()
    suffix: Prompt = pieces("</s>")


TEMPLATES: tuple[TemplateMeta, ...] = (
    MinicpmTemplateMeta("minicpm"),
    ChatmlTemplateMeta(
        "minicpm5",
        agent_template="minicpm5",
        is_thinking=True,
        thinking_prefix="<think>\n",
        non_thinking_prefix="<think>\n\n</think>\n\n",
    ),
    ChatmlTemplateMeta(
        "minicpm5_2b",
        agent_template="minicpm5",
        is_thinking=True,
        thinking_prefix="<think>\n",
        non_thinking_prefix="<think>\n\n</think>\n\n",
        preserve_thinking=True,
    ),
)
