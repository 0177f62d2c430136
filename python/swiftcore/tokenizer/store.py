"""The folder for what is worth keeping between runs. Everything in it is safe to delete."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import DataError

__all__ = ["cache_dir", "spill", "write"]


def cache_dir() -> Path:
    """`$SWIFTCORE_CACHE`, else `$XDG_CACHE_HOME/swiftcore`, else `~/.cache/swiftcore`."""
    if own := os.environ.get("SWIFTCORE_CACHE"):
        return Path(own)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "swiftcore"
    return Path.home() / ".cache" / "swiftcore"


def spill(content: bytes, digest: str) -> str:
    """Keeps a `tokenizer.json` that has no file of its own in the cache, and says where.

    Raises:
        DataError: The cache cannot be written.
    """
    path = cache_dir() / "tokenizers" / f"{digest}.json"
    if not path.exists():
        write(path, content)
    return os.fspath(path)


def write(path: Path, content: bytes) -> None:
    """Writes a file that is whole or absent, whoever else writes it at the same time.

    Raises:
        DataError: It cannot be written.
    """
    import tempfile  # brings much with it, and most processes write nothing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(beside, path)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise DataError(f"{path}: {error}; let SWIFTCORE_CACHE name a folder to write to", path=path) from error
