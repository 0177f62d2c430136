"""What the `config.json` of a model says of it: its dtype, its limit, how it is quantized, and what kind it is.

A configuration is a dict here, so that transformers is not needed; keys of the language model of a multimodal one
count where it has none of that name itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._files import read_json
from ..errors import ModelError
from ..tokenizer.config import TEXT_CONFIGS, find_key

__all__ = [
    "Quantization",
    "dtype_name",
    "is_moe",
    "is_multimodal",
    "quantization",
    "read_config",
    "rope_scaling",
]

_MEDIA = ("vit_config", "vision_config", "audio_config")
# What positions are said to be where they are as they were trained.
_UNSCALED = ("default", "axial")
_EXPERTS = ("num_experts", "num_experts_per_tok", "moe_intermediate_size", "num_local_experts", "n_routed_experts")

# What a folder without config.json is, by a file in it, and what to do then.
_OTHERS = (
    ("adapter_config.json", "an adapter: load the model that its base_model_name_or_path names, then the adapter"),
    ("model_index.json", "a pipeline for diffusers, which is loaded there"),
    ("params.json", "weights in their maker's own format: convert them, or take the repository made for transformers"),
)


def read_config(folder: str | Path) -> dict[str, Any]:
    """The `config.json` in a folder.

    Raises:
        ModelError: There is none; the message says what else the folder seems to be.
        DataError: It is not JSON.
    """
    place = Path(folder)
    config = read_json(place / "config.json")
    if config:
        return config
    if (place / "config.json").exists():
        raise ModelError(f"{place / 'config.json'} holds no object, or an empty one; it is no model's configuration")
    raise ModelError(f"{str(place)!r} has no config.json: {_what_else(place)}", field="model_id_or_path")


def _what_else(place: Path) -> str:
    for name, what in _OTHERS:
        if (place / name).exists():
            return f"with its {name} it seems to be {what}"
    if any(place.glob("*.gguf")):
        return "its weights are GGUF, for llama.cpp; give the repository that they were made from"
    inner = sorted(each.name for each in place.iterdir() if (each / "config.json").is_file())
    if inner:
        return f"there is one in {str(place / inner[0])!r}; give that folder"
    return "give a folder that holds a model as save_pretrained writes it, or a model's id"


def dtype_name(config: Mapping[str, Any]) -> str | None:
    """The dtype of the weights, by its name.

    >>> dtype_name({"torch_dtype": "torch.bfloat16"}), dtype_name({"text_config": {"dtype": "float16"}})
    ('bfloat16', 'float16')
    """
    for key in ("dtype", "torch_dtype", "params_dtype"):
        if (value := find_key(config, key)) is not None:
            return str(value).removeprefix("torch.")
    return None


def rope_scaling(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """How positions are scaled; None where they are not.

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
    """Whether it is a mixture of experts.

    >>> is_moe({"num_experts": 64}), is_moe({"num_experts": 0}), is_moe({"model_type": "qwen3_moe"})
    (True, False, True)
    """
    return str(config.get("model_type", "")).endswith("_moe") or any(find_key(config, key) for key in _EXPERTS)


def is_multimodal(config: Mapping[str, Any]) -> bool:
    """Whether it has a model in it for something else than text.

    >>> is_multimodal({"vision_config": {}}), is_multimodal({"vocab_size": 9})
    (True, False)
    """
    return any(key in config for key in (*TEXT_CONFIGS, *_MEDIA, "thinker_config"))


@dataclass(frozen=True)
class Quantization:
    """How weights are quantized: `gptq`, `awq`, `bnb`, `fp8`, ...; into how many bits; what is computed in.

    Attributes:
        method: Its name, as ms-swift has it: `bnb` is bitsandbytes.
        bits: How many bits a weight has; None where nothing says.
        dtype: The name of the dtype that it computes in, where it has one of its own.
    """

    method: str
    bits: int | None = None
    dtype: str | None = None


def quantization(config: Mapping[str, Any]) -> Quantization | None:
    """How the weights are quantized; None where they are not.

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
    """What is at the end of a path of keys; None where it breaks off.

    >>> find_in({"a": {"b": 1}}, "a", "b"), find_in({"a": 2}, "a", "b")
    (1, None)
    """
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
