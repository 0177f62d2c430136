"""What families share: the ChatML layout, the bare layout, and a short way to write a field of pieces."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..template.meta import Piece, Prompt, TemplateMeta
from ..template.rules import NeedsProcessor, Rule

__all__ = ["HELPFUL_SYSTEM", "ChatmlTemplateMeta", "EmptyTemplateMeta", "needs_processor", "pieces"]

HELPFUL_SYSTEM = "You are a helpful assistant."


def needs_processor(what: str) -> tuple[Rule, ...]:
    """The rules of a template whose rows a media processor lays out, be they text alone.

    >>> needs_processor("images")[0].reason
    'the template needs a media processor, for images; register one with a `template_cls` of your own'
    """
    reason = f"the template needs a media processor, for {what}; register one with a `template_cls` of your own"
    return (NeedsProcessor(reason),)


def pieces(*parts: Piece) -> Any:
    """A dataclass field that defaults to a new list of `parts`.

    >>> @dataclass
    ... class MineTemplateMeta(ChatmlTemplateMeta):
    ...     suffix: Prompt = pieces(["eos_token_id"])
    >>> MineTemplateMeta("mine").suffix
    [['eos_token_id']]
    """
    return field(default_factory=partial(copy.deepcopy, list(parts)))


# Metas that add no field take these methods from `TemplateMeta`: to make them anew for each takes long at import.
@dataclass(repr=False, eq=False)
class ChatmlTemplateMeta(TemplateMeta):
    """ChatML: each turn between `<|im_start|>` and `<|im_end|>`.

    >>> ChatmlTemplateMeta("mine").chat_sep
    ['<|im_end|>\\n']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|im_start|>user\n{{QUERY}}<|im_end|>\n<|im_start|>assistant\n")
    chat_sep: Prompt | None = pieces("<|im_end|>\n")
    suffix: Prompt = pieces("<|im_end|>\n")
    system_prefix: Prompt | None = pieces("<|im_start|>system\n{{SYSTEM}}<|im_end|>\n")
    auto_add_bos: bool = True


@dataclass(repr=False, eq=False)
class EmptyTemplateMeta(TemplateMeta):
    """Nothing but the query, and what the tokenizer itself puts around it.

    >>> EmptyTemplateMeta("mine").prompt
    ['{{QUERY}}']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("{{QUERY}}")
    chat_sep: Prompt | None = None
    auto_add_bos: bool = True
