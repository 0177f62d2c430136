"""Files that belong to a checkpoint beside its weights, configuration and tokenizer, found when one is saved."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..tokenizer.backend import inner_tokenizer

__all__ = ["additional_saved_files", "copy_additional_saved_files"]


def additional_saved_files(loaded: Any) -> list[Path]:
    """The files and folders that the `additional_saved_files` of a model's type name, as far as its folder has them.

    >>> from swiftcore import ModelInfo, ModelMeta
    >>> class Loaded:
    ...     model_info = ModelInfo("mine", "mine", "float32", None)
    ...     model_meta = ModelMeta("mine", [], template="chatml", additional_saved_files=["spk_dict.pt", "more"])
    >>> Path("mine").mkdir()
    >>> _ = Path("mine/spk_dict.pt").write_text("")
    >>> additional_saved_files(Loaded()) == [Path("mine/spk_dict.pt")]
    True

    Args:
        loaded: A model, a tokenizer or a processor that `get_model_tokenizer` gave.

    Raises:
        ArgumentError: It did not.
    """
    holder = loaded if hasattr(loaded, "model_meta") else inner_tokenizer(loaded)
    meta, info = getattr(holder, "model_meta", None), getattr(holder, "model_info", None)
    if meta is None or info is None:
        text = f"argument 'loaded': {type(loaded).__name__} has no model_meta; give what get_model_tokenizer gave"
        raise ArgumentError(text, argument="loaded")
    folder = Path(info.model_dir)
    return [folder / name for name in meta.additional_saved_files if (folder / name).exists()]


def copy_additional_saved_files(loaded: Any, folder: str | os.PathLike[str]) -> list[Path]:
    """Copies `additional_saved_files` into the folder of a checkpoint. Returns where they are now.

    >>> copy_additional_saved_files(object(), "out")
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'loaded': object has no model_meta; ...

    Raises:
        ArgumentError: `loaded` is not what `get_model_tokenizer` gave.
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
