"""Keep a `tokenizer.json` that has no file of its own in the cache folder, under the SHA-256 of its content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from .._files import cache_dir, write_atomic

__all__ = ["is_intact", "kept_path", "write_to_cache"]

# The most bytes that the folder holds. What was written or found longest ago goes first.
_MAX_BYTES = 1 << 30
# A process may still need a file that was found in the last seconds.
_IN_USE = 24 * 3600


def kept_path(digest: str) -> Path:
    """Return where the `tokenizer.json` with a SHA-256, in hexadecimal, is kept."""
    return cache_dir() / "tokenizers" / f"{digest}.json"


def is_intact(path: Path) -> bool:
    """Return whether a kept file is there and has the content that its name stands for."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == path.stem


def write_to_cache(content: bytes) -> str:
    """Write a `tokenizer.json` to the cache and return its path. A damaged one is replaced.

    Raises:
        DataError: The cache cannot be written.
    """
    path = kept_path(hashlib.sha256(content).hexdigest())
    if is_intact(path):
        with contextlib.suppress(OSError):
            os.utime(path)
    else:
        write_atomic(path, content)
        _bound(path.parent)
    return os.fspath(path)


def _bound(folder: Path) -> None:
    """Delete what was used longest ago until the folder is within its limit."""
    with contextlib.suppress(OSError):
        files = sorted((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(folder))
        total = sum(size for _, size, _ in files)
        for modified, size, path in files:
            if total <= _MAX_BYTES or time.time() - modified < _IN_USE:
                return
            os.unlink(path)
            total -= size
