"""Whether files are what the hub says they are: by their SHA-256, or by the id that git gives their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .listing import File

__all__ = ["damaged", "is_intact"]

_CHUNK = 1 << 22


def damaged(folder: Path, files: Sequence[File]) -> list[File]:
    """Those whose content is not what was listed. Reads them all, several at a time."""
    if not files:
        return []
    with ThreadPoolExecutor(min(8, len(files), os.cpu_count() or 1)) as pool:
        intact = list(pool.map(lambda file: is_intact(folder / file.path, file), files))
    return [file for file, fine in zip(files, intact, strict=True) if not fine]


def is_intact(path: Path, file: File) -> bool:
    """Whether a file has the size and the digest of one that was listed, as far as these are known.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "config.json")
    >>> _ = path.write_text("{}")
    >>> is_intact(path, File("config.json", 2, blob_id="9e26dfeeb6e641a33dae4961196235bdb965b21b"))
    True
    >>> is_intact(path, File("config.json", 2, sha256="0" * 64)), is_intact(path, File("config.json", 3))
    (False, False)
    """
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return False
    if file.sha256 is not None:
        return _digest(path, hashlib.sha256()) == file.sha256
    if file.blob_id is not None and len(file.blob_id) == 40:
        return _digest(path, hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)) == file.blob_id
    return True


def _digest(path: Path, digest: hashlib._Hash) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
