"""A tokenizer and a model so small that training takes no time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import swiftcore

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def tokenizer_json() -> str:
    """A token a byte, as GPT-2 writes bytes, and the special tokens of ChatML."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + at) for at, byte in enumerate(others)}}
    vocabulary = {letters[byte]: byte for byte in range(256)}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False) | {"special": True}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": 256 + at, "content": text, **flags} for at, text in enumerate(SPECIAL)],
            "normalizer": None,
            "pre_tokenizer": level,
            "post_processor": None,
            "decoder": level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": vocabulary,
                "merges": [],
            },
        }
    )


def tokenizer_folder(place: Path, **config: Any) -> Path:
    """A folder that transformers and swiftcore load."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    named = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "tokenizer_class": "PreTrainedTokenizerFast"}
    (place / "tokenizer_config.json").write_text(json.dumps({**named, **config}), encoding="utf-8")
    return place


def tiny_tokenizer() -> swiftcore.Tokenizer:
    tokens = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    return swiftcore.Tokenizer.from_json(tokenizer_json(), special_tokens=tokens)


def tiny_model() -> Any:
    """A Llama of a few thousand weights, the same each time."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=256 + len(SPECIAL), max_position_embeddings=512, **shape)
    return LlamaForCausalLM(config)
