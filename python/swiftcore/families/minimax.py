"""MiniMax."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import Rule, SystemNote, ThinkingLevel
from .base import HELPFUL_SYSTEM, pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "MinimaxM2TemplateMeta", "MinimaxTemplateMeta"]


@dataclass(repr=False, eq=False)
class MinimaxTemplateMeta(TemplateMeta):
    """MiniMax Text and M1.

    >>> MinimaxTemplateMeta("mine").suffix
    ['<end_of_sentence>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces(
        "<beginning_of_sentence>user name=user\n{{QUERY}}<end_of_sentence>\n<beginning_of_sentence>ai name=assistant\n"
    )
    chat_sep: Prompt | None = pieces("<end_of_sentence>\n")
    suffix: Prompt = pieces("<end_of_sentence>")
    system_prefix: Prompt | None = pieces(
        "<beginning_of_sentence>system ai_setting=assistant\n{{SYSTEM}}<end_of_sentence>\n"
    )


@dataclass(repr=False, eq=False)
class MinimaxM2TemplateMeta(TemplateMeta):
    """MiniMax M2 and its successors, which think.

    >>> MinimaxM2TemplateMeta("mine").suffix
    ['[e~[\\n']
    """

    prefix: Prompt = pieces("]~!b[]~b]system\n{{SYSTEM}}[e~[\n")
    prompt: Prompt = pieces("]~b]user\n{{QUERY}}[e~[\n]~b]ai\n")
    chat_sep: Prompt | None = pieces("[e~[\n")
    suffix: Prompt = pieces("[e~[\n")
    agent_template: str | None = "minimax_m2"
    is_thinking: bool = True
    thinking_prefix: str = "<think>\n"


TEMPLATES: tuple[TemplateMeta, ...] = (
    MinimaxTemplateMeta("minimax"),
    MinimaxTemplateMeta(
        "minimax_m1",
        prefix=["<begin_of_document>"],
        system_prefix=[
            "<begin_of_document><beginning_of_sentence>system ai_setting=assistant\n{{SYSTEM}}<end_of_sentence>\n"
        ],
    ),
    MinimaxM2TemplateMeta(
        "minimax_m2",
        default_system=("You are MiniMax-M2, a helpful AI assistant built by MiniMax. Knowledge cutoff: 2025-06."),
    ),
    MinimaxM2TemplateMeta(
        "minimax_m2_1",
        default_system="You are a helpful assistant. Your name is MiniMax-M2.1 and is built by MiniMax.",
    ),
    MinimaxM2TemplateMeta(
        "minimax_m2_5",
        default_system="You are a helpful assistant. Your name is MiniMax-M2.5 and is built by MiniMax.",
    ),
    MinimaxM2TemplateMeta(
        "minimax_m2_7",
        default_system="You are a helpful assistant. Your name is MiniMax-M2.7 and is built by MiniMax.",
    ),
)

_M3_IDENTITY = (
    "Your model version is MiniMax-M3, developed by MiniMax. Knowledge cutoff: January 2026. Founded in early 2022, "
    "MiniMax is a global AI foundation model company committed to advancing the frontiers of AI towards AGI."
)
_M3_THINKING = (
    "You have a thinking capability that allows you to reason step by step before responding. When thinking is "
    "enabled, wrap your reasoning in <mm:think></mm:think> tags before your response. When thinking is disabled, begin "
    "your response directly after the </mm:think> prefix. When thinking is adaptive, decide on your own whether to "
    "think for the current turn."
)
_M3_ENABLED = (
    "Current thinking mode: enabled. You MUST think step by step before every response, including after receiving "
    "function/tool results."
)
_M3_DISABLED = "Current thinking mode: disabled. Do not output any thinking process."
_M3_ADAPTIVE = (
    "Current thinking mode: adaptive. You are encouraged to think for complex decision-making, multi-step reasoning, "
    "or when analyzing function/tool results."
)


def _m3_system(mode: str) -> str:
    thinking = f"<thinking_instructions>\n{_M3_THINKING}\n{mode}\n</thinking_instructions>"
    return f"{_M3_IDENTITY}\n\n{thinking}[e~[\n]~b]developer\n"


# The model's own system text says how it thinks; the row's stands behind it, as the developer's.
MINIMAX_M3_RULES: tuple[Rule, ...] = (
    ThinkingLevel(
        "thinking_mode",
        default_on="disabled",
        default_off="disabled",
        off="disabled",
        decides="always",
        opens="enabled",
    ),
    SystemNote(
        _m3_system(_M3_ADAPTIVE), levels=(("enabled", _m3_system(_M3_ENABLED)), ("disabled", _m3_system(_M3_DISABLED)))
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    MinimaxTemplateMeta("minimax_vl", is_multimodal=True),
    MinimaxM2TemplateMeta(
        "minimax_m3_vl",
        rules=MINIMAX_M3_RULES,
        default_system=HELPFUL_SYSTEM,
        agent_template="minimax_m3",
        thinking_prefix="<mm:think>",
        non_thinking_prefix="</mm:think>",
        history_thinking_prefix="</mm:think>",
        is_multimodal=True,
    ),
)
