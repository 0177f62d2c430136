"""Keep a `tokenizer.json` that has no file of its own in the cache folder, under the SHA-256 of its content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from .._files import cache_dir, write_atomic

__all__ = ["bound_folder", "is_intact", "kept_path", "write_to_cache"]

# The size limit of the folder, in bytes. The least recently used files are deleted first.
_MAX_BYTES = 1 << 30
# Seconds for which a process may still need a file that it has found.
_IN_USE = 24 * 3600
# Seconds after which a temporary file is taken to be left by a process that was killed.
_ABANDONED = 3600
# The least that a file counts, as in file systems.
_BLOCK = 4096


def kept_path(digest: str) -> Path:
    """Return where the `tokenizer.json` with a SHA-256, in hexadecimal, is kept."""
    return cache_dir() / "tokenizers" / f"{digest}.json"


def is_intact(path: Path) -> bool:
    """Return whether a kept file exists and its content matches the digest in its name."""
    try:
        # A pipe in the place of the file would be waited for.
        content = path.read_bytes() if path.is_file() else b""
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
        bound_folder(path.parent, _MAX_BYTES)
    return os.fspath(path)


def bound_folder(folder: Path, max_bytes: int) -> None:
    """Delete the least recently used files of a folder until it holds at most `max_bytes`.

    Files that were used in the last day stay. Temporary files of processes that were killed are deleted in any case,
    once they are an hour old.
    """
    files = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process has deleted it
                about = entry.stat(follow_symlinks=False)
                files.append((about.st_mtime, max(about.st_size, _BLOCK), entry.path))
    now, total = time.time(), sum(size for _, size, _ in files)
    for modified, size, path in sorted(files):
        is_abandoned = os.path.basename(path).startswith(".") and now - modified > _ABANDONED
        if is_abandoned or (total > max_bytes and now - modified > _IN_USE):
            with contextlib.suppress(OSError):
                os.unlink(path)
                total -= size
