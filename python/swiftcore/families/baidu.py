"""ERNIE, by Baidu."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import ResponseTags
from .base import EmptyTemplateMeta, pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "ERNIETemplateMeta"]


@dataclass(repr=False, eq=False)
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


@dataclass(repr=False, eq=False)
class ERNIEThinkingTemplateMeta(TemplateMeta):
    """ERNIE 4.5 that thinks.

    >>> ERNIEThinkingTemplateMeta("mine").suffix
    ['<|im_end|>']
    """

    prefix: Prompt = pieces("<|im_start|>system\n<global_setting>\nthink_mode=True\n</global_setting><|im_end|>\n\n")
    prompt: Prompt = pieces("<|im_start|>user\n{{QUERY}}<|im_end|>\n\n<|im_start|>assistant\n")
    chat_sep: Prompt | None = pieces("<|im_end|>\n\n")
    suffix: Prompt = pieces("<|im_end|>")
    system_prefix: Prompt | None = pieces(
        "<|im_start|>system\n<system_setting>\n{{SYSTEM}}\n</system_setting>\n\n"
        "<global_setting>\nthink_mode=True\n</global_setting><|im_end|>\n\n"
    )


TEMPLATES: tuple[TemplateMeta, ...] = (
    ERNIETemplateMeta("ernie"),
    ERNIEThinkingTemplateMeta("ernie_thinking", is_thinking=True, thinking_prefix="<think>\n", rules=(ResponseTags(),)),
)

ERNIE_VL_THINKING_SYSTEM = (
    "You are a multimodal AI assistant called ERNIE developed by Baidu based on the PaddlePaddle framework."
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    ERNIETemplateMeta("paddle_ocr", is_multimodal=True),
    ERNIETemplateMeta("ernie_vl", is_thinking=True, thinking_prefix="<think>", is_multimodal=True),
    ERNIETemplateMeta(
        "ernie_vl_thinking",
        default_system=ERNIE_VL_THINKING_SYSTEM,
        is_thinking=True,
        thinking_prefix="\n<think>\n",
        is_multimodal=True,
    ),
    ERNIETemplateMeta("paddle_ocr_1_5", prompt=["User: {{QUERY}}\nAssistant:\n"], is_multimodal=True),
    EmptyTemplateMeta("unlimited_ocr", prefix=[["bos_token_id"]], auto_add_bos=False, is_multimodal=True),
)
