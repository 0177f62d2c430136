"""Loaders as functions, under the names that registrations of ms-swift 3 have for them.

Each takes a folder, the `ModelInfo`, what `from_pretrained` is given, and whether the model is wanted; a `ModelMeta`
names one of them as its `get_function`, or a function of one's own that calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .info import ModelInfo
from .loader import ModelLoader
from .meta import ModelMeta

__all__ = [
    "get_model_tokenizer_from_local",
    "get_model_tokenizer_multimodal",
    "get_model_tokenizer_with_flash_attn",
]


class _Given(ModelLoader):
    """A loader that is given a configuration or a tokenizer, and loads the rest."""

    config: Any = None
    processor: Any = None

    def get_config(self, model_dir: str) -> Any:
        return super().get_config(model_dir) if self.config is None else self.config

    def get_processor(self, model_dir: str, config: Any) -> Any:
        return super().get_processor(model_dir, config) if self.processor is None else self.processor


def get_model_tokenizer_from_local(
    model_dir: str,
    model_info: ModelInfo,
    model_kwargs: Mapping[str, Any] | None = None,
    load_model: bool = True,
    *,
    tokenizer: Any = None,
    model_config: Any = None,
    automodel_class: Any = None,
    model_meta: ModelMeta | None = None,
    attn_impl: str | None = None,
    experts_impl: str | None = None,
    rope_scaling: Mapping[str, Any] | None = None,
    max_model_len: int | None = None,
    return_dummy_model: bool = False,
    trust_remote_code: bool = False,
    init_strategy: str | None = None,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """The loader of models that transformers' `AutoModel` classes load.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], template="chatml", get_function=get_model_tokenizer_from_local).get_function.__name__
    'get_model_tokenizer_from_local'

    Args:
        model_dir: The folder.
        model_info: What is known of the model.
        model_kwargs: What `from_pretrained` is given.
        load_model: Whether the model is wanted; else it is None.
        tokenizer: The tokenizer or processor, where the caller has it.
        model_config: transformers' configuration, where the caller has it.
        automodel_class: The class whose `from_pretrained` loads the model; None for the one that fits.
        model_meta: Its registered type.
        attn_impl: The attention; None for the one that transformers takes.
        experts_impl: How a mixture of experts computes.
        rope_scaling: How positions are scaled.
        max_model_len: The most tokens that it takes.
        return_dummy_model: Whether it is made without weights.
        trust_remote_code: Whether code in the folder may run.
        init_strategy: How tensors that the weights lack are made up.
        **kwargs: Passed over.

    Returns:
        The model, or None, and its tokenizer or processor.

    Raises:
        ModelError: The model cannot be loaded.
        TokenizerError: Its tokenizer cannot be loaded.
    """
    del kwargs
    loader = _Given(
        model_info,
        model_meta or ModelMeta(model_info.model_type, [], template="dummy"),
        load_model=load_model,
        attn_impl=attn_impl,
        experts_impl=experts_impl,
        rope_scaling=rope_scaling,
        max_model_len=max_model_len,
        auto_model_cls=automodel_class,
        return_dummy_model=return_dummy_model,
        model_kwargs=model_kwargs,
        trust_remote_code=trust_remote_code,
        init_strategy=init_strategy,
    )
    loader.config, loader.processor = model_config, tokenizer
    return loader.load_from(model_dir)


def get_model_tokenizer_with_flash_attn(
    model_dir: str,
    model_info: ModelInfo,
    model_kwargs: Mapping[str, Any] | None = None,
    load_model: bool = True,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """The loader of language models, whose attention can be chosen: the default.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], "chatml", get_model_tokenizer_with_flash_attn).template
    'chatml'

    Takes what `get_model_tokenizer_from_local` takes.

    Raises:
        ModelError: The model cannot be loaded.
        TokenizerError: Its tokenizer cannot be loaded.
    """
    return get_model_tokenizer_from_local(model_dir, model_info, model_kwargs, load_model, **kwargs)


def get_model_tokenizer_multimodal(
    model_dir: str,
    model_info: ModelInfo,
    model_kwargs: Mapping[str, Any] | None = None,
    load_model: bool = True,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """The loader of multimodal models, which have a processor: it comes back in place of the tokenizer.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], get_model_tokenizer_multimodal, "chatml").template
    'chatml'

    Takes what `get_model_tokenizer_from_local` takes.

    Raises:
        ModelError: The model cannot be loaded.
        TokenizerError: Its processor cannot be loaded.
    """
    if kwargs.get("tokenizer") is None:
        from .processor import load_processor

        trusted = bool(kwargs.get("trust_remote_code"))
        kwargs["tokenizer"] = load_processor(model_dir, "AutoProcessor", trust_remote_code=trusted)
    return get_model_tokenizer_with_flash_attn(model_dir, model_info, model_kwargs, load_model, **kwargs)
