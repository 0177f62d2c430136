"""Spark, by iFlytek."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import SystemNote

__all__ = ["TEMPLATES"]

_OPENING = "<｜start▁of▁sentence｜><|System|>\nyou are a helpful assistant."
_END = "<｜end▁of▁sentence｜>"

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "spark2_5",
        prefix=[_OPENING + _END],
        prompt=[
            "<｜start▁of▁sentence｜><|User|>{{QUERY}}<｜end▁of▁sentence｜><｜start▁of▁sentence｜><|Bot|>",
        ],
        chat_sep=[_END],
        suffix=[_END],
        system_prefix=[_OPENING + "{{SYSTEM}}" + _END],
        agent_template="spark2_5",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="</think>",
        history_thinking_prefix="</think>",
        # The model's own system text comes first; a list of tools brings its own separator.
        rules=(SystemNote("\n\n", wherever="filled", tools=False),),
    ),
)
