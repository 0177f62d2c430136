"""MiniCPM, by OpenBMB."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import ChatmlTemplateMeta, needs_processor, pieces
from .llama import Llama3TemplateMeta
from .qwen import Qwen2_5TemplateMeta, Qwen3MixedTemplateMeta, QwenTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES", "MinicpmTemplateMeta"]


@dataclass(repr=False, eq=False)
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

MULTIMODAL: tuple[TemplateMeta, ...] = (
    MinicpmTemplateMeta("minicpmv", rules=needs_processor("the image that each row has"), is_multimodal=True),
    Llama3TemplateMeta("minicpmv2_5", rules=needs_processor("the image that each row has"), is_multimodal=True),
    QwenTemplateMeta("minicpmv2_6", is_multimodal=True),
    ChatmlTemplateMeta("minicpmv4", is_multimodal=True),
    Qwen2_5TemplateMeta("minicpmo", is_multimodal=True),
    Qwen3MixedTemplateMeta("minicpmv4_5", is_thinking=True, thinking_prefix="<think>\n", is_multimodal=True),
    Qwen3MixedTemplateMeta("minicpmo4_5", is_thinking=True, is_multimodal=True),
    ChatmlTemplateMeta(
        "minicpmv4_6",
        is_thinking=True,
        thinking_prefix="<think>\n",
        non_thinking_prefix="<think>\n\n</think>\n\n",
        is_multimodal=True,
    ),
    ChatmlTemplateMeta(
        "minicpmv4_7",
        is_thinking=True,
        thinking_prefix="<think>\n",
        non_thinking_prefix="<think>\n\n</think>\n\n",
        is_multimodal=True,
    ),
)
