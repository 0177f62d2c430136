"""Hunyuan, by Tencent."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .qwen import Qwen3MixedTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

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

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen3MixedTemplateMeta(
        "wemm_embedding",
        prompt=["<|im_start|>user\n{{QUERY}}<|im_end|>\n"],
        suffix=["<embedding>"],
        stop_words=["<embedding>"],
        non_thinking_prefix="",
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
