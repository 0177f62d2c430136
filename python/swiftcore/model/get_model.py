"""`get_model_tokenizer`: load a model and its tokenizer, by id or folder.

Everything that can be checked without the weights is checked before they are downloaded: first the arguments, then
the small files and the packages that they need.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._require import require
from ..errors import ArgumentError
from .config_overrides import check_max_model_len, check_rope_scaling, resolve_rope_scaling
from .download import safe_snapshot_download
from .from_pretrained import check_strategy
from .info import ModelInfo, check_keywords, info_and_meta
from .loader import ModelLoader, accepts, call_loader
from .meta import ModelMeta
from .placement import check_attention, check_device_map, default_device_map, device_type
from .registry import MODEL_MAPPING, get_matched_model_meta, get_model_meta
from .requirements import check_requirements
from .task import Task
from .tokens import add_special_tokens, attach_metadata, check_new_tokens

__all__ = ["get_model_processor", "get_model_tokenizer", "get_processor"]

# The tested versions.
_TRANSFORMERS = [("4.57", "6")]
_TORCH = [("2.6", "3")]

# Names of arguments in transformers and in ms-swift 3.
_OTHER_NAMES = {"dtype": "torch_dtype", "attn_implementation": "attn_impl", "automodel_class": "auto_model_cls"}


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
    init_strategy: str | None = None,
    model_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """Load a model and its tokenizer, or its processor if it is multimodal. Download what is not cached.

    `get_template` accepts the returned tokenizer.

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
            `config.json`, or float32 on a CPU without instructions for it.
        device_map: A device, `auto`, or a dict of modules. None for CUDA, else MPS, else the CPU: the device of
            `LOCAL_RANK` under a launcher, otherwise all CUDA devices.
        load_model: Whether to load the model. False returns None instead, downloads no weights and does not need
            torch.
        use_hf: True for Hugging Face, False for ModelScope; None for the value of `USE_HF`, else Hugging Face.
        hub_token: Access token for private and gated models.
        revision: A branch, a tag or a commit.
        download_model: Whether to download the weights; None for the value of `load_model`.
        model_type: The registered type, if it cannot be detected.
        quantization_config: The quantization of the loaded weights, as transformers accepts it.
        max_memory: The maximum memory per device for `device_map="auto"`: `{0: "20GiB", "cpu": "60GiB"}`.
        attn_impl: `flash_attn`, `flash_attention_3`, `sdpa`, `eager` or `flex`; None for `sdpa` if the model
            supports it, else `eager`.
        experts_impl: The implementation of a mixture of experts: `grouped_mm`, `batched_mm` or `eager`.
        rope_scaling: The scaling of positions: a dict as in `config.json`, or `linear`, `dynamic` or `yarn`, which
            scale as far as `max_model_len`.
        max_model_len: The maximum number of tokens; None for that of `config.json`.
        auto_model_cls: The class whose `from_pretrained` loads the model; None to choose one.
        new_special_tokens: Tokens to add. Embeddings with too few rows grow to a multiple of 128.
        task_type: `causal_lm`, `seq_cls`, `embedding`, `reranker`, `generative_reranker` or `prm`; None for the
            task that the model was made for.
        num_labels: The number of labels of a classifier; 1 for regression.
        problem_type: `regression`, `single_label_classification` or `multi_label_classification`; None to derive it
            from `num_labels`.
        return_dummy_model: Whether to make the model without weights, on the device `meta`.
        trust_remote_code: Whether code in the folder of the model may run.
        init_strategy: How to initialise tensors that are missing from the weights: `zero`, `uniform`, `normal`,
            `xavier_uniform`, `xavier_normal`, `kaiming_uniform`, `kaiming_normal` or `orthogonal`; None to refuse
            such weights.
        model_kwargs: Other arguments of `from_pretrained`.
        **kwargs: Other arguments of the loader of a registered `ModelMeta`.

    Returns:
        The model in evaluation mode, and the tokenizer or processor. Both have `model_info` and `model_meta`.

    Raises:
        ArgumentError: An argument is unknown or invalid, or a package that it needs is not installed.
        ModelError: The model cannot be loaded, or is incomplete.
        TokenizerError: The tokenizer cannot be loaded.
        HubError: The model cannot be downloaded.
        ImportError: transformers or torch is not installed.
    """
    torch_dtype, attn_impl, auto_model_cls = _under_other_names(
        kwargs, torch_dtype=torch_dtype, attn_impl=attn_impl, auto_model_cls=auto_model_cls
    )
    _check_keywords_early(kwargs, model_id_or_path, model_type)
    new_tokens = check_new_tokens(new_special_tokens)
    check_max_model_len(max_model_len)
    check_rope_scaling(rope_scaling)
    check_strategy(init_strategy)
    placement = _place(device_map, attn_impl, load_model)
    source = _Source(
        model=model_id_or_path,
        hub={"use_hf": use_hf, "hub_token": hub_token, "revision": revision},
        torch_dtype=torch_dtype,
        device=placement.device,
        model_type=model_type,
        quantization_config=quantization_config,
        task=Task(task_type, num_labels, problem_type),
    )
    info, meta = source.info_and_meta()
    _check_loader_keywords([meta], kwargs)
    check_requirements(info, meta, load_model)
    needs_weights = load_model and not return_dummy_model if download_model is None else download_model
    if needs_weights:
        if meta.get_function is None:  # a configuration that cannot be read is an error before the download
            ModelLoader(info, meta, trust_remote_code=trust_remote_code).get_config(info.model_dir)
        info, meta = source.with_weights(info, meta)
    scaling, length = resolve_rope_scaling(rope_scaling, max_model_len, info)
    info.max_model_len = info.max_model_len if length is None else length
    info.rope_scaling = info.rope_scaling if scaling is None else scaling
    options: dict[str, Any] = {
        "attn_impl": placement.attention,
        "experts_impl": experts_impl,
        "rope_scaling": scaling,
        "max_model_len": length,
        "auto_model_cls": auto_model_cls,
        "return_dummy_model": return_dummy_model,
        "trust_remote_code": trust_remote_code,
        "init_strategy": init_strategy,
        **kwargs,
    }
    given = dict(model_kwargs or {})
    if load_model:
        optional = {"quantization_config": quantization_config, "max_memory": max_memory}
        chosen = {name: value for name, value in optional.items() if value is not None}
        given = {"device_map": placement.device_map, **chosen, **given}
    model, processor = call_loader(info, meta, load_model, given, options)
    attach_metadata(model, processor, info, meta)
    if new_tokens:
        config = info.config if model is None else model.config
        add_special_tokens(new_tokens, processor, None if return_dummy_model else model, config)
    return model, processor


def get_model_processor(model_id_or_path: str | os.PathLike[str], **kwargs: Any) -> tuple[Any, Any]:
    """Load a model and its tokenizer: `get_model_tokenizer` under its name in ms-swift 4.

    >>> get_model_processor("no/such/folder", load_model=False)
    Traceback (most recent call last):
        ...
    swiftcore.errors.HubError: there is no folder 'no/such/folder'; ...

    Raises:
        SwiftcoreError: As `get_model_tokenizer`.
    """
    return get_model_tokenizer(model_id_or_path, **kwargs)


def get_processor(model_id_or_path: str | os.PathLike[str], **kwargs: Any) -> Any:
    """Load only the tokenizer or the processor of a model: `get_model_tokenizer` with `load_model=False`.

    >>> get_processor("mine", load_modell=False)
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'load_modell': unknown; did you mean 'load_model'?

    Raises:
        SwiftcoreError: As `get_model_tokenizer`.
    """
    return get_model_tokenizer(model_id_or_path, **{**kwargs, "load_model": False})[1]


@dataclass(frozen=True)
class _Source:
    """The arguments that identify a model, and those that its facts depend on."""

    model: str | os.PathLike[str]
    hub: Mapping[str, Any]
    torch_dtype: Any
    device: str | None
    model_type: str | None
    quantization_config: Any
    task: Task

    def info_and_meta(self, *, download_model: bool = False) -> tuple[ModelInfo, ModelMeta]:
        return info_and_meta(
            self.model,
            {**self.hub, "download_model": download_model},
            torch_dtype=self.torch_dtype,
            device=self.device,
            model_type=self.model_type,
            quantization_config=self.quantization_config,
            task=self.task,
        )

    def with_weights(self, info: ModelInfo, meta: ModelMeta) -> tuple[ModelInfo, ModelMeta]:
        """Download the weights, and read the facts again if they came with a newer commit."""
        folder = safe_snapshot_download(self.model, download_model=True, **self.hub)
        return (info, meta) if folder == info.model_dir else self.info_and_meta(download_model=True)


@dataclass(frozen=True)
class _Placement:
    """The device map, the type of the device, and transformers' name of the attention."""

    device_map: Any
    device: str | None
    attention: str | None


def _place(device_map: Any, attn_impl: str | None, load_model: bool) -> _Placement:
    require("transformers", "get_model_tokenizer", _TRANSFORMERS, extra="transformers")
    if not load_model:
        return _Placement(None, None, check_attention(attn_impl, None, needed=False))
    require("torch", "get_model_tokenizer with load_model=True", _TORCH, extra="models")
    chosen = check_device_map(device_map) if device_map is not None else default_device_map()
    device = device_type(chosen)
    return _Placement(chosen, device, check_attention(attn_impl, device))


def _under_other_names(kwargs: dict[str, Any], **own: Any) -> list[Any]:
    """Return the arguments `own`, taking values that `kwargs` has under other names out of it.

    >>> rest = {"dtype": "bf16", "mine": 1}
    >>> _under_other_names(rest, torch_dtype=None, attn_impl="sdpa"), rest
    (['bf16', 'sdpa'], {'mine': 1})

    Raises:
        ArgumentError: An argument is given under both names.
    """
    for other, name in _OTHER_NAMES.items():
        value = kwargs.pop(other, None) if name in own else None
        if value is not None and own[name] is not None:
            text = f"argument '{other}': another name of {name}, which is given too"
            raise ArgumentError(text, argument=other)
        if value is not None:
            own[name] = value
    return list(own.values())


def _check_keywords_early(kwargs: Mapping[str, Any], model: Any, model_type: str | None) -> None:
    """Check that some loader accepts the arguments, before a download tells which loader it is.

    Raises:
        ArgumentError: An argument is unknown.
        ModelError: The type is unknown.
    """
    meta = get_model_meta(model_type) if model_type is not None else None
    if meta is None and kwargs and isinstance(model, str | os.PathLike):
        meta = get_matched_model_meta(model)
    _check_loader_keywords([meta] if meta is not None else MODEL_MAPPING.values(), kwargs)


def _check_loader_keywords(metas: Iterable[ModelMeta], kwargs: Mapping[str, Any]) -> None:
    """Check that the default loader, or one of those of some types, accepts each argument."""
    if kwargs:
        loaders: list[Callable[..., Any] | None] = [None]
        loaders += [meta.get_function for meta in metas if meta.get_function is not None]
        check_keywords(
            [name for name in kwargs if not any(accepts(each, [name]) for each in loaders)], get_model_tokenizer
        )
