"""Seed-OSS, SAIL-VL and Valley, by ByteDance."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import ThinkingBudget
from .base import ChatmlTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

VALLEY_SYSTEM = (
    "You are Valley, a large language and vision assistant trained by ByteDance.You are able to "
    "understand the visual content or video that the user provides, and assist the user with a variety "
    "of tasks using natural language.Follow the instructions carefully and explain your answers in "
    "detail."
)

SEED_BUDGET = ThinkingBudget(
    between_systems="<seed:eos><seed:bos>system\n",
    system=(
        "You are an intelligent assistant with reflective ability. In the process of thinking and reasoning, you need "
        "to strictly follow the thinking budget, which is {{BUDGET}}. That is, you need to complete your thinking "
        "within {{BUDGET}} tokens and start answering the user's questions. You will reflect on your thinking process "
        "every {{INTERVAL}} tokens, stating how many tokens have been used and how many are left.\n"
    ),
    system_none=(
        "You are an intelligent assistant that can answer questions in one step without the need for reasoning and "
        "thinking, that is, your thinking budget is 0. Next, please skip the thinking process and directly start "
        "answering the user's questions.\n"
    ),
    think_open="<seed:think>",
    think_close="</seed:think>",
    remark=(
        "<seed:cot_budget_reflect>I have used {{USED}} tokens, and there are {{LEFT}} tokens remaining for use."
        "</seed:cot_budget_reflect>"
    ),
    remark_open="<seed:cot_budget_reflect>",
    remark_none=(
        "<seed:cot_budget_reflect>The current thinking budget is 0, so I will directly start answering the question."
        "</seed:cot_budget_reflect>\n"
    ),
    prompt_end="assistant\n",
)

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "seed_oss",
        prefix=["<seed:bos>"],
        prompt=["<seed:bos>user\n{{QUERY}}<seed:eos><seed:bos>assistant\n"],
        chat_sep=["<seed:eos>"],
        suffix=["<seed:eos>"],
        system_prefix=["<seed:bos>system\n{{SYSTEM}}<seed:eos>"],
        auto_add_bos=True,
        stop_words=["<seed:eos>"],
        rules=(SEED_BUDGET,),
    ),
)

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
