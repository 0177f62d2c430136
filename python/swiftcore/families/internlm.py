"""InternLM, by Shanghai AI Laboratory."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import ChatmlTemplateMeta

__all__ = ["TEMPLATES"]

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
