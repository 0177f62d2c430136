"""InternVL and Intern-S1, by Shanghai AI Laboratory."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import ChatmlTemplateMeta
from .openai import GptOssTemplateMeta
from .phi import Phi3TemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

INTERNVL2_SYSTEM = (
    "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, 是一个有用无害的人工智能助手。"
)
INTERNS1_SYSTEM = (
    "You are an expert reasoner with extensive experience in all areas. You approach problems through "
    "systematic thinking and rigorous reasoning. Your response should reflect deep understanding and "
    "precise logical thinking, making your solution path and reasoning clear to others. Please put "
    "your thinking process within <think>...</think> tags."
)

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    ChatmlTemplateMeta(
        "internvl", default_system="You are an AI assistant whose name is InternLM (书生·浦语).", is_multimodal=True
    ),
    Phi3TemplateMeta(
        "internvl_phi3", default_system="You are an AI assistant whose name is Phi-3.", is_multimodal=True
    ),
    ChatmlTemplateMeta(
        "internvl2",
        default_system=INTERNVL2_SYSTEM,
        is_multimodal=True,
    ),
    Phi3TemplateMeta(
        "internvl2_phi3",
        default_system=INTERNVL2_SYSTEM,
        is_multimodal=True,
    ),
    ChatmlTemplateMeta(
        "internvl2_5",
        default_system="你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位联合开发的多模态大语言模型。",
        is_multimodal=True,
    ),
    ChatmlTemplateMeta("internvl3_5", is_multimodal=True),
    GptOssTemplateMeta("internvl3_5_gpt", is_multimodal=True),
    ChatmlTemplateMeta(
        "interns1", default_system=INTERNS1_SYSTEM, is_thinking=True, thinking_prefix="<think>", is_multimodal=True
    ),
    ChatmlTemplateMeta("internvl_hf", is_multimodal=True),
)
