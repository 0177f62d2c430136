"""`ModelInfo`: what is known of a model before it is loaded, from its configuration and the registry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._files import read_json
from ..errors import ArgumentError
from ..tokenizer.config import config_limit
from . import config as facts
from .device import default_device_map, main_device
from .download import safe_snapshot_download
from .dtype import choose_dtype, to_dtype, to_name
from .matching import base_of, named_meta
from .meta import ModelMeta
from .native import native_config
from .registry import MODEL_MAPPING, get_matched_model_meta, get_model_meta, get_model_name
from .task import Task, check_task, choose_task
from .unknown import refuse_unknown

__all__ = ["ModelInfo", "get_model_info_meta", "info_and_meta"]


@dataclass
class ModelInfo:
    """What is known of a model: a tokenizer and a model that are loaded have it as `model_info`.

    >>> info = ModelInfo("qwen3", "/hub/models--Qwen--Qwen3-8B/snapshots/9c925d6", "bfloat16", 40960)
    >>> info.model_name, info.max_model_len, info.quant_method
    ('Qwen3-8B', 40960, None)

    Attributes:
        model_type: The registered type; None where there is none.
        model_dir: The folder that it is in.
        torch_dtype: The dtype that its weights are loaded in: torch's, or its name where torch is not installed.
        max_model_len: The most tokens that it takes; None where nothing says.
        quant_method: How its weights are quantized: `gptq`, `awq`, `bnb`, `fp8`, ...; None where they are not.
        quant_bits: How many bits a weight then has; None where nothing says.
        rope_scaling: How positions are scaled; None where they are not.
        is_moe_model: Whether it is a mixture of experts.
        is_multimodal: Whether it takes images, audios or videos.
        config: transformers' configuration, once it is loaded.
        task_type: What it is loaded for: `causal_lm`, `seq_cls`, `embedding`, ...
        num_labels: How many labels a classifier has.
        problem_type: `regression`, `single_label_classification` or `multi_label_classification`, of a classifier.
    """

    model_type: str | None
    model_dir: str
    torch_dtype: Any
    max_model_len: int | None
    quant_method: str | None = None
    quant_bits: int | None = None
    rope_scaling: dict[str, Any] | None = None
    is_moe_model: bool = False
    is_multimodal: bool = False
    config: Any = field(default=None, repr=False)
    task_type: str | None = None
    num_labels: int | None = None
    problem_type: str | None = None

    @property
    def model_name(self) -> str:
        """What its id ends with."""
        return get_model_name(self.model_dir)


def get_model_info_meta(
    model_id_or_path: str | os.PathLike[str],
    torch_dtype: Any = None,
    *,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    revision: str | None = None,
    download_model: bool = False,
    model_type: str | None = None,
    quantization_config: Any = None,
    task_type: str | None = None,
    num_labels: int | None = None,
    problem_type: str | None = None,
    **kwargs: Any,
) -> tuple[ModelInfo, ModelMeta]:
    """What is known of a model, and its registered type, without loading it.

    Needs neither torch nor transformers; only small files are downloaded, unless `download_model` is set.

    >>> import json, pathlib
    >>> config = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "max_position_embeddings": 40960}
    >>> pathlib.Path("Qwen3-8B").mkdir()
    >>> _ = pathlib.Path("Qwen3-8B/config.json").write_text(json.dumps(config))
    >>> info, meta = get_model_info_meta("Qwen3-8B")
    >>> info.model_type, info.max_model_len, info.task_type, meta.template
    ('qwen3', 40960, 'causal_lm', 'qwen3')

    A model that nobody registered, of an architecture that transformers knows, has a `ModelMeta` without a type and
    the template `dummy`.

    Args:
        model_id_or_path: The id of a model, or a folder.
        torch_dtype: The dtype that it is to be loaded in; None for the registered one, else that of its
            `config.json`.
        use_hf: True for Hugging Face, False for ModelScope; None for what `USE_HF` says, else Hugging Face.
        hub_token: What opens private and gated models.
        revision: A branch, a tag or a commit.
        download_model: Whether its weights are downloaded too.
        model_type: The name of a registered type, where it cannot be told.
        quantization_config: How it is to be quantized, instead of what its `config.json` says.
        task_type: What it is to be loaded for; None for what it is made for.
        num_labels: How many labels a classifier has.
        problem_type: What kind of classifier it is; None for what `num_labels` says.

    Raises:
        ArgumentError: An argument makes no sense, or several types fit and `model_type` must settle it.
        ModelError: The folder holds no model, or there is no such type.
        HubError: The model cannot be had.
    """
    refuse_unknown(kwargs, get_model_info_meta)
    return info_and_meta(
        model_id_or_path,
        {"use_hf": use_hf, "hub_token": hub_token, "revision": revision, "download_model": download_model},
        torch_dtype=torch_dtype,
        device=main_device(default_device_map()),
        model_type=model_type,
        quantization_config=quantization_config,
        task=Task(task_type, num_labels, problem_type),
    )


def info_and_meta(
    model: str | os.PathLike[str],
    hub: Mapping[str, Any],
    *,
    torch_dtype: Any,
    device: str | None,
    model_type: str | None,
    quantization_config: Any,
    task: Task,
) -> tuple[ModelInfo, ModelMeta]:
    """What is known of a model that goes to a device. `hub` are arguments of `safe_snapshot_download`."""
    if model_type is not None:
        get_model_meta(model_type)
    check_task(task)
    to_name(torch_dtype)
    folder = safe_snapshot_download(model, **hub)
    raw = facts.read_config(folder)
    config = native_config(folder, raw)
    if quantization_config is not None:
        config = {**config, "quantization_config": quantization_config}
    meta = _meta_of(os.fspath(model), folder, model_type, config)
    quantized = facts.quantization(config)
    dtype = choose_dtype(
        torch_dtype, meta.torch_dtype, facts.dtype_name(config), None if quantized is None else quantized.dtype, device
    )
    settled = choose_task(task, meta, raw)
    info = ModelInfo(
        meta.model_type,
        folder,
        to_dtype(dtype),
        config_limit(config),
        None if quantized is None else quantized.method,
        None if quantized is None else quantized.bits,
        facts.rope_scaling(config),
        facts.is_moe(config),
        meta.is_multimodal or facts.is_multimodal(config),
        None,
        settled.task_type,
        settled.num_labels,
        settled.problem_type,
    )
    return info, meta


def _meta_of(model: str, folder: str, model_type: str | None, config: Mapping[str, Any]) -> ModelMeta:
    """The registered type of a model: asked for, of its id, of its folder's name or files, of its architecture."""
    meta = get_matched_model_meta(model)
    if meta is not None and model_type in (None, meta.model_type):
        return meta
    saved = read_json(Path(folder) / "args.json")
    meta, _ = named_meta(folder, model_type, Path(folder), saved)
    if meta is None and (base := base_of(Path(folder), saved)) is not None:
        meta = get_matched_model_meta(base[0])
    return _by_architecture(folder, config) if meta is None else meta


def _by_architecture(folder: str, config: Mapping[str, Any]) -> ModelMeta:
    architectures = config.get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else None
    metas = [meta for meta in MODEL_MAPPING.values() if first is not None and first in meta.architectures]
    if len(metas) == 1:
        return metas[0]
    if not metas:
        return ModelMeta(None, [], template="dummy")
    choices = " or ".join(f"model_type={meta.model_type!r}" for meta in metas)
    text = (
        f"argument 'model_type': is missing, and cannot be told from {folder!r}: {len(metas)} model types have the "
        f"architecture {first!r}; give {choices}"
    )
    raise ArgumentError(text, argument="model_type")
