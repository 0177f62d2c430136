"""What the configuration files beside a tokenizer say: its special tokens, and its model's limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._files import read_json

__all__ = [
    "LIMITS",
    "TEXT_CONFIGS",
    "TOKEN_NAMES",
    "config_limit",
    "find_key",
    "max_model_len",
    "special_tokens",
]

TOKEN_NAMES = ("bos", "eos", "pad", "unk", "sep", "cls", "mask", "image", "video", "audio")
# Where the configuration of a multimodal model has that of its language model.
TEXT_CONFIGS = ("language_config", "llm_config", "text_config")
# The keys under which configurations state the limit of a model.
LIMITS = (
    *("seq_length", "max_position_embeddings", "n_positions", "model_max_length"),
    *("seq_len", "max_seq_len", "max_sequence_length", "max_seq_length"),
)
# A limit from here on means "no limit".
_NO_LIMIT = 10**9


def special_tokens(place: Path) -> dict[str, str]:
    """The tokens that the configuration files of a folder name."""
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
    """Return the limit of the model in a folder: that of its `config.json`, else that of `tokenizer_config.json`."""
    limit = config_limit(read_json(place / "config.json"))
    if limit is not None:
        return limit
    limit = read_json(place / "tokenizer_config.json").get("model_max_length")
    return limit if isinstance(limit, int) and 0 < limit < _NO_LIMIT else None


def config_limit(config: Mapping[str, Any]) -> int | None:
    """Return the limit that a model's configuration states, in tokens; None if it states none.

    >>> config_limit({"max_position_embeddings": 4096, "seq_length": 2048})
    2048
    >>> config_limit({"thinker_config": {"text_config": {"max_position_embeddings": 32768}}})
    32768
    """
    values = [find_key(config, key) for key in LIMITS]
    limits = [value for value in values if isinstance(value, int) and 0 < value < _NO_LIMIT]
    return min(limits, default=None)


def _parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A configuration and, within it, that of its language model, however deep."""
    yield config
    for name, value in config.items():
        if isinstance(value, Mapping) and name.endswith("_config") and name != "talker_config":
            inner = _parts(value)
            own = next(inner)
            if name in TEXT_CONFIGS:
                yield own
            yield from inner


def find_key(config: Mapping[str, Any], key: str) -> Any:
    """Return the first value of a key that is not None, of the configuration itself or of its language model's.

    >>> find_key({"text_config": {"vocab_size": 9}}, "vocab_size"), find_key({}, "vocab_size")
    (9, None)
    """
    return next((part[key] for part in _parts(config) if part.get(key) is not None), None)
