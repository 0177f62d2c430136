"""Hunyuan, by Tencent."""

from __future__ import annotations

from ..template.meta import TemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "hunyuan_moe",
        prefix=["<|startoftext|>"],
        prompt=["{{QUERY}}<|extra_0|>"],
        chat_sep=["<|eos|><|startoftext|>"],
        suffix=["<|eos|>"],
        system_prefix=["<|startoftext|>{{SYSTEM}}<|extra_4|>"],
    ),
)
