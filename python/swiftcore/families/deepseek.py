"""DeepSeek."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import (
    KeepThinkingWithTools,
    PrefixAfterUser,
    PrefixAllAnswers,
    Rule,
    SystemNote,
    ThinkingLevel,
    ThinkingMarkers,
)
from .base import EmptyTemplateMeta, pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "DeepseekTemplateMeta", "DeepseekV2_5TemplateMeta"]

DEEPSEEK_CODER_SYSTEM = """\
You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek Company, \
and you only answer questions related to computer science. For politically sensitive questions, security \
and privacy issues, and other non-computer science questions, you will refuse to answer
"""


ABSOLUTE_MAXIMUM = (
    "Reasoning Effort: Absolute maximum with no shortcuts permitted.\n"
    "You MUST be very thorough in your thinking and comprehensively decompose the problem to resolve the "
    "root cause, rigorously stress-testing your logic against all potential paths, edge cases, and "
    "adversarial scenarios.\n"
    "Explicitly write out your entire deliberation process, documenting every intermediate step, "
    "considered alternative, and rejected hypothesis to ensure absolutely no assumption is left "
    "unchecked.\n"
    "\n"
)
BEYOND_MAXIMUM = (
    "Reasoning Effort: Beyond maximum — exhaustive, relentless, and uncompromising.\n"
    "You MUST reason with the utmost depth and rigor, leaving absolutely nothing to chance: exhaustively "
    "decompose the problem into its most fundamental components, trace every causal chain to its root, "
    "and resolve the underlying cause rather than any surface symptom.\n"
    "Do not stop reasoning until you have independently verified the solution from multiple angles and "
    "are certain that no assumption remains unchecked and no error remains undiscovered.\n"
    "\n"
)


def _efforts(default: str, *levels: tuple[str, str]) -> tuple[Rule, ...]:
    """The rules of models that think at these levels, each with the text that opens the system text."""
    known = tuple(level for level, _ in levels)
    return (
        PrefixAfterUser(),
        KeepThinkingWithTools(),
        ThinkingLevel(known=known, unknown="ignore", default_on=default, decides="given"),
        SystemNote(levels=levels, thinking=True),
    )


@dataclass(repr=False, eq=False)
class DeepseekTemplateMeta(TemplateMeta):
    """DeepSeek LLM, MoE and V2: turns in plain text.

    >>> DeepseekTemplateMeta("mine").prefix
    [['bos_token_id']]
    """

    prefix: Prompt = pieces(["bos_token_id"])
    prompt: Prompt = pieces("User: {{QUERY}}\n\nAssistant:")
    chat_sep: Prompt | None = pieces(["eos_token_id"])
    suffix: Prompt = pieces(["eos_token_id"])
    system_prefix: Prompt | None = pieces(["bos_token_id"], "{{SYSTEM}}\n\n")


@dataclass(repr=False, eq=False)
class DeepseekV2_5TemplateMeta(TemplateMeta):
    """DeepSeek V2.5 to V3.1 and R1: turns between special tokens.

    >>> DeepseekV2_5TemplateMeta("mine").prompt
    ['<｜User｜>{{QUERY}}<｜Assistant｜>']
    """

    prefix: Prompt = pieces("<｜begin▁of▁sentence｜>{{SYSTEM}}")
    prompt: Prompt = pieces("<｜User｜>{{QUERY}}<｜Assistant｜>")
    chat_sep: Prompt | None = pieces("<｜end▁of▁sentence｜>")
    suffix: Prompt = pieces("<｜end▁of▁sentence｜>")


@dataclass(repr=False, eq=False)
class DeepseekV3_1TemplateMeta(DeepseekV2_5TemplateMeta):
    """DeepSeek V3.1 and V4, which think or not.

    >>> DeepseekV3_1TemplateMeta("mine").non_thinking_prefix
    '</think>'
    """

    agent_template: str | None = "deepseek_v4"
    is_thinking: bool = True
    thinking_prefix: str = "<think>"
    non_thinking_prefix: str = "</think>"
    history_thinking_prefix: str = "</think>"


TEMPLATES: tuple[TemplateMeta, ...] = (
    DeepseekTemplateMeta("deepseek"),
    TemplateMeta(
        "deepseek_coder",
        prefix=["{{SYSTEM}}"],
        prompt=["### Instruction:\n{{QUERY}}\n### Response:\n"],
        chat_sep=["\n<|EOT|>\n"],
        suffix=["\n<|EOT|>"],
        default_system=DEEPSEEK_CODER_SYSTEM,
        stop_words=["<|EOT|>"],
    ),
    DeepseekV2_5TemplateMeta("deepseek_v2_5"),
    DeepseekV2_5TemplateMeta("deepseek_r1", is_thinking=True, thinking_prefix="<think>\n"),
    DeepseekV3_1TemplateMeta("deepseek_v3_1", agent_template="deepseek_v3_1", rules=(PrefixAfterUser(),)),
    DeepseekV3_1TemplateMeta("deepseek_v4", rules=_efforts("high", ("high", ""), ("max", ABSOLUTE_MAXIMUM))),
    DeepseekV3_1TemplateMeta(
        "deepseek_v4_flash",
        rules=_efforts("low", ("low", ""), ("high", ABSOLUTE_MAXIMUM), ("max", BEYOND_MAXIMUM)),
    ),
)

DEEPSEEK_VL_SYSTEM = (
    "You are a helpful language and vision assistant. You are able to understand the visual content "
    "that the user provides, and assist the user with a variety of tasks using natural language."
)

# How much it thinks is a number; three have names.
_EFFORT = "Reasoning Effort: {{LEVEL}} (range 1-100, the higher the value, the more thorough the reasoning)\n\n"
_NAMED = (("low", "50"), ("high", "75"), ("max", "100"))

DEEPSEEK_V41_RULES: tuple[Rule, ...] = (
    ThinkingMarkers(trim=False),
    PrefixAllAnswers("<think></think>", "</think>"),
    KeepThinkingWithTools(),
    ThinkingLevel(
        known=(*(str(effort) for effort in range(1, 101)), *(name for name, _ in _NAMED)),
        unknown="refuse",
        default_on="75",
        default_off="75",
    ),
    SystemNote(
        _EFFORT, levels=tuple((name, _EFFORT.replace("{{LEVEL}}", effort)) for name, effort in _NAMED), thinking=True
    ),
    SystemNote("<｜System｜>", wherever="set"),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    DeepseekTemplateMeta("deepseek_vl", default_system=DEEPSEEK_VL_SYSTEM, is_multimodal=True),
    DeepseekTemplateMeta("deepseek_janus", default_system=DEEPSEEK_VL_SYSTEM, is_multimodal=True),
    EmptyTemplateMeta("deepseek_ocr", prefix=["<｜begin▁of▁sentence｜>"], auto_add_bos=False, is_multimodal=True),
    EmptyTemplateMeta("deepseek_ocr2", prefix=["<｜begin▁of▁sentence｜>"], auto_add_bos=False, is_multimodal=True),
    DeepseekV2_5TemplateMeta(
        "deepseek_v41",
        rules=DEEPSEEK_V41_RULES,
        agent_template="deepseek_v41",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="</think>",
        history_thinking_prefix="</think>",
        is_multimodal=True,
    ),
    DeepseekV2_5TemplateMeta("deepseek_vl2", prompt=["<|User|>: {{QUERY}}\n\n<|Assistant|>:"], is_multimodal=True),
    DeepseekTemplateMeta(
        "deepseek_janus_pro",
        prompt=["<|User|>: {{QUERY}}\n\n<|Assistant|>:"],
        default_system=DEEPSEEK_VL_SYSTEM,
        is_multimodal=True,
    ),
)
