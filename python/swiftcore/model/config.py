"""Read facts from the `config.json` of a model: dtype, quantization, scaling of positions, kind of model.

A configuration is a dict here, so that transformers is not needed. Keys that a multimodal configuration does not have
itself are looked up in that of its language model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._files import read_json
from ..errors import ModelError
from ..tokenizer.config import TEXT_CONFIGS, find_key, length_limit

__all__ = [
    "Quantization",
    "dtype_name",
    "is_moe",
    "is_multimodal",
    "max_model_len",
    "quantization",
    "read_config",
    "rope_scaling",
]

_MEDIA = ("vit_config", "vision_config", "audio_config")
# Types of positions that are not scaled.
_UNSCALED = ("default", "axial")
_EXPERTS = ("num_experts", "num_experts_per_tok", "moe_intermediate_size", "num_local_experts", "n_routed_experts")

# What a folder without config.json contains, by a file in it, and what to do.
_OTHERS = (
    ("adapter_config.json", "an adapter. Load the model that its base_model_name_or_path names, then the adapter"),
    ("model_index.json", "a pipeline for diffusers"),
    ("params.json", "weights in their maker's own format. Convert them, or use the repository for transformers"),
)


def read_config(folder: str | Path) -> dict[str, Any]:
    """Return the `config.json` in a folder.

    Raises:
        ModelError: There is none. The message says what the folder seems to contain.
        DataError: It is not valid JSON.
    """
    place = Path(folder)
    config = read_json(place / "config.json")
    if config:
        return config
    if (place / "config.json").exists():
        raise ModelError(f"{place / 'config.json'}: expected a JSON object that is not empty")
    raise ModelError(f"{str(place)!r} has no config.json: {_what_else(place)}", field="model_id_or_path")


def _what_else(place: Path) -> str:
    for name, what in _OTHERS:
        if (place / name).exists():
            return f"according to its {name}, it contains {what}"
    if any(place.glob("*.gguf")):
        return "its weights are GGUF, for llama.cpp. Use the repository of the original model"
    inner = sorted(each.name for each in place.iterdir() if (each / "config.json").is_file())
    if inner:
        return f"there is one in {str(place / inner[0])!r}. Pass that folder"
    return "expected a folder written by save_pretrained, or the id of a model"


def dtype_name(config: Mapping[str, Any]) -> str | None:
    """Return the name of the dtype of the weights, or None.

    >>> dtype_name({"torch_dtype": "torch.bfloat16"}), dtype_name({"text_config": {"dtype": "float16"}})
    ('bfloat16', 'float16')
    """
    for key in ("dtype", "torch_dtype", "params_dtype"):
        if (value := find_key(config, key)) is not None:
            return str(value).removeprefix("torch.")
    return None


def max_model_len(config: Mapping[str, Any]) -> int | None:
    """Return the maximum number of tokens, or None if it is not known.

    >>> max_model_len({"max_position_embeddings": 4096, "seq_length": 2048})
    2048
    """
    return length_limit(config)


def rope_scaling(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the scaling of positions, or None.

    >>> rope_scaling({"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}})
    >>> rope_scaling({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}})
    {'rope_type': 'yarn', 'factor': 4.0}
    """
    for key in ("rope_scaling", "rope_parameters"):
        value = find_key(config, key)
        if isinstance(value, Mapping) and value.get("rope_type", value.get("type")) not in (None, *_UNSCALED):
            return dict(value)
    return None


def is_moe(config: Mapping[str, Any]) -> bool:
    """Return whether the model is a mixture of experts.

    >>> is_moe({"num_experts": 64}), is_moe({"num_experts": 0}), is_moe({"model_type": "qwen3_moe"})
    (True, False, True)
    """
    return str(config.get("model_type", "")).endswith("_moe") or any(find_key(config, key) for key in _EXPERTS)


def is_multimodal(config: Mapping[str, Any]) -> bool:
    """Return whether the model accepts something other than text.

    >>> is_multimodal({"vision_config": {}}), is_multimodal({"vocab_size": 9})
    (True, False)
    """
    return any(key in config for key in (*TEXT_CONFIGS, *_MEDIA, "thinker_config"))


@dataclass(frozen=True)
class Quantization:
    """The quantization of weights.

    Attributes:
        method: ms-swift's name: `gptq`, `awq`, `bnb` (bitsandbytes), `fp8`, ...
        bits: The number of bits of a weight; None if it is not known.
        dtype: The name of the dtype of the computation, if it differs from that of the model.
    """

    method: str
    bits: int | None = None
    dtype: str | None = None


def quantization(config: Mapping[str, Any]) -> Quantization | None:
    """Return the quantization of the weights, or None.

    >>> quantization({"quantization_config": {"quant_method": "gptq", "bits": 4}})
    Quantization(method='gptq', bits=4, dtype='float16')
    >>> quantization({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}).bits
    8
    """
    said = config.get("quantization_config") or find_key(config, "quantization_config")
    said = said.to_dict() if hasattr(said, "to_dict") else said
    if not isinstance(said, Mapping):
        return None
    method = said.get("quant_method")
    if method is None and any(said.get(name) for name in ("load_in_4bit", "load_in_8bit")):
        method = "bitsandbytes"
    if method is None:
        return None
    name = str(getattr(method, "value", method))
    if name == "bitsandbytes":
        return _bitsandbytes(said)
    bits = said.get("bits")
    if name == "hqq":
        bits = find_in(said, "quant_config", "weight_quant_params", "nbits")
    elif name == "fp8":
        bits = 8
    own = "float16" if name in ("gptq", "awq", "aqlm") else None
    return Quantization(name, bits if isinstance(bits, int) else None, own)


def _bitsandbytes(said: Mapping[str, Any]) -> Quantization:
    bits = next((bits for bits in (4, 8) if any(said.get(f"{mark}load_in_{bits}bit") for mark in ("", "_"))), None)
    computed = said.get("bnb_4bit_compute_dtype") if bits == 4 else None
    return Quantization("bnb", bits, None if computed is None else str(computed).removeprefix("torch."))


def find_in(value: Any, *keys: str) -> Any:
    """Return the value at a path of keys, or None.

    >>> find_in({"a": {"b": 1}}, "a", "b"), find_in({"a": 2}, "a", "b")
    (1, None)
    """
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
