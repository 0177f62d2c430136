"""Read the configuration files next to a tokenizer: its special tokens, and the length limit of its model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._files import read_json

__all__ = ["LIMITS", "TEXT_CONFIGS", "TOKEN_NAMES", "find_key", "length_limit", "max_model_len", "special_tokens"]

TOKEN_NAMES = ("bos", "eos", "pad", "unk", "sep", "cls", "mask", "image", "video", "audio")

# The configuration of the language model within that of a multimodal model.
TEXT_CONFIGS = ("language_config", "llm_config", "text_config")

# The keys of the length limit. ms-swift reads the same ones.
LIMITS = (
    *("seq_length", "max_position_embeddings", "n_positions", "model_max_length"),
    *("seq_len", "max_seq_len", "max_sequence_length", "max_seq_length"),
)
# Larger limits mean "no limit".
_NO_LIMIT = 10**9


def special_tokens(place: Path) -> dict[str, str]:
    """Return the special tokens that the configuration files of a folder name."""
    found: dict[str, str] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        config = read_json(place / name)
        extra = config.get("extra_special_tokens")
        named = {**extra, **config} if isinstance(extra, dict) else config
        for token in TOKEN_NAMES:
            value = named.get(f"{token}_token")
            if isinstance(value, dict):
                value = value.get("content")
            if isinstance(value, str):
                found[f"{token}_token"] = value
    return found


def max_model_len(place: Path) -> int | None:
    """Return the length limit of the model in a folder: that of `config.json`, else of `tokenizer_config.json`."""
    limit = length_limit(read_json(place / "config.json"))
    if limit is not None:
        return limit
    limit = read_json(place / "tokenizer_config.json").get("model_max_length")
    return limit if isinstance(limit, int) and 0 < limit < _NO_LIMIT else None


def length_limit(config: Mapping[str, Any]) -> int | None:
    """Return the maximum number of tokens according to a `config.json`, or None.

    >>> length_limit({"max_position_embeddings": 4096, "seq_length": 2048})
    2048
    >>> length_limit({"thinker_config": {"text_config": {"max_position_embeddings": 32768}}})
    32768
    """
    values = [find_key(config, key) for key in LIMITS]
    return min((value for value in values if isinstance(value, int) and 0 < value < _NO_LIMIT), default=None)


def find_key(config: Mapping[str, Any], key: str) -> Any:
    """Return the first value of a key that is not None, in a configuration or in that of its language model.

    >>> find_key({"text_config": {"vocab_size": 9}}, "vocab_size"), find_key({}, "vocab_size")
    (9, None)
    """
    return next((part[key] for part in _parts(config) if part.get(key) is not None), None)


def _parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a configuration and those of the language models in it, at any depth."""
    yield config
    for name, value in config.items():
        if isinstance(value, Mapping) and name.endswith("_config") and name != "talker_config":
            inner = _parts(value)
            own = next(inner)
            if name in TEXT_CONFIGS:
                yield own
            yield from inner
