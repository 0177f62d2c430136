"""Read and write small files: JSON objects, atomic writes, and the cache folder."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from .errors import DataError

__all__ = ["cache_dir", "read_json", "write_atomic"]


def cache_dir() -> Path:
    """Return the folder for files that are kept between runs. Everything in it is safe to delete.

    It is `$SWIFTCORE_CACHE`, else `$XDG_CACHE_HOME/swiftcore`, else `~/.cache/swiftcore`.
    """
    if own := os.environ.get("SWIFTCORE_CACHE"):
        return Path(own)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "swiftcore"
    return Path.home() / ".cache" / "swiftcore"


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


def write_atomic(path: Path, content: bytes, *, variable: str = "SWIFTCORE_CACHE") -> None:
    """Write a file so that readers see either the whole new content or none of it.

    The mode of the file is what the umask allows, as if it had been opened for writing. Several processes may write
    the same path at the same time.

    Args:
        path: The file to write. Missing parent folders are made.
        content: The new content.
        variable: The environment variable that moves the file elsewhere, for the error message.

    Raises:
        DataError: The file cannot be written.
    """
    # Not `tempfile`: its files have the mode 0600, whatever the umask says, and importing it is slow.
    temporary = path.with_name(f".{path.name[:32]}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise DataError(f"{path}: {error}; let {variable} name a folder to write to", path=path) from error
