"""Tiny real models: made by transformers, saved as anybody saves them, and sure to say one word and stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# What a model says when it is asked with a prompt that ends with ASK.
ASK, WORD, EOS = "<ask>", "<word>", "<|im_end|>"
TOKENS = ["<|im_start|>", EOS, "<|endoftext|>", ASK, WORD]


def save_tokenizer(folder: Path, **settings: Any) -> None:
    """Save a byte-level tokenizer of 261 tokens; `settings` are those of its `tokenizer_config.json`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(TOKENS)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    said = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": EOS, **settings}
    said = {name: value for name, value in said.items() if value is not None}
    (folder / "tokenizer_config.json").write_text(json.dumps(said), "utf-8")


def scaling_of(config: Any) -> dict[str, Any]:
    """Return the scaling of positions in a configuration; its attribute depends on the version of transformers."""
    found: dict[str, Any] = getattr(config, "rope_parameters", None) or config.rope_scaling
    return found


def save_config(folder: Path, **config: Any) -> Path:
    """Make a folder with a `config.json`, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


SIZES = {
    "vocab_size": 261,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}


def tiny(name: str, **sizes: Any) -> Any:
    """A model of a class of transformers, such as `Qwen3ForCausalLM`, that answers ASK with WORD, and ends."""
    import torch
    import transformers

    torch.manual_seed(0)
    made = getattr(transformers, name)
    model = made(made.config_class(**{**SIZES, **sizes}))
    ask, word, eos = (256 + TOKENS.index(token) for token in (ASK, WORD, EOS))
    with torch.no_grad():
        for layer in model.model.layers:  # the layers add nothing: what follows a token is up to that token
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        embeddings, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
        head.zero_()
        for row, (token, following) in enumerate(((ask, word), (word, eos))):
            embeddings[token] = torch.eye(embeddings.shape[1])[row]
            head[following] = 4 * embeddings[token]
    return model


def save(model: Any, folder: Path, dtype: str = "float32", **how: Any) -> Path:
    """A model and a tokenizer in a folder."""
    import torch

    model.to(getattr(torch, dtype)).save_pretrained(folder, **how)
    save_tokenizer(folder)
    return folder
