"""The loaders that registrations of ms-swift 3 name as `get_function`, so that they register here as they are.

Loading a model is not written yet: a loader that is called says so.
"""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import ModelError

__all__ = [
    "get_model_tokenizer_from_local",
    "get_model_tokenizer_multimodal",
    "get_model_tokenizer_with_flash_attn",
]


def get_model_tokenizer_from_local(*args: Any, **kwargs: Any) -> NoReturn:
    """The loader of models that transformers' `AutoModel` loads.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], template="chatml", get_function=get_model_tokenizer_from_local).get_function.__name__
    'get_model_tokenizer_from_local'

    Raises:
        ModelError: Always, as loading a model is not supported yet.
    """
    raise _later()


def get_model_tokenizer_with_flash_attn(*args: Any, **kwargs: Any) -> NoReturn:
    """The loader of language models that can use flash attention.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], "chatml", get_model_tokenizer_with_flash_attn).template
    'chatml'

    Raises:
        ModelError: Always, as loading a model is not supported yet.
    """
    raise _later()


def get_model_tokenizer_multimodal(*args: Any, **kwargs: Any) -> NoReturn:
    """The loader of multimodal models, which have a processor.

    >>> from swiftcore import ModelMeta
    >>> ModelMeta("mine", [], get_model_tokenizer_multimodal, "chatml").template
    'chatml'

    Raises:
        ModelError: Always, as loading a model is not supported yet.
    """
    raise _later()


def _later() -> ModelError:
    return ModelError(
        "loading a model is not supported yet; load it with transformers, and make its template with "
        "get_template(tokenizer)"
    )
