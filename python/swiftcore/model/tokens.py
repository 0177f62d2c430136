"""Prepare a loaded tokenizer and its model: pad and eos tokens, new special tokens, and their metadata."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, TokenizerError
from ..tokenizer.backend import inner_tokenizer
from .info import ModelInfo
from .meta import ModelMeta

__all__ = ["add_special_tokens", "attach_metadata", "check_new_tokens", "set_pad_and_eos"]

# The number of rows of a resized embedding is a multiple of this, for the speed of matrix products.
MULTIPLE = 128


def check_new_tokens(tokens: Any) -> list[str]:
    """Return new special tokens as a list without duplicates.

    >>> check_new_tokens(["<a>", "<b>", "<a>"])
    ['<a>', '<b>']

    Raises:
        ArgumentError: It is not a list of strings that are not empty.
    """
    if tokens is None:
        return []
    is_list = isinstance(tokens, Sequence) and not isinstance(tokens, str)
    if not is_list or not all(isinstance(token, str) and token for token in tokens):
        text = f"argument 'new_special_tokens': expected a list of strings that are not empty, or None, got {tokens!r}"
        raise ArgumentError(text, argument="new_special_tokens")
    return list(dict.fromkeys(tokens))


def attach_metadata(model: Any, processor: Any, info: ModelInfo, meta: ModelMeta) -> None:
    """Set `model_info` and `model_meta`, missing pad and eos tokens, and the settings of generation.

    Raises:
        TokenizerError: The tokenizer has neither an eos nor a pad token.
    """
    pad = set_pad_and_eos(processor)
    for each in (inner_tokenizer(processor), processor):
        each.model_info = info
        each.model_meta = meta
    if model is not None:
        model.model_info = info
        model.model_meta = meta
        model.model_dir = info.model_dir
        if pad is not None:
            _set_generation(model, info.model_dir, processor, pad)
            for config in (model.config, _text_config(model.config)):
                config.pad_token_id = pad


def set_pad_and_eos(processor: Any) -> int | None:
    """Set a missing pad or eos token of a tokenizer to the other one, and return the id of the pad token.

    The result is None for a processor without a tokenizer.

    Raises:
        TokenizerError: Both are missing.
    """
    tokenizer = inner_tokenizer(processor)
    if not hasattr(tokenizer, "pad_token_id"):
        return None
    pad, eos = tokenizer.pad_token_id, tokenizer.eos_token_id
    if pad is None and eos is None:
        name = getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__
        raise TokenizerError(
            f"tokenizer: {name!r} has neither an eos nor a pad token. Name one in its tokenizer_config.json, such as "
            '"eos_token": "</s>"'
        )
    if pad is None:
        tokenizer.pad_token = tokenizer.eos_token
    if eos is None:
        tokenizer.eos_token = tokenizer.pad_token
    return int(tokenizer.pad_token_id)


def _set_generation(model: Any, model_dir: str, processor: Any, pad: int) -> None:
    """Read `generation_config.json` if the model's class did not, and complete it from the tokenizer."""
    generation = getattr(model, "generation_config", None)
    if generation is None:
        if not (Path(model_dir) / "generation_config.json").is_file() or not hasattr(model, "generate"):
            return
        from transformers import GenerationConfig

        generation = model.generation_config = GenerationConfig.from_pretrained(model_dir)
    if generation.pad_token_id is None:
        generation.pad_token_id = pad
    if generation.eos_token_id is None:
        generation.eos_token_id = inner_tokenizer(processor).eos_token_id
    if generation.temperature == 0:
        generation.do_sample = False
    if generation.do_sample is False:
        # transformers warns at each call if these differ from its defaults.
        generation.temperature, generation.top_p, generation.top_k = 1.0, 1.0, 50


def add_special_tokens(tokens: list[str], processor: Any, model: Any, config: Any) -> int:
    """Add special tokens to a tokenizer and return how many are new. Embeddings grow if they have too few rows.

    The new number of rows is the length of the tokenizer, rounded up to a multiple of 128.
    """
    tokenizer = inner_tokenizer(processor)
    known = tokenizer.get_vocab()
    new = [token for token in tokens if token not in known]
    parameters = inspect.signature(tokenizer.add_special_tokens).parameters
    keep = next(name for name in parameters if name.startswith("replace_"))  # its name depends on the version
    tokenizer.add_special_tokens({"additional_special_tokens": tokens}, **{keep: False})
    text = _text_config(config)
    rows = getattr(text, "vocab_size", None) if model is None else model.get_input_embeddings().weight.shape[0]
    if rows is None or rows >= len(tokenizer):
        return len(new)
    size = math.ceil(len(tokenizer) / MULTIPLE) * MULTIPLE
    text.vocab_size = size
    if model is not None:
        model.resize_token_embeddings(size)
    return len(new)


def _text_config(config: Any) -> Any:
    return config.get_text_config() if hasattr(config, "get_text_config") else config
