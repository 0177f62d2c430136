"""SAIL-VL and Valley, by ByteDance."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import ChatmlTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

VALLEY_SYSTEM = (
    "You are Valley, a large language and vision assistant trained by ByteDance.You are able to "
    "understand the visual content or video that the user provides, and assist the user with a variety "
    "of tasks using natural language.Follow the instructions carefully and explain your answers in "
    "detail."
)

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    ChatmlTemplateMeta(
        "sail_vl2",
        prompt=["<|im_start|>user\n{{QUERY}}<|im_end|><|im_start|>assistant\n"],
        chat_sep=["<|im_end|>"],
        system_prefix=["<|im_start|>system\n{{SYSTEM}}<|im_end|>"],
        default_system="你是由抖音内容理解组开发的多模态大模型，英文名叫UniVL, 是一个有用无害的人工智能助手。",
        is_multimodal=True,
    ),
    ChatmlTemplateMeta("valley", default_system=VALLEY_SYSTEM, auto_add_bos=False, is_multimodal=True),
)
