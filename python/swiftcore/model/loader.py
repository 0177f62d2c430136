"""`ModelLoader`: how a model, its configuration and its tokenizer or processor are loaded, step by step.

A subclass overrides a step and is registered as the `get_function` (or `loader`) of a `ModelMeta`, as in ms-swift 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._files import read_json
from ..errors import ModelError, SwiftcoreError
from .heads import adapt_head
from .info import ModelInfo
from .meta import ModelMeta
from .processor import load_processor, processor_kind
from .remote import is_refused, untrusted
from .requires import install_line, missing_requirements
from .settings import apply_settings
from .weights import load_weights

__all__ = ["ModelLoader"]


class ModelLoader:
    """Loads a model and its tokenizer or processor from a folder, with transformers.

    `get_config`, `get_processor` and `get_model` are there to be overridden; a subclass may also set
    `auto_model_cls`, `auto_config_cls` and `auto_tokenizer_cls` to the classes that do it.

    >>> from swiftcore import ModelMeta
    >>> class MyLoader(ModelLoader):
    ...     def get_config(self, model_dir):
    ...         config = super().get_config(model_dir)
    ...         config.tie_word_embeddings = False
    ...         return config
    >>> ModelMeta("mine", [], MyLoader, "chatml").loader.__name__
    'MyLoader'

    Attributes:
        model_info: What is known of the model.
        model_meta: Its registered type.
        load_model: Whether the model is wanted, or only its tokenizer.
        attn_impl: The attention, as transformers calls it; None for the one that it takes itself.
        rope_scaling: How positions are scaled, instead of what the configuration says.
        max_model_len: The most tokens that it takes, instead of what the configuration says.
        auto_model_cls: The class whose `from_pretrained` loads the model; None for the one that fits.
        return_dummy_model: Whether the model is made without weights, on the device `meta`.
        model_kwargs: What `from_pretrained` is given: `device_map`, `dtype`, ...
        trust_remote_code: Whether code in the model's folder may run.
        init_strategy: How tensors that the weights lack are made up; None to refuse such weights.
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
        # fp8 weights say themselves what each is.
        self.torch_dtype = "auto" if model_info.quant_method == "fp8" else model_info.torch_dtype
        given = self.model_kwargs.pop("torch_dtype", None)  # its name before transformers 5
        self.model_kwargs.setdefault("dtype", self.torch_dtype if given is None else given)

    def load(self) -> tuple[Any, Any]:
        """The model, or None where it is not wanted, and its tokenizer or processor.

        Raises:
            ModelError: It cannot be loaded: the message says what to do.
            TokenizerError: Its tokenizer or processor cannot be loaded.
        """
        return self.load_from(self.model_info.model_dir)

    def load_from(self, model_dir: str) -> tuple[Any, Any]:
        """`load`, from another folder."""
        config = self.get_config(model_dir)
        self.postprocess_config(config)
        processor = self.get_processor(model_dir, config)
        model = self.get_model(model_dir, config, processor, dict(self.model_kwargs)) if self.load_model else None
        return model, processor

    def get_config(self, model_dir: str) -> Any:
        """transformers' configuration of a folder.

        Raises:
            ModelError: transformers does not know such a model, or its code may not run.
        """
        from transformers import AutoConfig

        made = self.auto_config_cls or AutoConfig
        try:
            return made.from_pretrained(model_dir, trust_remote_code=self.trust_remote_code)
        except SwiftcoreError:
            raise
        except Exception as error:
            raise ModelError(self._unknown(model_dir, error), model_type=self.model_info.model_type) from error

    def _unknown(self, model_dir: str, error: Exception) -> str:
        import transformers
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING

        if is_refused(error) and (said := untrusted(model_dir, "AutoConfig")):
            return f"{model_dir!r}: {said}"
        kind = read_json(Path(model_dir) / "config.json").get("model_type")
        version = f"transformers {transformers.__version__}"
        if kind in CONFIG_MAPPING:
            return f"{model_dir!r}: {version} cannot read its config.json: {error}{self.requires_text()}"
        advice = self._advice() or "a newer one may: pip install -U transformers"
        if kind is None:
            return f"{model_dir!r}: its config.json names no model_type, by which {version} finds the code for a model"
        return (
            f"{model_dir!r}: {version} has no model type {kind!r}, which its config.json names; {advice}; or register "
            "a loader of your own for it, as get_function of a ModelMeta"
        )

    def _advice(self) -> str:
        missing = missing_requirements(self.model_meta.requires)
        return install_line(missing) if missing else ""

    def requires_text(self) -> str:
        """What a failure may be due to."""
        advice = self._advice()
        return f"; this model requires packages that are not there: {advice}" if advice else ""

    def postprocess_config(self, config: Any) -> None:
        """Sets in a configuration what was asked for."""
        config.name_or_path = self.model_info.model_dir
        apply_settings(config, self.model_info, self.rope_scaling, self.max_model_len)
        if self.attn_impl is not None:
            config._attn_implementation = self.attn_impl
        self.model_info.config = config

    def get_processor(self, model_dir: str, config: Any) -> Any:
        """The processor of a multimodal model's folder, or the tokenizer of another's.

        Raises:
            TokenizerError: It cannot be loaded.
        """
        made = self.auto_tokenizer_cls or processor_kind(model_dir)
        trusted, remark = self.trust_remote_code, self.requires_text()
        return load_processor(model_dir, made, trust_remote_code=trusted, remark=remark)

    def get_model(self, model_dir: str, config: Any, processor: Any, model_kwargs: dict[str, Any]) -> Any:
        """The model.

        Raises:
            ModelError: It cannot be loaded, or its weights are not whole.
        """
        model = load_weights(self, model_dir, config, model_kwargs)
        adapt_head(model, processor, self.model_info.task_type)
        return model
