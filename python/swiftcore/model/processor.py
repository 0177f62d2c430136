"""transformers' tokenizer or processor of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import SwiftcoreError, TokenizerError
from ..tokenizer.backend import inner_tokenizer
from .remote import is_refused, untrusted

__all__ = ["load_processor", "processor_kind"]

# With one of these a folder has a processor.
_PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")


def processor_kind(model_dir: str) -> str:
    """What loads a folder's tokenizer: `AutoProcessor` where it has a processor, else `AutoTokenizer`.

    >>> processor_kind("/nowhere")
    'AutoTokenizer'
    """
    has = any((Path(model_dir) / name).exists() for name in _PROCESSOR_FILES)
    return "AutoProcessor" if has else "AutoTokenizer"


def load_processor(model_dir: str, made: Any, *, trust_remote_code: bool = False, remark: str = "") -> Any:
    """The tokenizer or processor that a class of transformers, or one that is named, makes of a folder.

    `remark` ends what is said where that fails.

    Raises:
        TokenizerError: It cannot be loaded: the message says why.
    """
    if isinstance(made, str):
        import transformers

        made = getattr(transformers, made)
    try:
        processor = made.from_pretrained(model_dir, trust_remote_code=trust_remote_code)
    except SwiftcoreError:
        raise
    except Exception as error:
        kind = made.__name__
        what = "tokenizer" if "Tokenizer" in kind else "processor"
        said = untrusted(model_dir, kind, "AutoTokenizer") if is_refused(error) else ""
        reason = said or f"transformers cannot load it: {error}{remark}"
        raise TokenizerError(f"{what}: {model_dir!r}: {reason}") from error
    _check_vocabulary(processor, model_dir)
    return processor


def _check_vocabulary(processor: Any, model_dir: str) -> None:
    """Refuses what transformers makes of a folder that has no tokenizer: one that knows special tokens alone."""
    tokenizer = inner_tokenizer(processor)
    if (
        hasattr(tokenizer, "get_vocab")
        and len(tokenizer) < 100
        and set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens)
    ):
        raise TokenizerError(
            f"tokenizer: {model_dir!r} holds none; copy tokenizer.json and tokenizer_config.json there from the model "
            "that it was made from"
        )
