"""mPLUG-Owl and DocOwl, by Alibaba."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .qwen import Qwen3MixedTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = ()

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "mplug_owl2",
        prefix=[""],
        prompt=["USER: {{QUERY}}ASSISTANT:"],
        chat_sep=["</s>"],
        system_prefix=["{{SYSTEM}}"],
        stop_words=["<|endoftext|>", "</s>"],
        is_multimodal=True,
    ),
    Qwen3MixedTemplateMeta(
        "mplug_owl3",
        prefix=["<|im_start|>system\n<|im_end|>\n"],
        agent_template=None,
        non_thinking_prefix="",
        is_multimodal=True,
    ),
    Qwen3MixedTemplateMeta(
        "mplug_owl3_241101",
        prefix=["<|im_start|>system\n<|im_end|>\n"],
        agent_template=None,
        non_thinking_prefix="",
        is_multimodal=True,
    ),
    TemplateMeta(
        "doc_owl2",
        prefix=["<s>"],
        prompt=[" USER: {{QUERY}} ASSISTANT:"],
        chat_sep=["</s>"],
        suffix=["</s>"],
        is_multimodal=True,
    ),
)
