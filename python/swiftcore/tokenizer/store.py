"""Keep a `tokenizer.json` that has no file of its own in the cache folder."""

from __future__ import annotations

import os

from .._files import cache_dir, write_atomic

__all__ = ["write_to_cache"]


def write_to_cache(content: bytes, digest: str) -> str:
    """Write a `tokenizer.json` to the cache, named after the digest of its content, and return its path.

    Raises:
        DataError: The cache cannot be written.
    """
    path = cache_dir() / "tokenizers" / f"{digest}.json"
    if not path.exists():
        write_atomic(path, content)
    return os.fspath(path)
