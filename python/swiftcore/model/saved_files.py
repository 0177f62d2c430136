"""Copy files that belong to a checkpoint in addition to its weights, configuration and tokenizer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..tokenizer.backend import inner_tokenizer

__all__ = ["additional_saved_files", "copy_additional_saved_files"]


def additional_saved_files(loaded: Any) -> list[Path]:
    """Return the existing files and folders that the `additional_saved_files` of a model's type name.

    >>> from swiftcore import ModelInfo, ModelMeta
    >>> class Loaded:
    ...     model_info = ModelInfo("mine", "mine", "float32", None)
    ...     model_meta = ModelMeta("mine", [], template="chatml", additional_saved_files=["spk_dict.pt", "more"])
    >>> Path("mine").mkdir()
    >>> _ = Path("mine/spk_dict.pt").write_text("")
    >>> additional_saved_files(Loaded()) == [Path("mine/spk_dict.pt")]
    True

    Args:
        loaded: A model, tokenizer or processor that `get_model_tokenizer` returned.

    Raises:
        ArgumentError: It is anything else.
    """
    holder = loaded if hasattr(loaded, "model_meta") else inner_tokenizer(loaded)
    meta, info = getattr(holder, "model_meta", None), getattr(holder, "model_info", None)
    if meta is None or info is None:
        text = f"argument 'loaded': {type(loaded).__name__} has no model_meta; expected a result of get_model_tokenizer"
        raise ArgumentError(text, argument="loaded")
    folder = Path(info.model_dir)
    return [folder / name for name in meta.additional_saved_files if (folder / name).exists()]


def copy_additional_saved_files(loaded: Any, folder: str | os.PathLike[str]) -> list[Path]:
    """Copy `additional_saved_files` to the folder of a checkpoint, and return the new paths.

    >>> copy_additional_saved_files(object(), "out")
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'loaded': object has no model_meta; ...

    Raises:
        ArgumentError: `loaded` is not a result of `get_model_tokenizer`.
    """
    copied = []
    for source in additional_saved_files(loaded):
        target = Path(folder) / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
        copied.append(target)
    return copied
