"""Phi, by Microsoft."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import needs_processor, pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "Phi3TemplateMeta", "Phi4TemplateMeta"]


@dataclass(repr=False, eq=False)
class Phi3TemplateMeta(TemplateMeta):
    """Phi 3.

    >>> Phi3TemplateMeta("mine").suffix
    ['<|end|>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|user|>\n{{QUERY}}<|end|>\n<|assistant|>\n")
    chat_sep: Prompt | None = pieces("<|end|>\n")
    suffix: Prompt = pieces("<|end|>")
    system_prefix: Prompt | None = pieces("<|system|>\n{{SYSTEM}}<|end|>\n")
    auto_add_bos: bool = True


@dataclass(repr=False, eq=False)
class Phi4TemplateMeta(TemplateMeta):
    """Phi 4: ChatML's roles, without its line breaks.

    >>> Phi4TemplateMeta("mine").suffix
    ['<|im_end|>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|im_start|>user<|im_sep|>{{QUERY}}<|im_end|><|im_start|>assistant<|im_sep|>")
    chat_sep: Prompt | None = pieces("<|im_end|>")
    suffix: Prompt = pieces("<|im_end|>")
    system_prefix: Prompt | None = pieces("<|im_start|>system<|im_sep|>{{SYSTEM}}<|im_end|>")
    auto_add_bos: bool = True


TEMPLATES: tuple[TemplateMeta, ...] = (
    Phi3TemplateMeta("phi3"),
    Phi4TemplateMeta("phi4"),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "florence",
        prefix=["<s>"],
        prompt=["{{QUERY}}</s>"],
        chat_sep=None,
        suffix=["</s>"],
        rules=needs_processor("the prompts that it writes for tasks"),
        is_multimodal=True,
    ),
    Phi3TemplateMeta("phi3_vision", is_multimodal=True),
    Phi3TemplateMeta("phi4_multimodal", is_multimodal=True),
)
