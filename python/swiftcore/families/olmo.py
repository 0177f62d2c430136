"""OLMoE, by the Allen Institute for AI."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .base import ChatmlTemplateMeta, EmptyTemplateMeta, needs_processor

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    # A special token of that tokenizer does read `|||IP_ADDRESS|||`.
    TemplateMeta(
        "olmoe",
        prefix=["|||IP_ADDRESS|||"],
        prompt=["<|user|>\n{{QUERY}}\n<|assistant|>\n"],
        chat_sep=["|||IP_ADDRESS|||\n"],
        suffix=["|||IP_ADDRESS|||"],
        system_prefix=["|||IP_ADDRESS|||<|system|>\n{{SYSTEM}}\n"],
        stop_words=["<|endoftext|>"],
    ),
    TemplateMeta(
        "olmoe_0924",
        prefix=["<|endoftext|>"],
        prompt=["<|user|>\n{{QUERY}}\n<|assistant|>\n"],
        chat_sep=["<|endoftext|>\n"],
        suffix=["<|endoftext|>"],
        system_prefix=["<|endoftext|><|system|>\n{{SYSTEM}}\n"],
        stop_words=["<|endoftext|>"],
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    EmptyTemplateMeta(
        "molmo",
        rules=needs_processor("what opens each row"),
        prompt=[" User: {{QUERY}} Assistant:"],
        suffix=["<|endoftext|>"],
        auto_add_bos=False,
        is_multimodal=True,
    ),
    ChatmlTemplateMeta("molmo2", is_multimodal=True),
)
