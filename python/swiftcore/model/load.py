"""`get_model_tokenizer`: a model and its tokenizer, by an id or a folder.

What can be refused is refused before a download. The order: arguments, then the small files, then what they say is
needed, then the weights.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._require import require
from .arguments import by_other_names, refuse_early, refuse_for
from .attention import check_attention
from .call import call_loader
from .device import check_device_map, default_device_map, main_device
from .download import safe_snapshot_download
from .finish import finish
from .fresh import check_strategy
from .info import ModelInfo, info_and_meta
from .loader import ModelLoader
from .meta import ModelMeta
from .requires import check_needs
from .settings import check_max_model_len, check_rope, rope_settings
from .task import Task
from .tokens import check_new_tokens

__all__ = ["get_model_processor", "get_model_tokenizer", "get_processor"]

# The versions that were tested.
_TRANSFORMERS = [("4.57", "6")]
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
    init_strategy: str | None = None,
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
        init_strategy: How tensors that the weights lack are made up: `zero`, `uniform`, `normal`, `xavier_uniform`,
            `xavier_normal`, `kaiming_uniform`, `kaiming_normal` or `orthogonal`; None to refuse such weights.
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
    torch_dtype, attn_impl, auto_model_cls = by_other_names(
        kwargs, torch_dtype=torch_dtype, attn_impl=attn_impl, auto_model_cls=auto_model_cls
    )
    refuse_early(kwargs, model_id_or_path, model_type, get_model_tokenizer)
    new = check_new_tokens(new_special_tokens)
    check_max_model_len(max_model_len)
    check_rope(rope_scaling)
    check_strategy(init_strategy)
    placed = _placed(device_map, attn_impl, load_model)
    asked = _Asked(
        model=model_id_or_path,
        hub={"use_hf": use_hf, "hub_token": hub_token, "revision": revision},
        torch_dtype=torch_dtype,
        device=placed.device,
        model_type=model_type,
        quantization_config=quantization_config,
        task=Task(task_type, num_labels, problem_type),
    )
    info, meta = asked.known()
    refuse_for([meta], kwargs, get_model_tokenizer)
    check_needs(info, meta, load_model)
    wanted = load_model and not return_dummy_model if download_model is None else download_model
    if wanted:
        if meta.get_function is None:
            ModelLoader(info, meta, trust_remote_code=trust_remote_code).get_config(info.model_dir)
        info, meta = asked.downloaded(info, meta)
    rope, length = rope_settings(rope_scaling, max_model_len, info)
    info.max_model_len = info.max_model_len if length is None else length
    info.rope_scaling = info.rope_scaling if rope is None else rope
    options: dict[str, Any] = {
        "attn_impl": placed.attention,
        "experts_impl": experts_impl,
        "rope_scaling": rope,
        "max_model_len": length,
        "auto_model_cls": auto_model_cls,
        "return_dummy_model": return_dummy_model,
        "trust_remote_code": trust_remote_code,
        "init_strategy": init_strategy,
        **kwargs,
    }
    passed = _passed(model_kwargs, placed, quantization_config, max_memory) if load_model else dict(model_kwargs or {})
    model, processor = call_loader(info, meta, load_model, passed, options)
    finish(model, processor, info, meta, new, dummy=return_dummy_model)
    return model, processor


def get_model_processor(model_id_or_path: str | os.PathLike[str], **kwargs: Any) -> tuple[Any, Any]:
    """`get_model_tokenizer`, under its name in ms-swift 4: the same arguments, by name.

    >>> get_model_processor("no/such/folder", load_model=False)
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

    def known(self, *, download_model: bool = False) -> tuple[ModelInfo, ModelMeta]:
        return info_and_meta(
            self.model,
            {**self.hub, "download_model": download_model},
            torch_dtype=self.torch_dtype,
            device=self.device,
            model_type=self.model_type,
            quantization_config=self.quantization_config,
            task=self.task,
        )

    def downloaded(self, info: ModelInfo, meta: ModelMeta) -> tuple[ModelInfo, ModelMeta]:
        """The same, with the weights: anew where these came with a newer commit."""
        folder = safe_snapshot_download(self.model, download_model=True, **self.hub)
        return (info, meta) if folder == info.model_dir else self.known(download_model=True)


@dataclass(frozen=True)
class _Placement:
    """Where a model goes, and the attention that it has there, as transformers calls it."""

    device_map: Any
    device: str | None
    attention: str | None


def _placed(device_map: Any, attn_impl: str | None, load_model: bool) -> _Placement:
    require("transformers", "get_model_tokenizer", _TRANSFORMERS, extra="transformers")
    if not load_model:
        return _Placement(None, None, check_attention(attn_impl, None, needed=False))
    require("torch", "get_model_tokenizer with load_model=True", _TORCH, extra="models")
    placed = check_device_map(device_map) if device_map is not None else default_device_map()
    device = main_device(placed)
    return _Placement(placed, device, check_attention(attn_impl, device))


def _passed(
    model_kwargs: Mapping[str, Any] | None, placed: _Placement, quantization_config: Any, max_memory: Any
) -> dict[str, Any]:
    """What `from_pretrained` is given; what the caller says of it goes first."""
    passed = {"device_map": placed.device_map, "quantization_config": quantization_config, "max_memory": max_memory}
    kept = {name: value for name, value in passed.items() if value is not None or name == "device_map"}
    return {**kept, **(model_kwargs or {})}
