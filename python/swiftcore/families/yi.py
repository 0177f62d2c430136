"""Yi, by 01.AI, and SUS-Chat, tuned from it."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM, ChatmlTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    ChatmlTemplateMeta("yi_coder", default_system=HELPFUL_SYSTEM),
    TemplateMeta(
        "sus",
        prefix=["{{SYSTEM}}"],
        prompt=["### Human: {{QUERY}}\n\n### Assistant: "],
        chat_sep=["<|endoftext|>"],
        suffix=["<|endoftext|>"],
    ),
)

YI_VL_SYSTEM = (
    "This is a chat between an inquisitive human and an AI assistant. Assume the role of the AI "
    "assistant. Read all the images carefully, and respond to the human's questions with informative, "
    "helpful, detailed and polite answers. "
    "这是一个好奇的人类和一个人工智能助手之间的对话。假设你扮演这个AI助手的角色。仔细阅读所有的图像，并对人类的问题做出信息丰富、有帮助、详细的和礼貌的回答。"
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "yi_vl",
        prefix=[],
        prompt=[[8308], " Human: {{QUERY}}\n", [8308], " Assistant:"],
        chat_sep=["\n"],
        suffix=["\n", [8308]],
        system_prefix=["{{SYSTEM}}\n\n"],
        default_system=YI_VL_SYSTEM,
        is_multimodal=True,
    ),
)
