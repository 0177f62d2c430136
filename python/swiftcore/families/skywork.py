"""Skywork, by Kunlun."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .llama import Llama3_2TemplateMeta

__all__ = ["TEMPLATES"]

SKYWORK_O1_SYSTEM = (
    "You are Skywork-o1, a thinking model developed by Skywork AI, specializing in solving "
    "complex problems involving mathematics, coding, and logical reasoning through deep thought. "
    "When faced with a user's request, you first engage in a lengthy and in-depth thinking "
    "process to explore possible solutions to the problem. After completing your thoughts, you "
    "then provide a detailed explanation of the solution process in your response."
)

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "skywork",
        prefix=["<s>{{SYSTEM}}"],
        prompt=["</s><s>[USER]{{QUERY}}[SEP][BOT]"],
        chat_sep=None,
        suffix=["[SEP]</s>"],
    ),
    Llama3_2TemplateMeta("skywork_o1", default_system=SKYWORK_O1_SYSTEM),
)
