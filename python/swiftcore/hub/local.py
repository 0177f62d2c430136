"""Models that are already on this machine: local folders, and the completeness of a cached snapshot."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .._files import read_json
from ..errors import DataError, HubError
from .types import File

__all__ = ["absent_files", "local_folder", "missing_parts"]

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")

# A folder with one of these has a tokenizer.
_TOKENIZERS = ("tokenizer.json", "*.model", "*.tiktoken", "vocab.*", "tekken.json")


def local_folder(name: str, *, check_local: bool = False) -> str | None:
    """Return the absolute path of the folder that a name stands for, or None if the name is an id.

    `id:folder` is a folder in the folder `id`. With `check_local`, a folder in the working directory that has the
    last part of the id as its name comes first.

    >>> import os
    >>> local_folder(".") == os.getcwd(), local_folder("Qwen/Qwen3-8B")
    (True, None)

    Raises:
        HubError: The name is a path, and there is no folder at it.
    """
    if check_local and os.path.exists(last := name.rstrip("/").rsplit("/", 1)[-1]):
        return os.path.abspath(last)
    name = os.path.expanduser(name)
    for path in (name, name.replace(":", "/", 1)):
        if os.path.isdir(path):
            return os.path.abspath(path)
        if os.path.exists(path):
            text = f"{name!r} is a file; expected the folder that contains the model"
            raise HubError(text, kind="unknown", model=name)
    if os.path.isabs(name) or name.startswith(("./", "../", ".\\", "..\\")) or name.count("/") > 1:
        text = f"there is no folder {name!r}; expected an existing folder, or a model id such as 'Qwen/Qwen3-8B'"
        raise HubError(text, kind="unknown", model=name)
    return None


def absent_files(folder: Path, files: Iterable[File]) -> list[File]:
    """Return the files that a folder does not hold in full size.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "config.json").write_text("{}")
    >>> [file.path for file in absent_files(folder, [File("config.json", 2), File("model.safetensors", 9)])]
    ['model.safetensors']
    """

    def is_present(file: File) -> bool:
        try:
            size = (folder / file.path).stat().st_size
        except OSError:
            return False
        return file.size is None or size == file.size

    return [file for file in files if not is_present(file)]


def missing_parts(folder: Path, *, weights: bool, only_tokenizer: bool = False) -> str:
    """Return what a snapshot without a recorded listing evidently lacks; empty if it seems complete.

    >>> missing_parts(Path("/nowhere"), weights=True)
    'config.json'
    """
    if not only_tokenizer and not (folder / "config.json").is_file():
        return "config.json"
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not path.exists():
            return path.relative_to(folder).as_posix()
    if only_tokenizer and not any(next(folder.glob(pattern), None) for pattern in _TOKENIZERS):
        return "its tokenizer"
    if not weights:
        return ""
    for name in _INDEXES:
        try:
            shards = read_json(folder / name).get("weight_map")
        except DataError:
            return name
        if isinstance(shards, dict):
            absent = {str(shard) for shard in shards.values() if not (folder / str(shard)).is_file()}
            return ", ".join(sorted(absent))
    has_weights = any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))
    return "" if has_weights else "its weights"
