"""Read and write small files: JSON objects, atomic writes, and the cache folder."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from . import _native
from .errors import DataError

__all__ = ["cache_dir", "read_json", "write_atomic"]


def cache_dir() -> Path:
    """Return the folder for files that are kept between runs. Everything in it is safe to delete.

    It is `$SWIFTCORE_CACHE`, else `$XDG_CACHE_HOME/swiftcore`, else `~/.cache/swiftcore`.

    Raises:
        DataError: It belongs to another user, every user may write to it, or there is no home folder.
    """
    if problem := _native.cache_problem():
        raise DataError(f"{problem}; let SWIFTCORE_CACHE name a folder of your own")
    if own := os.environ.get("SWIFTCORE_CACHE"):
        return Path(own)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "swiftcore"
    try:
        return Path.home() / ".cache" / "swiftcore"
    except RuntimeError as error:
        raise DataError(f"{error}; let SWIFTCORE_CACHE name a folder of your own") from error


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file, or an empty dict if there is no file or its value is not an object.

    Raises:
        DataError: The file cannot be read or is not valid JSON.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}", path=path) from error
    return value if isinstance(value, dict) else {}


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that readers see either the whole new content or none of it.

    Several processes may write the same path at the same time, also in containers that share a folder.

    Args:
        path: The file to write. Missing parent folders are made.
        content: The new content.
        mode: The permissions of a new file, of which the umask takes some away. Others than the user cannot write
            a file of the own cache; the folders of a hub's cache may be shared by a group.

    Raises:
        DataError: The file cannot be written.
    """
    # Not `tempfile`: its files have the mode 0600, whatever the umask says, and importing it is slow.
    temporary = path.with_name(f".{path.name[:32]}.{secrets.token_hex(8)}.tmp")
    try:
        _make_folders(path.parent, mode | 0o111)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise DataError(f"{path}: {error}; let SWIFTCORE_CACHE name a folder to write to", path=path) from error


def _make_folders(folder: Path, mode: int) -> None:
    """Make a folder and its missing parents. `Path.mkdir` gives parents the widest mode that the umask allows."""
    if not folder.is_dir():
        _make_folders(folder.parent, mode)
        folder.mkdir(mode, exist_ok=True)
