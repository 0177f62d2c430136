"""Llama, by Meta, and a model tuned from it that keeps its layout."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import FrameSystem, OpenAnswers, Rule
from .base import pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "Llama3TemplateMeta", "Llama3_2TemplateMeta"]

LLAMA_SYSTEM = """\
You are a helpful, respectful and honest assistant. Always answer as helpfully as possible, while being \
safe. Your answers should not include any harmful, unethical, racist, sexist, toxic, dangerous, or illegal \
content. Please ensure that your responses are socially unbiased and positive in nature.

If a question does not make any sense, or is not factually coherent, explain why instead of answering \
something not correct. If you don't know the answer to a question, please don't share false information."""

REFLECTION_SYSTEM = (
    "You are a world-class AI system, capable of complex reasoning and reflection. Reason "
    "through the query inside <thinking> tags, and then provide your final response inside "
    "<output> tags. If you detect that you made a mistake in your reasoning at any point, "
    "correct yourself inside <reflection> tags."
)


@dataclass(repr=False, eq=False)
class Llama3TemplateMeta(TemplateMeta):
    """Llama 3 and 3.1: a header before each turn, `<|eot_id|>` after it.

    >>> Llama3TemplateMeta("mine").suffix
    ['<|eot_id|>']
    """

    prefix: Prompt = pieces("<|begin_of_text|>")
    prompt: Prompt = pieces(
        "<|start_header_id|>user<|end_header_id|>\n\n{{QUERY}}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )
    chat_sep: Prompt | None = pieces("<|eot_id|>")
    suffix: Prompt = pieces("<|eot_id|>")
    system_prefix: Prompt | None = pieces(
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{{SYSTEM}}<|eot_id|>"
    )
    agent_template: str | None = "llama3"


@dataclass(repr=False, eq=False)
class Llama3_2TemplateMeta(Llama3TemplateMeta):
    """Llama 3.2: a system turn in every row, with the current date in it.

    >>> "Today Date: {{DATE:%d %b %Y}}" in Llama3_2TemplateMeta("mine").prefix[0]
    True
    """

    prefix: Prompt = pieces(
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
        "Cutting Knowledge Date: December 2023\nToday Date: {{DATE:%d %b %Y}}\n\n"
        "{{SYSTEM}}<|eot_id|>"
    )
    system_prefix: Prompt | None = None


TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "llama",
        prefix=["<s>[INST] "],
        prompt=["{{QUERY}} [/INST]"],
        chat_sep=["</s><s>[INST] "],
        suffix=["</s>"],
        system_prefix=["<s>[INST] <<SYS>>\n{{SYSTEM}}\n<</SYS>>\n\n"],
        default_system=LLAMA_SYSTEM,
    ),
    Llama3TemplateMeta("llama3"),
    Llama3_2TemplateMeta("llama3_2"),
    Llama3TemplateMeta("reflection", default_system=REFLECTION_SYSTEM),
)

LLAMA3_1_OMNI_SYSTEM = (
    "You are a helpful language and speech assistant. You are able to understand the speech content "
    "that the user provides, and assist the user with a variety of tasks using natural language."
)

_MUSE_BEFORE = "<|start|>system<|message|>"
_MUSE_AFTER = '\n\nReasoning strength: high.\n\n# Valid recipients: "self", "user".<|eot|>'
_MUSE_SYSTEM = "You are a helpful AI assistant.\nKnowledge cutoff: 2026-01-04.\nCurrent date: {{DATE:%Y-%m-%d}}."

MUSE_GLIMMER_RULES: tuple[Rule, ...] = (
    FrameSystem(
        unset=_MUSE_BEFORE + _MUSE_SYSTEM + _MUSE_AFTER, before=_MUSE_BEFORE, after=_MUSE_AFTER, unless="<|start|>"
    ),
    OpenAnswers(" to=user<|message|>", unless=" to="),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Llama3_2TemplateMeta("llama3_2_vision", is_multimodal=True),
    Llama3TemplateMeta(
        "llama4",
        prompt=["<|header_start|>user<|header_end|>\n\n{{QUERY}}<|eot|><|header_start|>assistant<|header_end|>\n\n"],
        chat_sep=["<|eot|>"],
        suffix=["<|eot|>"],
        system_prefix=["<|begin_of_text|><|header_start|>system<|header_end|>\n\n{{SYSTEM}}<|eot|>"],
        stop_words=["<|end_of_text|>", "<|eom|>"],
        agent_template="llama4",
        is_multimodal=True,
    ),
    Llama3TemplateMeta("llama3_1_omni", default_system=LLAMA3_1_OMNI_SYSTEM, is_multimodal=True),
    Llama3TemplateMeta(
        "muse_glimmer",
        rules=MUSE_GLIMMER_RULES,
        prompt=["<|start|>user<|message|>{{QUERY}}<|eot|><|start|>assistant"],
        chat_sep=["<|eot|>"],
        suffix=["<|eot|>"],
        system_prefix=["<|begin_of_text|>{{SYSTEM}}"],
        agent_template=None,
        is_multimodal=True,
    ),
)
