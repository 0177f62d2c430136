"""Gemma, by Google."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..template.meta import Prompt, TemplateMeta, Word
from ..template.rules import (
    AnswerApart,
    LastRoundOnly,
    PrefixAfterUser,
    Rule,
    StripAnswers,
    SystemIntoQuery,
    SystemNote,
    ThinkingMarkers,
)
from .base import EmptyTemplateMeta, pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "Gemma4TemplateMeta", "GemmaTemplateMeta"]


# Gemma 3 has no place of its own for a system text.
GEMMA3_RULES: tuple[Rule, ...] = (SystemIntoQuery("\n\n"), StripAnswers("\n"))

GEMMA4_RULES: tuple[Rule, ...] = (
    ThinkingMarkers("<|channel>thought", "<channel|>"),
    PrefixAfterUser(),
    SystemNote("<|think|>\n", thinking=True),
)


@dataclass(repr=False, eq=False)
class GemmaTemplateMeta(TemplateMeta):
    """Gemma 1 and 2: turns between `<start_of_turn>` and `<end_of_turn>`.

    >>> GemmaTemplateMeta("mine").suffix
    ['<end_of_turn>']
    """

    prefix: Prompt = pieces("<bos>")
    prompt: Prompt = pieces("<start_of_turn>user\n{{QUERY}}<end_of_turn>\n<start_of_turn>model\n")
    chat_sep: Prompt | None = pieces("<end_of_turn>\n")
    suffix: Prompt = pieces("<end_of_turn>")
    system_prefix: Prompt | None = pieces("<bos><start_of_turn>system\n{{SYSTEM}}<end_of_turn>\n")


@dataclass(repr=False, eq=False)
class Gemma4TemplateMeta(TemplateMeta):
    """Gemma 4: turns between `<|turn>` and `<turn|>`.

    >>> Gemma4TemplateMeta("mine").chat_sep
    ['<turn|>\\n']
    """

    prefix: Prompt = pieces("<bos>")
    prompt: Prompt = pieces("<|turn>user\n{{QUERY}}<turn|>\n<|turn>model\n")
    chat_sep: Prompt | None = pieces("<turn|>\n")
    suffix: Prompt = pieces("<turn|>\n")
    system_prefix: Prompt | None = pieces("<bos><|turn>system\n{{SYSTEM}}<turn|>\n")
    stop_words: list[Word] = field(default_factory=lambda: ["<eos>", "<turn|>", "<|tool_response>"])
    agent_template: str | None = "gemma4"
    rules: tuple[Rule, ...] = GEMMA4_RULES


TEMPLATES: tuple[TemplateMeta, ...] = (
    GemmaTemplateMeta("gemma"),
    GemmaTemplateMeta("gemma3_text", system_prefix=None, rules=GEMMA3_RULES),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    EmptyTemplateMeta("paligemma", prompt=["{{QUERY}}\n"], suffix=["<eos>"], auto_add_bos=False, is_multimodal=True),
    GemmaTemplateMeta("gemma3_vision", rules=GEMMA3_RULES, is_multimodal=True),
    GemmaTemplateMeta("gemma3n", rules=GEMMA3_RULES, is_multimodal=True),
    Gemma4TemplateMeta(
        "gemma4_nothinking",
        is_multimodal=True,
    ),
    Gemma4TemplateMeta(
        "gemma4",
        is_thinking=True,
        non_thinking_prefix="<|channel>thought\n<channel|>",
        is_multimodal=True,
    ),
    Gemma4TemplateMeta(
        "diffusion_gemma",
        rules=(*GEMMA4_RULES, LastRoundOnly(), AnswerApart()),
        is_thinking=True,
        non_thinking_prefix="<|channel>thought\n<channel|>",
        is_multimodal=True,
    ),
)
