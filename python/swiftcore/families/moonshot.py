"""Moonlight and Kimi, by Moonshot AI."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import (
    EnableThinking,
    OpeningNote,
    PreserveThinking,
    Rule,
    SystemNote,
    ThinkingChannels,
    ThinkingLevel,
)
from .base import pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "MoonlightTemplateMeta"]


@dataclass(repr=False, eq=False)
class MoonlightTemplateMeta(TemplateMeta):
    """Moonlight and Kimi K2.

    >>> MoonlightTemplateMeta("mine").suffix
    ['<|im_end|>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|im_user|>user<|im_middle|>{{QUERY}}<|im_end|><|im_assistant|>assistant<|im_middle|>")
    chat_sep: Prompt | None = pieces("<|im_end|>")
    suffix: Prompt = pieces("<|im_end|>")
    system_prefix: Prompt | None = pieces("<|im_system|>system<|im_middle|>{{SYSTEM}}<|im_end|>")
    default_system: str | None = "You are a helpful assistant"


TEMPLATES: tuple[TemplateMeta, ...] = (
    MoonlightTemplateMeta("moonlight"),
    MoonlightTemplateMeta("kimi_k2", default_system="You are Kimi, an AI assistant created by Moonshot AI."),
)

KIMI_K3_RULES: tuple[Rule, ...] = (
    ThinkingChannels(
        think_open="<|open|>think<|sep|>",
        think_close="<|close|>think<|sep|>",
        response_open="<|open|>response<|sep|>",
        response_close="<|close|>response<|sep|>",
    ),
    EnableThinking(),
    PreserveThinking(),
    ThinkingLevel("thinking_effort", known=("low", "high", "max"), unknown="refuse", variable=False),
    SystemNote('role="system"<|sep|>', wherever="set", unless=("<|sep|>",)),
    OpeningNote(
        '<|open|>message role="system" type="thinking-effort"<|sep|>`thinking_effort` guides on how much to think in '
        "your thinking channel (not including the response channel), supported values include `low`, `medium`, `high`, "
        "and `max`.\nNow the system is invoked with `thinking_effort={{LEVEL}}`.<|close|>message<|sep|><|end_of_msg|>",
        declaration='type="tool-declare"',
        behind="<|end_of_msg|>",
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    MoonlightTemplateMeta("kimi_vl", is_multimodal=True),
    MoonlightTemplateMeta(
        "kimi_k25",
        rules=(SystemNote("system<|im_middle|>", wherever="set", unless=("<|im_middle|>",)),),
        system_prefix=["<|im_system|>{{SYSTEM}}<|im_end|>"],
        default_system=None,
        agent_template="kimi_k25",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="<think></think>",
        history_thinking_prefix="<think></think>",
        is_multimodal=True,
    ),
    TemplateMeta(
        "kimi_k3",
        rules=KIMI_K3_RULES,
        prefix=[],
        prompt=[
            '<|open|>message role="user"<|sep|>{{QUERY}}<|close|>message<|sep|><|end_of_msg|>'
            '<|open|>message role="assistant"<|sep|>'
        ],
        chat_sep=["<|close|>message<|sep|><|end_of_msg|>"],
        suffix=["<|close|>message<|sep|><|end_of_msg|>"],
        system_prefix=["<|open|>message {{SYSTEM}}<|close|>message<|sep|><|end_of_msg|>"],
        agent_template="kimi_k3",
        is_thinking=True,
        thinking_prefix="<|open|>think<|sep|>",
        non_thinking_prefix="<|open|>think<|sep|><|close|>think<|sep|><|open|>response<|sep|>",
        history_thinking_prefix="<|open|>think<|sep|><|close|>think<|sep|><|open|>response<|sep|>",
        is_multimodal=True,
    ),
)
