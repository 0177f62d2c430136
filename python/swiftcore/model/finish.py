"""What is set in a model and its tokenizer once they are loaded, whoever loaded them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..tokenizer.backend import inner_tokenizer
from .info import ModelInfo
from .meta import ModelMeta
from .tokens import add_special_tokens, set_pad_and_eos

__all__ = ["finish"]


def finish(model: Any, processor: Any, info: ModelInfo, meta: ModelMeta, tokens: list[str], *, dummy: bool) -> None:
    """Sets pad and eos tokens, `model_info` and `model_meta`, the generation's settings, and adds new tokens.

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
            _set_pad(model.config, pad)
    if tokens:
        config = info.config if model is None else model.config
        add_special_tokens(tokens, processor, None if dummy else model, config)


def _set_pad(config: Any, pad: int) -> None:
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    for part in (config, text):
        part.pad_token_id = pad


def _set_generation(model: Any, model_dir: str, processor: Any, pad: int) -> None:
    """Reads `generation_config.json` where the model's class did not, and completes it from the tokenizer."""
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
        # What sampling goes by means nothing then, and is warned of at each call.
        generation.temperature, generation.top_p, generation.top_k = 1.0, 1.0, 50
