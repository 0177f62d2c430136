"""Hunyuan, by Tencent."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import (
    CloseQuery,
    HistoryAnswer,
    HistoryBeforeTools,
    PrefixLastAnswer,
    Rule,
    SystemNote,
    ThinkingLevel,
    TrimMessages,
)
from .qwen import Qwen3MixedTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]


def _reasoning(mark: str) -> tuple[Rule, ...]:
    """The rules of models that write how much they think; `mark` is what their tags end with."""
    note = f"<｜reasoning_mode{mark}｜>reasoning_effort:{{{{LEVEL}}}}"
    calls = f"you should print </tool_calls{mark}>"
    return (
        ThinkingLevel(default_on="high", default_off="no_think", off="no_think", decides="given"),
        SystemNote(note, after=True, tools=False),
        SystemNote(note, behind=calls, tools=True),
    )


TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "hunyuan_moe",
        prefix=["<|startoftext|>"],
        prompt=["{{QUERY}}<|extra_0|>"],
        chat_sep=["<|eos|><|startoftext|>"],
        suffix=["<|eos|>"],
        system_prefix=["<|startoftext|>{{SYSTEM}}<|extra_4|>"],
    ),
    TemplateMeta(
        "hunyuan",
        prefix=["<｜hy_begin▁of▁sentence｜>"],
        prompt=["<｜hy_User｜>{{QUERY}}<｜hy_Assistant｜>"],
        chat_sep=["<｜hy_place▁holder▁no▁2｜>"],
        suffix=["<｜hy_place▁holder▁no▁2｜>"],
        system_prefix=["<｜hy_begin▁of▁sentence｜>{{SYSTEM}}<｜hy_place▁holder▁no▁3｜>"],
        agent_template="hunyuan_hermes",
        is_thinking=True,
        non_thinking_prefix="<think>\n\n</think>\n",
        rules=(HistoryAnswer("<answer>", "</answer>"),),
    ),
    TemplateMeta(
        "hy_v3_preview",
        prefix=["<｜hy_begin▁of▁sentence｜>"],
        prompt=["<｜hy_User｜>{{QUERY}}<｜hy_Assistant｜>"],
        chat_sep=["<｜hy_eos｜>"],
        suffix=["<｜hy_eos｜>"],
        system_prefix=["<｜hy_begin▁of▁sentence｜>{{SYSTEM}}"],
        agent_template="hy_v3_preview",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="<think></think>",
        history_thinking_prefix="<think></think>",
        rules=_reasoning(""),
    ),
    TemplateMeta(
        "hy_v3",
        prefix=["<｜hy_begin_of_sentence:opensource｜>"],
        prompt=["<｜hy_User:opensource｜>{{QUERY}}<｜hy_Assistant:opensource｜>"],
        chat_sep=["<｜hy_eos:opensource｜>"],
        suffix=["<｜hy_eos:opensource｜>"],
        system_prefix=["<｜hy_begin_of_sentence:opensource｜>{{SYSTEM}}"],
        agent_template="hy_v3",
        is_thinking=True,
        thinking_prefix="<think:opensource>",
        non_thinking_prefix="<think:opensource></think:opensource>",
        history_thinking_prefix="<think:opensource></think:opensource>",
        rules=_reasoning(":opensource"),
    ),
    TemplateMeta(
        "youtu_llm",
        prefix=[["bos_token_id"]],
        prompt=["<|User|>{{QUERY}}<|Assistant|>"],
        chat_sep=["<|end_of_text|>"],
        suffix=["<|end_of_text|>"],
        system_prefix=[["bos_token_id"], "{{SYSTEM}}"],
        agent_template="youtu",
        is_thinking=True,
        non_thinking_prefix="<think>\n\n</think>\n\n",
        rules=(PrefixLastAnswer(), HistoryBeforeTools()),
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen3MixedTemplateMeta(
        "wemm_embedding",
        prompt=["<|im_start|>user\n{{QUERY}}<|im_end|>\n"],
        suffix=["<embedding>"],
        stop_words=["<embedding>"],
        non_thinking_prefix="",
        rules=(CloseQuery(), TrimMessages()),
        is_multimodal=True,
    ),
    TemplateMeta(
        "hunyuan_ocr",
        prefix=["<｜hy_begin▁of▁sentence｜>"],
        prompt=["{{QUERY}}<｜hy_User｜>"],
        chat_sep=["<｜hy_Assistant｜><｜hy_begin▁of▁sentence｜>"],
        suffix=["<｜hy_Assistant｜>"],
        system_prefix=["<｜hy_begin▁of▁sentence｜>{{SYSTEM}}<｜hy_place▁holder▁no▁3｜>"],
        is_multimodal=True,
    ),
)
