"""InternLM, by Shanghai AI Laboratory."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import ChatmlTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

INTERNLM_SYSTEM = (
    "You are an AI assistant whose name is InternLM (书生·浦语).\n"
    "- InternLM (书生·浦语) is a conversational language model that is developed by Shanghai AI "
    "Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.\n"
    "- InternLM (书生·浦语) can understand and communicate fluently in the language chosen by the "
    "user such as English and 中文."
)

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "internlm",
        prefix=["<s>"],
        prompt=["<|User|>:{{QUERY}}\n<|Bot|>:"],
        chat_sep=["<eoa>\n"],
        suffix=["<eoa>"],
        system_prefix=["<s><|System|>:{{SYSTEM}}\n"],
        default_system=INTERNLM_SYSTEM,
    ),
    ChatmlTemplateMeta("internlm2", default_system=INTERNLM_SYSTEM),
    ChatmlTemplateMeta("internlm2_reward", suffix=["<|im_end|>\n<|reward|>"]),
)

IXCOMPOSER2_SYSTEM = (
    "You are an AI assistant whose name is InternLM-XComposer (浦语·灵笔).\n"
    "- InternLM-XComposer (浦语·灵笔) is a conversational language model that is developed by Shanghai AI "
    "Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.\n"
    "- InternLM-XComposer (浦语·灵笔) can understand and communicate fluently in the language chosen by "
    "the user such as English and 中文."
)
XCOMPOSER2_5_SYSTEM = (
    "You are an AI assistant whose name is InternLM-XComposer (浦语·灵笔).\n"
    "- InternLM-XComposer (浦语·灵笔) is a multi-modality conversational language model that is developed "
    "by Shanghai AI Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.\n"
    "- InternLM-XComposer (浦语·灵笔) can understand and communicate fluently in the language chosen by "
    "the user such as English and 中文.\n"
    "- InternLM-XComposer (浦语·灵笔) is capable of comprehending and articulating responses effectively "
    "based on the provided image."
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "ixcomposer2",
        prefix=["<s>"],
        prompt=["[UNUSED_TOKEN_146]user\n{{QUERY}}[UNUSED_TOKEN_145]\n[UNUSED_TOKEN_146]assistant\n"],
        chat_sep=["[UNUSED_TOKEN_145]\n"],
        suffix=["[UNUSED_TOKEN_145]"],
        system_prefix=["<s>[UNUSED_TOKEN_146]system\n{{SYSTEM}}[UNUSED_TOKEN_145]\n"],
        default_system=IXCOMPOSER2_SYSTEM,
        stop_words=["<|im_end|>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "xcomposer2_5",
        prefix=["<s>"],
        prompt=["[UNUSED_TOKEN_146]user\n{{QUERY}}[UNUSED_TOKEN_145]\n[UNUSED_TOKEN_146]assistant\n"],
        chat_sep=["[UNUSED_TOKEN_145]\n"],
        suffix=["[UNUSED_TOKEN_145]"],
        system_prefix=["<s>[UNUSED_TOKEN_146]system\n{{SYSTEM}}[UNUSED_TOKEN_145]\n"],
        default_system=XCOMPOSER2_5_SYSTEM,
        stop_words=["<|im_end|>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "xcomposer2_4khd",
        prefix=["<s>"],
        prompt=["[UNUSED_TOKEN_146]user\n{{QUERY}}[UNUSED_TOKEN_145]\n[UNUSED_TOKEN_146]assistant\n"],
        chat_sep=["[UNUSED_TOKEN_145]\n"],
        suffix=["[UNUSED_TOKEN_145]"],
        system_prefix=["<s>[UNUSED_TOKEN_146]system\n{{SYSTEM}}[UNUSED_TOKEN_145]\n"],
        default_system=XCOMPOSER2_5_SYSTEM,
        stop_words=["<|im_end|>"],
        is_multimodal=True,
    ),
)
