"""`get_model_tokenizer`: a model and its tokenizer, by an id or a folder.

What can be refused is refused before a download. The order: arguments, then the small files, then what they say is
needed, then the weights.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._warn import warn
from ..errors import ArgumentError, ModelError
from ..integrations._require import require
from .attention import check_attention
from .call import call_loader, takes
from .device import check_device_map, default_device_map, main_device
from .dtype import to_name
from .finish import finish
from .info import ModelInfo, info_and_meta, refuse_unknown
from .loader import ModelLoader
from .meta import ModelMeta
from .registry import get_matched_model_meta, get_model_meta
from .requires import install_line, missing_requirements, quantization_requirements
from .settings import check_max_model_len, check_rope, rope_settings
from .task import Task
from .tokens import check_new_tokens

__all__ = ["get_model_processor", "get_model_tokenizer", "get_processor"]

# The versions that were tested.
_TRANSFORMERS = [("5", "6")]
_TORCH = [("2.6", "3")]


def get_model_tokenizer(
    model_id_or_path: str | os.PathLike[str],
    torch_dtype: Any = None,
    device_map: Any = None,
    *,
    load_model: bool = True,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    revision: str | None = None,
    download_model: bool | None = None,
    model_type: str | None = None,
    quantization_config: Any = None,
    max_memory: Mapping[Any, Any] | None = None,
    attn_impl: str | None = None,
    experts_impl: str | None = None,
    rope_scaling: str | Mapping[str, Any] | None = None,
    max_model_len: int | None = None,
    auto_model_cls: Any = None,
    new_special_tokens: Sequence[str] | None = None,
    task_type: str | None = None,
    num_labels: int | None = None,
    problem_type: str | None = None,
    return_dummy_model: bool = False,
    trust_remote_code: bool = False,
    model_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """A model, and its tokenizer, or its processor where it is multimodal.

    What is not in the hub's cache is downloaded; under a distributed launcher by the main process of each machine.
    `get_template` takes the tokenizer as it comes back.

    >>> import pathlib, shutil
    >>> from swiftcore.tokenizer import packaged_tokenizer
    >>> pathlib.Path("mine").mkdir()
    >>> _ = pathlib.Path("mine/config.json").write_text('{"model_type": "llama", "max_position_embeddings": 4096}')
    >>> file = shutil.copy(packaged_tokenizer("deepseek"), "mine/tokenizer.json")
    >>> settings = '{"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<｜end▁of▁sentence｜>"}'
    >>> _ = pathlib.Path("mine/tokenizer_config.json").write_text(settings)
    >>> model, tokenizer = get_model_tokenizer("mine", load_model=False)
    >>> model is None, tokenizer.pad_token, tokenizer.model_info.max_model_len
    (True, '<｜end▁of▁sentence｜>', 4096)

    Args:
        model_id_or_path: The id of a model, or a folder.
        torch_dtype: The dtype of the weights, torch's or its name; None for the registered one, else that of
            `config.json`, which is float32 on CPUs that are slow at it.
        device_map: A device, `auto`, or a dict of modules; None for CUDA, else MPS, else the CPU: one device a
            `LOCAL_RANK` under a launcher, all of them where nobody launched several processes.
        load_model: Whether the model is wanted; False gives None in its stead, downloads no weights and needs no
            torch.
        use_hf: True for Hugging Face, False for ModelScope; None for what `USE_HF` says, else Hugging Face.
        hub_token: What opens private and gated models.
        revision: A branch, a tag or a commit.
        download_model: Whether weights are downloaded; None for whether they are wanted.
        model_type: The name of a registered type, where it cannot be told.
        quantization_config: How the weights are quantized as they are loaded, as transformers takes it.
        max_memory: The most memory a device, for `device_map="auto"`: `{0: "20GiB", "cpu": "60GiB"}`.
        attn_impl: `flash_attn`, `flash_attention_3`, `sdpa`, `eager` or `flex`; None for `sdpa` where the model has
            it, else `eager`.
        experts_impl: How a mixture of experts computes: `grouped_mm`, `batched_mm` or `eager`.
        rope_scaling: How positions are scaled: a dict as in `config.json`, or `linear`, `dynamic` or `yarn`, which
            scales as far as `max_model_len`.
        max_model_len: The most tokens that the model takes; None for what its `config.json` says.
        auto_model_cls: The class whose `from_pretrained` loads it; None for the one that fits.
        new_special_tokens: Tokens to add. The embeddings grow to a multiple of 128 where they have too few rows.
        task_type: What it is loaded for: `causal_lm`, `seq_cls`, `embedding`, `reranker`, `generative_reranker` or
            `prm`; None for what it is made for.
        num_labels: How many labels a classifier has, 1 for a number.
        problem_type: `regression`, `single_label_classification` or `multi_label_classification`; None for what
            `num_labels` says.
        return_dummy_model: Whether the model comes without weights, on the device `meta`.
        trust_remote_code: Whether code in the model's folder may run.
        model_kwargs: What else `from_pretrained` is given.
        **kwargs: What the loader of a registered `ModelMeta` takes beside this.

    Returns:
        The model, in evaluation mode, and the tokenizer or processor: both have `model_info` and `model_meta`.

    Raises:
        ArgumentError: An argument is unknown or makes no sense, or what it needs is not installed.
        ModelError: The model cannot be loaded, or is not whole.
        TokenizerError: Its tokenizer cannot be loaded.
        HubError: It cannot be had from the hub.
        ImportError: transformers or torch is not installed.
    """
    own = {"torch_dtype": torch_dtype, "attn_impl": attn_impl, "auto_model_cls": auto_model_cls}
    torch_dtype, attn_impl, auto_model_cls = _by_other_names(kwargs, own).values()
    _refuse_early(kwargs, model_id_or_path, model_type)
    placed = _placement(device_map, load_model, attn_impl, torch_dtype)
    asked = _Asked(
        model=model_id_or_path,
        hub={"use_hf": use_hf, "hub_token": hub_token, "revision": revision},
        torch_dtype=torch_dtype,
        device=placed.device,
        model_type=model_type,
        quantization_config=quantization_config,
        task=Task(task_type, num_labels, problem_type),
    )
    new = check_new_tokens(new_special_tokens)
    check_max_model_len(max_model_len)
    check_rope(rope_scaling)
    info, meta = asked.known(download_model=False)
    _check_needs(info, meta, kwargs, load_model)
    rope, length = rope_settings(rope_scaling, max_model_len, info)
    options: dict[str, Any] = {
        "attn_impl": placed.attention,
        "experts_impl": experts_impl,
        "rope_scaling": rope,
        "max_model_len": length,
        "auto_model_cls": auto_model_cls,
        "return_dummy_model": return_dummy_model,
        "trust_remote_code": trust_remote_code,
        **kwargs,
    }
    wants = load_model and not return_dummy_model if download_model is None else download_model
    if wants:
        if meta.get_function is None:
            ModelLoader(info, meta, trust_remote_code=trust_remote_code).get_config(info.model_dir)
        info, meta = asked.known(download_model=True)
    if length is not None:
        info.max_model_len = length
    settings = dict(model_kwargs or {})
    if load_model:
        settings.setdefault("device_map", placed.device_map)
        settings |= {"quantization_config": quantization_config} if quantization_config is not None else {}
        settings |= {"max_memory": dict(max_memory)} if max_memory else {}
    model, processor = call_loader(info, meta, load_model, settings, options)
    finish(model, processor, info, meta, new, dummy=return_dummy_model)
    return model, processor


def get_model_processor(model_id_or_path: str | os.PathLike[str], **kwargs: Any) -> tuple[Any, Any]:
    """`get_model_tokenizer`, under its name in ms-swift 4: the same arguments, by name.

    >>> get_model_processor("no/such/folder")
    Traceback (most recent call last):
        ...
    swiftcore.errors.HubError: there is no folder 'no/such/folder'; ...

    Raises:
        SwiftcoreError: As `get_model_tokenizer`.
    """
    return get_model_tokenizer(model_id_or_path, **kwargs)


def get_processor(model_id_or_path: str | os.PathLike[str], **kwargs: Any) -> Any:
    """The tokenizer, or the processor, of a model alone: what `get_model_tokenizer` gives with `load_model=False`.

    >>> get_processor("mine", load_modell=False)
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'load_modell': is unknown; did you mean 'load_model'?

    Raises:
        SwiftcoreError: As `get_model_tokenizer`.
    """
    return get_model_tokenizer(model_id_or_path, **{**kwargs, "load_model": False})[1]


@dataclass(frozen=True)
class _Asked:
    """What is asked for, as far as it says which model it is."""

    model: str | os.PathLike[str]
    hub: Mapping[str, Any]
    torch_dtype: Any
    device: str | None
    model_type: str | None
    quantization_config: Any
    task: Task

    def known(self, *, download_model: bool) -> tuple[ModelInfo, ModelMeta]:
        return info_and_meta(
            self.model,
            {**self.hub, "download_model": download_model},
            torch_dtype=self.torch_dtype,
            device=self.device,
            model_type=self.model_type,
            quantization_config=self.quantization_config,
            task=self.task,
        )


@dataclass(frozen=True)
class _Placement:
    """Where a model goes, and the attention that it has there, as transformers calls it."""

    device_map: Any
    device: str | None
    attention: str | None


def _placement(device_map: Any, load_model: bool, attn_impl: str | None, torch_dtype: Any) -> _Placement:
    require("transformers", "get_model_tokenizer", _TRANSFORMERS, extra="transformers")
    to_name(torch_dtype)
    if not load_model:
        check_attention(attn_impl, None, needed=False)
        return _Placement(None, None, None)
    require("torch", "get_model_tokenizer with load_model=True", _TORCH, extra="torch")
    placed = check_device_map(device_map) if device_map is not None else default_device_map()
    device = main_device(placed)
    return _Placement(placed, device, check_attention(attn_impl, device))


# The names that arguments have elsewhere: in transformers, and in ms-swift 3.
_OTHER_NAMES = {"dtype": "torch_dtype", "attn_implementation": "attn_impl", "automodel_class": "auto_model_cls"}


def _by_other_names(kwargs: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The arguments in `own`, where they are not given under these names as they are under others. Takes those out.

    Raises:
        ArgumentError: One is given under both names.
    """
    for other, name in _OTHER_NAMES.items():
        value = kwargs.pop(other, None)
        if value is not None and own[name] is not None:
            text = f"argument '{other}': is another name of {name}, which is given too"
            raise ArgumentError(text, argument=other)
        own[name] = own[name] if value is None else value
    return own


def _refuse_early(kwargs: Mapping[str, Any], model: Any, model_type: str | None) -> None:
    """Refuses unknown arguments where the registry says without a download which loader is called."""
    meta = get_model_meta(model_type) if model_type is not None else None
    if meta is None and isinstance(model, str | os.PathLike):
        meta = get_matched_model_meta(model)
    if meta is not None or not takes(None, kwargs):
        _refuse_for(meta, kwargs)


def _refuse_for(meta: ModelMeta | None, kwargs: Mapping[str, Any]) -> None:
    loader = None if meta is None else meta.get_function
    unknown = {name: value for name, value in kwargs.items() if not takes(loader, {name: value})}
    refuse_unknown(unknown, get_model_tokenizer)


def _check_needs(info: ModelInfo, meta: ModelMeta, kwargs: Mapping[str, Any], load_model: bool) -> None:
    """What a model needs installed: the registration's packages are named, without those of a quantization it fails."""
    _refuse_for(meta, kwargs)
    if missing := missing_requirements(meta.requires):
        name = meta.model_type or info.model_name
        warn(f"model type {name!r} requires packages that are not there: {install_line(missing)}")
    if not load_model:
        return
    missing = missing_requirements(quantization_requirements(info.quant_method))
    if missing:
        text = f"{info.model_dir!r}: its weights are quantized by {info.quant_method}, which needs {', '.join(missing)}"
        raise ModelError(f"{text}: {install_line(missing)}", model_type=info.model_type, field="quantization_config")
