"""CodeFuse, Ling and Ring, by Ant Group."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import EnableThinking, Rule, SystemNote

__all__ = ["TEMPLATES"]

_THINKING = ("detailed thinking on", "detailed thinking off")

# Thinks unless told not to; the system text says so, where it does not already.
LING3_RULES: tuple[Rule, ...] = (
    EnableThinking(variable=True),
    SystemNote(_THINKING[0], after=True, separator="\n", unless=_THINKING, thinking=True),
    SystemNote(_THINKING[1], after=True, separator="\n", unless=_THINKING, thinking=False),
)

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "codefuse",
        prefix=[],
        prompt=["<s>human\n{{QUERY}}\n<s>bot\n"],
        chat_sep=[["eos_token_id"], "\n"],
        system_prefix=["<s>system\n{{SYSTEM}}\n"],
    ),
    TemplateMeta(
        "codefuse_codellama",
        prefix=["{{SYSTEM}}"],
        prompt=["<|role_start|>human<|role_end|>{{QUERY}}<|role_start|>bot<|role_end|>"],
        chat_sep=[],
    ),
    TemplateMeta(
        "ling",
        prefix=[],
        prompt=["<role>HUMAN</role>{{QUERY}}<role>ASSISTANT</role>"],
        chat_sep=[],
        suffix=["<|endoftext|>"],
        system_prefix=["<role>SYSTEM</role>{{SYSTEM}}"],
    ),
    TemplateMeta(
        "ling2",
        prefix=["<role>SYSTEM</role>detailed thinking off<|role_end|>"],
        prompt=["<role>HUMAN</role>{{QUERY}}<|role_end|><role>ASSISTANT</role>"],
        chat_sep=["<|role_end|>"],
        suffix=["<|role_end|>"],
        system_prefix=["<role>SYSTEM</role>{{SYSTEM}}\ndetailed thinking off<|role_end|>"],
    ),
    TemplateMeta(
        "ling3",
        prefix=["<role>SYSTEM</role><|role_end|>"],
        prompt=["<role>HUMAN</role>{{QUERY}}<|role_end|><role>ASSISTANT</role>\n"],
        chat_sep=["<|role_end|>"],
        suffix=["<|role_end|>"],
        system_prefix=["<role>SYSTEM</role>{{SYSTEM}}<|role_end|>"],
        agent_template="ling3",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="<think></think>",
        rules=LING3_RULES,
    ),
    TemplateMeta(
        "ring2",
        prefix=[],
        prompt=["<role>HUMAN</role>{{QUERY}}<role>ASSISTANT</role>"],
        chat_sep=[],
        suffix=["<|endoftext|>"],
        system_prefix=["<role>SYSTEM</role>{{SYSTEM}}"],
        is_thinking=True,
        thinking_prefix="<think>\n",
    ),
    TemplateMeta(
        "ring2_5",
        prefix=[],
        prompt=["<role>HUMAN</role>\n{{QUERY}}<|role_end|>\n\n<role>ASSISTANT</role>\n"],
        chat_sep=["<|role_end|>\n\n"],
        suffix=["<|role_end|>\n\n"],
        system_prefix=["<role>SYSTEM</role>\n{{SYSTEM}}\n\n"],
        is_thinking=True,
    ),
)
