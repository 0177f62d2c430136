"""`ModelLoader` and the functions of ms-swift 3: load a configuration, a tokenizer or processor, and a model.

A subclass overrides a step and is registered as the `loader` of a `ModelMeta`, as in ms-swift 4. A function is
registered as its `get_function`, as in ms-swift 3.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .._files import read_json
from ..errors import ModelError, SwiftcoreError
from ..tokenizer.remote_code import is_refused, untrusted
from .config_overrides import apply_overrides
from .from_pretrained import LoadRequest, load_model, load_processor, processor_class_name
from .heads import adapt_head
from .info import ModelInfo
from .meta import ModelMeta
from .requirements import missing_packages_hint

__all__ = [
    "ModelLoader",
    "accepts",
    "call_loader",
    "get_model_tokenizer_from_local",
    "get_model_tokenizer_multimodal",
    "get_model_tokenizer_with_flash_attn",
]


class ModelLoader:
    """Load a model and its tokenizer or processor from a folder, with transformers.

    Subclasses override `get_config`, `get_processor` or `get_model`, or set `auto_model_cls`, `auto_config_cls` or
    `auto_tokenizer_cls` to other classes of transformers.

    >>> from swiftcore import ModelMeta
    >>> class MyLoader(ModelLoader):
    ...     def get_config(self, model_dir):
    ...         config = super().get_config(model_dir)
    ...         config.tie_word_embeddings = False
    ...         return config
    >>> ModelMeta("mine", [], MyLoader, "chatml").loader.__name__
    'MyLoader'

    Attributes:
        model_info: The facts about the model.
        model_meta: The registered type.
        load_model: Whether to load the model, or only its tokenizer.
        attn_impl: transformers' name of the attention; None for transformers' choice.
        rope_scaling: The scaling of positions, instead of that of the configuration.
        max_model_len: The maximum number of tokens, instead of that of the configuration.
        auto_model_cls: The class whose `from_pretrained` loads the model; None to choose one.
        return_dummy_model: Whether to make the model without weights, on the device `meta`.
        model_kwargs: Arguments of `from_pretrained`: `device_map`, `dtype`, ...
        trust_remote_code: Whether code in the folder of the model may run.
        init_strategy: How to initialise tensors that are missing from the weights; None to refuse such weights.
    """

    def __init__(
        self,
        model_info: ModelInfo,
        model_meta: ModelMeta,
        *,
        load_model: bool = False,
        attn_impl: str | None = None,
        rope_scaling: Mapping[str, Any] | None = None,
        max_model_len: int | None = None,
        auto_model_cls: Any = None,
        return_dummy_model: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        trust_remote_code: bool = False,
        experts_impl: str | None = None,
        init_strategy: str | None = None,
    ) -> None:
        self.model_info = model_info
        self.model_meta = model_meta
        self.load_model = load_model
        self.attn_impl = attn_impl
        self.rope_scaling = rope_scaling
        self.max_model_len = max_model_len
        self.auto_model_cls = auto_model_cls
        self.auto_config_cls: Any = None
        self.auto_tokenizer_cls: Any = None
        self.return_dummy_model = return_dummy_model
        self.model_kwargs = dict(model_kwargs or {})
        self.trust_remote_code = trust_remote_code
        self.experts_impl = experts_impl
        self.init_strategy = init_strategy
        # fp8 weights have several dtypes.
        self.torch_dtype = "auto" if model_info.quant_method == "fp8" else model_info.torch_dtype
        given = self.model_kwargs.pop("torch_dtype", None)  # transformers' older name
        self.model_kwargs.setdefault("dtype", self.torch_dtype if given is None else given)

    def load(self) -> tuple[Any, Any]:
        """Return the model, or None if it is not to be loaded, and its tokenizer or processor.

        Raises:
            ModelError: The model cannot be loaded.
            TokenizerError: The tokenizer or processor cannot be loaded.
        """
        return self.load_from(self.model_info.model_dir)

    def load_from(self, model_dir: str) -> tuple[Any, Any]:
        """Do as `load`, from another folder."""
        config = self.get_config(model_dir)
        self.postprocess_config(config)
        processor = self.get_processor(model_dir, config)
        model = self.get_model(model_dir, config, processor, dict(self.model_kwargs)) if self.load_model else None
        return model, processor

    def get_config(self, model_dir: str) -> Any:
        """Return transformers' configuration of a folder.

        Raises:
            ModelError: transformers does not support the model, or its code may not run.
        """
        from transformers import AutoConfig

        cls = self.auto_config_cls or AutoConfig
        try:
            return cls.from_pretrained(model_dir, trust_remote_code=self.trust_remote_code)
        except SwiftcoreError:
            raise
        except Exception as error:
            text = f"{model_dir!r}{self._explain_config(model_dir, error)}"
            raise ModelError(text, model_type=self.model_info.model_type) from error

    def _explain_config(self, model_dir: str, error: Exception) -> str:
        import transformers
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING

        if is_refused(error) and (text := untrusted(model_dir, "AutoConfig")):
            return f" {text}"
        kind = read_json(Path(model_dir) / "config.json").get("model_type")
        version = f"transformers {transformers.__version__}"
        if kind in CONFIG_MAPPING:
            return f": {version} cannot read its config.json: {error}{self._packages_hint()}"
        if kind is None:
            return f": its config.json has no model_type, which {version} needs to choose the code for a model"
        install = missing_packages_hint(self.model_meta.requires) or "pip install -U transformers"
        return (
            f": {version} has no model type {kind!r}, which its config.json names. A newer version may: {install}. "
            "Otherwise register a loader for it, as the get_function of a ModelMeta"
        )

    def _packages_hint(self) -> str:
        install = missing_packages_hint(self.model_meta.requires)
        return f". This model needs packages that are not installed: {install}" if install else ""

    def postprocess_config(self, config: Any) -> None:
        """Apply the caller's settings to a configuration."""
        config.name_or_path = self.model_info.model_dir
        apply_overrides(config, self.model_info, self.rope_scaling, self.max_model_len)
        if self.attn_impl is not None:
            config._attn_implementation = self.attn_impl
        self.model_info.config = config

    def get_processor(self, model_dir: str, config: Any) -> Any:
        """Return the processor of a multimodal model, or the tokenizer of any other model.

        Raises:
            TokenizerError: It cannot be loaded.
        """
        cls = self.auto_tokenizer_cls or processor_class_name(model_dir)
        return load_processor(model_dir, cls, trust_remote_code=self.trust_remote_code, hint=self._packages_hint())

    def get_model(self, model_dir: str, config: Any, processor: Any, model_kwargs: dict[str, Any]) -> Any:
        """Return the model.

        Raises:
            ModelError: It cannot be loaded, or its weights are incomplete.
        """
        request = LoadRequest(
            model_dir,
            self.model_info,
            config,
            model_kwargs,
            auto_model_cls=self.auto_model_cls,
            trust_remote_code=self.trust_remote_code,
            return_dummy_model=self.return_dummy_model,
            experts_impl=self.experts_impl,
            init_strategy=self.init_strategy,
            hint=self._packages_hint(),
        )
        model = load_model(request)
        adapt_head(model, processor, self.model_info.task_type)
        return model


def accepts(loader: Callable[..., Any] | None, names: Iterable[str]) -> bool:
    """Return whether a loader accepts arguments of these names. None is the default loader.

    >>> accepts(None, ["attn_impl"]), accepts(None, ["atn_impl"]), accepts(lambda **kwargs: None, ["mine"])
    (True, False, True)
    """
    parameters = inspect.signature(loader or ModelLoader).parameters.values()
    known = {each.name for each in parameters}
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        if not (inspect.isclass(loader) and issubclass(loader, ModelLoader)):
            return True
        known |= inspect.signature(ModelLoader).parameters.keys()  # passed on to its base class
    return known.issuperset(names)


def call_loader(
    info: ModelInfo, meta: ModelMeta, load_model: bool, model_kwargs: dict[str, Any], options: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Call the loader of a registered type, with the options that it accepts.

    A class is constructed with the facts and the type; a function is called with the folder, the facts and
    `model_kwargs`.

    Returns:
        The model, or None, and the tokenizer or processor.

    Raises:
        ModelError: The loader returned something else.
    """
    loader: Any = ModelLoader if meta.get_function is None else meta.get_function
    is_class = inspect.isclass(loader) and hasattr(loader, "load")
    if is_class:
        given = {"load_model": load_model, "model_kwargs": model_kwargs, **options}
        result = loader(info, meta, **_accepted(loader, given)).load()
    else:
        given = {**options, "automodel_class": options["auto_model_cls"], "model_meta": meta}
        result = loader(info.model_dir, info, model_kwargs, load_model, **_accepted(loader, given))
    if not isinstance(result, tuple | list) or len(result) != 2 or result[1] is None:
        name = getattr(loader, "__name__", repr(loader))
        problem = (
            f"expected {name} to return a model or None, and a tokenizer or processor, got {type(result).__name__}"
        )
        text = f"model {meta.model_type!r}, get_function: {problem}"
        raise ModelError(text, model_type=meta.model_type, field="get_function")
    return result[0], result[1]


def _accepted(loader: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if accepts(loader, [name])}


class _LoaderOfRest(ModelLoader):
    """A loader of what the caller does not already have."""

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
    **kwargs: Any,
) -> tuple[Any, Any]:
    """Load a model with transformers' `AutoModel` classes, as the function of this name in ms-swift 3.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], template="chatml", get_function=get_model_tokenizer_from_local).get_function.__name__
    'get_model_tokenizer_from_local'

    Args:
        model_dir: The folder.
        model_info: The facts about the model.
        model_kwargs: Arguments of `from_pretrained`.
        load_model: Whether to load the model; else it is None.
        tokenizer: The tokenizer or processor, if the caller has it.
        model_config: transformers' configuration, if the caller has it.
        automodel_class: The class whose `from_pretrained` loads the model; None to choose one.
        model_meta: The registered type.
        **kwargs: Other arguments of `ModelLoader`, such as `attn_impl`; unknown ones are ignored.

    Returns:
        The model, or None, and its tokenizer or processor.

    Raises:
        ModelError: The model cannot be loaded.
        TokenizerError: The tokenizer cannot be loaded.
    """
    loader = _LoaderOfRest(
        model_info,
        model_meta or ModelMeta(model_info.model_type, [], template="dummy"),
        load_model=load_model,
        auto_model_cls=automodel_class,
        model_kwargs=model_kwargs,
        **{name: value for name, value in _accepted(ModelLoader, kwargs).items() if name != "auto_model_cls"},
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
    """Load a language model, as the function of this name in ms-swift 3.

    It accepts the arguments of `get_model_tokenizer_from_local`.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], "chatml", get_model_tokenizer_with_flash_attn).template
    'chatml'

    Raises:
        ModelError: The model cannot be loaded.
        TokenizerError: The tokenizer cannot be loaded.
    """
    return get_model_tokenizer_from_local(model_dir, model_info, model_kwargs, load_model, **kwargs)


def get_model_tokenizer_multimodal(
    model_dir: str,
    model_info: ModelInfo,
    model_kwargs: Mapping[str, Any] | None = None,
    load_model: bool = True,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """Load a multimodal model with its processor, as the function of this name in ms-swift 3.

    It accepts the arguments of `get_model_tokenizer_from_local`.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], get_model_tokenizer_multimodal, "chatml").template
    'chatml'

    Raises:
        ModelError: The model cannot be loaded.
        TokenizerError: The processor cannot be loaded.
    """
    if kwargs.get("tokenizer") is None:
        trusted = bool(kwargs.get("trust_remote_code"))
        kwargs["tokenizer"] = load_processor(model_dir, "AutoProcessor", trust_remote_code=trusted)
    return get_model_tokenizer_from_local(model_dir, model_info, model_kwargs, load_model, **kwargs)
