"""What the configuration files beside a tokenizer say: its special tokens, and its model's limit."""

from __future__ import annotations

from pathlib import Path

from .._files import read_json

__all__ = ["TOKEN_NAMES", "max_model_len", "special_tokens"]

TOKEN_NAMES = ("bos", "eos", "pad", "unk", "sep", "cls", "mask", "image", "video", "audio")


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
    """The most tokens that the model in a folder takes: what its `config.json` says, else `tokenizer_config.json`."""
    config = read_json(place / "config.json")
    parts = [config, *(config[key] for key in ("text_config", "llm_config", "language_config") if key in config)]
    keys = ["seq_length", "max_position_embeddings", "n_positions", "model_max_length"]
    keys += ["seq_len", "max_seq_len", "max_sequence_length", "max_seq_length"]
    limits = []
    for key in keys:
        values = [part[key] for part in parts if isinstance(part, dict) and isinstance(part.get(key), int)]
        limits += values[:1]
    if limits:
        return int(min(limits))
    limit = read_json(place / "tokenizer_config.json").get("model_max_length")
    # Beyond this it stands for "no limit".
    return limit if isinstance(limit, int) and 0 < limit < 10**9 else None
