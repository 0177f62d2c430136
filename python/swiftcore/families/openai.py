"""gpt-oss, by OpenAI."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import FrameSystem, HarmonyChannels, Rule, ThinkingLevel
from .base import pieces

__all__ = ["TEMPLATES", "GptOssTemplateMeta"]

_SYSTEM = (
    "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n"
    "Knowledge cutoff: 2024-06\nCurrent date: {{DATE:%Y-%m-%d}}\n\nReasoning: {{LEVEL}}\n\n"
    "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
)


@dataclass(repr=False, eq=False)
class GptOssTemplateMeta(TemplateMeta):
    """gpt-oss: the model's own system text comes first, and the row's is the developer's.

    >>> GptOssTemplateMeta("mine").suffix
    ['<|return|>']
    """

    prefix: Prompt = pieces("{{SYSTEM}}")
    prompt: Prompt = pieces("<|start|>user<|message|>{{QUERY}}<|end|><|start|>assistant")
    chat_sep: Prompt | None = pieces("<|end|>")
    suffix: Prompt = pieces("<|return|>")
    rules: tuple[Rule, ...] = (
        FrameSystem(
            unset=_SYSTEM,
            before=_SYSTEM + "<|start|>developer<|message|># Instructions\n\n",
            after="<|end|>",
            unless="<|start|>",
        ),
        HarmonyChannels(),
        ThinkingLevel(
            known=("low", "medium", "high"),
            unknown="refuse",
            default_on="medium",
            default_off="medium",
            variable=False,
        ),
    )


TEMPLATES: tuple[TemplateMeta, ...] = (GptOssTemplateMeta("gpt_oss"),)
