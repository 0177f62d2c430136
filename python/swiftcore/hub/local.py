"""A model that is here already: a folder that is named, or a snapshot that is taken for whole without a record."""

from __future__ import annotations

import os
from pathlib import Path

from .._files import read_json
from ..errors import DataError, HubError

__all__ = ["lacking", "local_folder"]

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")

# A folder with one of these has a tokenizer.
_TOKENIZERS = ("tokenizer.json", "*.model", "*.tiktoken", "vocab.*", "tekken.json")


def local_folder(name: str, *, check_local: bool = False) -> str | None:
    """The folder that a name stands for, in full; None where it is an id.

    `id:folder` is that folder in it; with `check_local`, a folder here that is named as the id ends goes first.

    >>> import os
    >>> local_folder(".") == os.getcwd(), local_folder("Qwen/Qwen3-8B")
    (True, None)

    Raises:
        HubError: It is a path, and there is nothing, or no folder.
    """
    if check_local and os.path.exists(last := name.rstrip("/").rsplit("/", 1)[-1]):
        return os.path.abspath(last)
    name = os.path.expanduser(name)
    for path in (name, name.replace(":", "/", 1)):
        if os.path.isdir(path):
            return os.path.abspath(path)
        if os.path.exists(path):
            raise HubError(f"{name!r} is a file; give the folder that holds the model", kind="unknown", model=name)
    if os.path.isabs(name) or name.startswith(("./", "../", ".\\", "..\\")) or name.count("/") > 1:
        text = f"there is no folder {name!r}; give one that exists, or a model's id, such as 'Qwen/Qwen3-8B'"
        raise HubError(text, kind="unknown", model=name)
    return None


def lacking(folder: Path, *, weights: bool, tokenizer: bool = False) -> str:
    """What a snapshot without a record evidently lacks; empty where it seems whole.

    >>> lacking(Path("/nowhere"), weights=True)
    'config.json'
    """
    if not tokenizer and not (folder / "config.json").is_file():
        return "config.json"
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not path.exists():
            return path.relative_to(folder).as_posix()
    if tokenizer and not any(next(folder.glob(pattern), None) for pattern in _TOKENIZERS):
        return "its tokenizer"
    if not weights:
        return ""
    for name in _INDEXES:
        try:
            shards = read_json(folder / name).get("weight_map")
        except DataError:
            return name
        if isinstance(shards, dict):
            gone = sorted({str(shard) for shard in shards.values() if not (folder / str(shard)).is_file()})
            return ", ".join(gone)
    whole = any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))
    return "" if whole else "its weights"
