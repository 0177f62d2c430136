"""Tokens that training needs: a pad and an eos token where a tokenizer has none, and new ones that users add."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError, TokenizerError
from ..tokenizer.backend import inner_tokenizer

__all__ = ["add_special_tokens", "check_new_tokens", "set_pad_and_eos"]

# An embedding's rows are a multiple of this, for the speed of matrix products.
MULTIPLE = 128


def set_pad_and_eos(processor: Any) -> int | None:
    """Gives a tokenizer the one of its pad and eos tokens that it lacks, by the other. Returns the pad token's id.

    A processor without a tokenizer has neither, and None is returned.

    Raises:
        TokenizerError: It has neither.
    """
    tokenizer = inner_tokenizer(processor)
    if not hasattr(tokenizer, "pad_token_id"):
        return None
    pad, eos = tokenizer.pad_token_id, tokenizer.eos_token_id
    if pad is None and eos is None:
        name = getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__
        raise TokenizerError(
            f"tokenizer: {name!r} has neither an eos nor a pad token; name one in its tokenizer_config.json, such as "
            '"eos_token": "</s>"'
        )
    if pad is None:
        tokenizer.pad_token = tokenizer.eos_token
    if eos is None:
        tokenizer.eos_token = tokenizer.pad_token
    return int(tokenizer.pad_token_id)


def check_new_tokens(tokens: Any) -> list[str]:
    """New special tokens, as a list of strings.

    >>> check_new_tokens(["<a>", "<b>", "<a>"])
    ['<a>', '<b>']

    Raises:
        ArgumentError: They are none.
    """
    if tokens is None:
        return []
    listed = isinstance(tokens, Sequence) and not isinstance(tokens, str)
    if not listed or not all(isinstance(token, str) and token for token in tokens):
        text = f"argument 'new_special_tokens': is {tokens!r}; give a list of strings that are not empty, or None"
        raise ArgumentError(text, argument="new_special_tokens")
    return list(dict.fromkeys(tokens))


def add_special_tokens(tokens: list[str], processor: Any, model: Any, config: Any) -> int:
    """Adds special tokens to a tokenizer, and rows for them to a model's embeddings. Returns how many are new.

    Where the embeddings have too few rows, they get as many as the next multiple of 128 from the tokenizer's length;
    new rows are drawn around the mean of the old.
    """
    tokenizer = inner_tokenizer(processor)
    known = tokenizer.get_vocab()
    new = [token for token in tokens if token not in known]
    tokenizer.add_special_tokens({"additional_special_tokens": tokens}, replace_extra_special_tokens=False)
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    rows = getattr(text, "vocab_size", None) if model is None else model.get_input_embeddings().weight.shape[0]
    if rows is None or rows >= len(tokenizer):
        return len(new)
    size = math.ceil(len(tokenizer) / MULTIPLE) * MULTIPLE
    text.vocab_size = size
    if model is not None:
        model.resize_token_embeddings(size)
    return len(new)
