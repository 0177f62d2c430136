"""Encoders that read a text, or a pair of texts, and write none: BERT and the BGE rerankers."""

from __future__ import annotations

from ..template.meta import TemplateMeta

__all__ = ["TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "bert",
        prefix=[],
        prompt=["{{QUERY}}[SEP]"],
        chat_sep=["[SEP]"],
        auto_add_bos=True,
    ),
    TemplateMeta(
        "bge_reranker",
        prefix=["<s> "],
        prompt=["{{QUERY}}</s></s> "],
        chat_sep=[],
        suffix=["</s>"],
    ),
)
