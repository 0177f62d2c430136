"""`ModelInfo`: facts about a model from its configuration and the registry, before it is loaded."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .._files import read_json
from .._near import did_you_mean
from ..errors import ArgumentError
from . import config as configs
from .download import safe_snapshot_download
from .matching import base_of, named_meta
from .meta import ModelMeta
from .placement import check_dtype, choose_dtype, default_device_map, device_type, to_torch_dtype
from .registry import MODEL_MAPPING, get_matched_model_meta, get_model_meta, get_model_name
from .task import Task, check_task, choose_task

__all__ = ["ModelInfo", "check_keywords", "get_model_info_meta", "info_and_meta"]


@dataclass
class ModelInfo:
    """Facts about a model. Loaded models and tokenizers have them as `model_info`.

    >>> info = ModelInfo("qwen3", "/hub/models--Qwen--Qwen3-8B/snapshots/9c925d6", "bfloat16", 40960)
    >>> info.model_name, info.max_model_len, info.quant_method
    ('Qwen3-8B', 40960, None)

    Attributes:
        model_type: The registered type; None for an unregistered model.
        model_dir: The folder of the model.
        torch_dtype: The dtype of the loaded weights: torch's, or its name if torch is not installed.
        max_model_len: The maximum number of tokens; None if it is not known.
        quant_method: The quantization of the weights: `gptq`, `awq`, `bnb`, `fp8`, ...; None without quantization.
        quant_bits: The number of bits of a quantized weight; None if it is not known.
        rope_scaling: The scaling of positions; None without scaling.
        is_moe_model: Whether the model is a mixture of experts.
        is_multimodal: Whether the model accepts images, audio or video.
        config: transformers' configuration, once it is loaded.
        task_type: The task: `causal_lm`, `seq_cls`, `embedding`, ...
        num_labels: The number of labels of a classifier.
        problem_type: `regression`, `single_label_classification` or `multi_label_classification`, for a classifier.
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
        """The last part of the id."""
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
    """Return the facts about a model, and its registered type, without loading it.

    Neither torch nor transformers is needed. Only small files are downloaded, unless `download_model` is set.

    >>> import json, pathlib
    >>> config = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "max_position_embeddings": 40960}
    >>> pathlib.Path("Qwen3-8B").mkdir()
    >>> _ = pathlib.Path("Qwen3-8B/config.json").write_text(json.dumps(config))
    >>> info, meta = get_model_info_meta("Qwen3-8B")
    >>> info.model_type, info.max_model_len, info.task_type, meta.template
    ('qwen3', 40960, 'causal_lm', 'qwen3')

    An unregistered model gets a `ModelMeta` without a type and with the template `dummy`.

    Args:
        model_id_or_path: The id of a model, or a folder.
        torch_dtype: The dtype of the weights; None for the registered one, else that of `config.json`.
        use_hf: True for Hugging Face, False for ModelScope; None for the value of `USE_HF`, else Hugging Face.
        hub_token: Access token for private and gated models.
        revision: A branch, a tag or a commit.
        download_model: Whether to download the weights too.
        model_type: The registered type, if it cannot be detected.
        quantization_config: The quantization, instead of that of `config.json`.
        task_type: The task; None for the one that the model was made for.
        num_labels: The number of labels of a classifier.
        problem_type: The kind of classifier; None to derive it from `num_labels`.

    Raises:
        ArgumentError: An argument is invalid, or several types match and `model_type` has to choose one.
        ModelError: The folder does not contain a model, or the type is unknown.
        HubError: The model cannot be downloaded.
    """
    check_keywords(kwargs, get_model_info_meta)
    return info_and_meta(
        model_id_or_path,
        {"use_hf": use_hf, "hub_token": hub_token, "revision": revision, "download_model": download_model},
        torch_dtype=torch_dtype,
        device=device_type(default_device_map()),
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
    """Return the facts about a model for a device type. `hub` are arguments of `safe_snapshot_download`."""
    if model_type is not None:
        get_model_meta(model_type)
    check_task(task)
    check_dtype(torch_dtype)
    folder = safe_snapshot_download(model, **hub)
    raw = configs.read_config(folder)
    config = _with_defaults(folder, raw)
    if quantization_config is not None:
        config = {**config, "quantization_config": quantization_config}
    meta = _meta_of(os.fspath(model), folder, model_type, config)
    quantized = configs.quantization(config)
    dtype = choose_dtype(
        torch_dtype,
        meta.torch_dtype,
        configs.dtype_name(config),
        None if quantized is None else quantized.dtype,
        device,
    )
    task = choose_task(task, meta, raw)
    info = ModelInfo(
        meta.model_type,
        folder,
        to_torch_dtype(dtype),
        configs.max_model_len(config),
        None if quantized is None else quantized.method,
        None if quantized is None else quantized.bits,
        configs.rope_scaling(config),
        configs.is_moe(config),
        meta.is_multimodal or configs.is_multimodal(config),
        None,
        task.task_type,
        task.num_labels,
        task.problem_type,
    )
    return info, meta


def _meta_of(
    model: str, folder: str, model_type: str | None, config: Mapping[str, Any], *, warns: bool = True
) -> ModelMeta:
    """Return the type of a model: by argument, id, name of the folder, files in it, or architecture."""
    meta = None if os.path.isdir(model) else get_matched_model_meta(model)
    if meta is not None and model_type in (None, meta.model_type):
        return meta
    saved = read_json(Path(folder) / "args.json")
    named = model if os.path.isdir(model) else folder
    meta, _ = named_meta(named, model_type, Path(folder), saved, warns=warns)
    if meta is None and (base := base_of(Path(folder), saved)) is not None:
        meta = get_matched_model_meta(base[0])
    return _by_architecture(folder, config) if meta is None else meta


def meta_with_loader(model: str, folder: str, model_type: str | None) -> ModelMeta | None:
    """Return the registered type of a folder if it has a loader of its own, as `get_model_tokenizer` finds it.

    The result is None too if the folder is not a model, or several types match.
    """
    if not (Path(folder) / "config.json").is_file():
        return None
    try:
        meta = _meta_of(model, folder, model_type, read_json(Path(folder) / "config.json"), warns=False)
    except ArgumentError:
        return None
    return None if meta.get_function is None else meta


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
        f"argument 'model_type': missing, and cannot be detected from {folder!r}: {len(metas)} model types have the "
        f"architecture {first!r}. Pass {choices}"
    )
    raise ArgumentError(text, argument="model_type")


def _with_defaults(folder: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `config.json` with the defaults of transformers' class for it, if transformers has one.

    No code of the folder runs. If transformers cannot read the file, loading the model says why.
    """
    if find_spec("transformers") is None:
        return dict(raw)
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    name = raw.get("model_type")
    if name not in CONFIG_MAPPING:
        return dict(raw)
    try:
        config = CONFIG_MAPPING[name].from_pretrained(folder)
        return {**config.to_dict(), "architectures": raw.get("architectures")}
    except Exception:
        return dict(raw)


def check_keywords(names: Iterable[str], function: Callable[..., Any]) -> None:
    """Check that a function has parameters of these names.

    >>> check_keywords(["atn_impl"], lambda model, *, attn_impl=None: None)
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'atn_impl': unknown; did you mean 'attn_impl'?

    Raises:
        ArgumentError: It has not; the message names the most similar one.
    """
    parameters = inspect.signature(function).parameters.values()
    known = [each.name for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, n=1) or f"expected one of {', '.join(known)}"
            raise ArgumentError(f"argument '{name}': unknown; {hint}", argument=name)
