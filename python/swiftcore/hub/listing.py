"""What a model's repository holds, and the record of it that is kept beside the files, to need no hub again.

The record says which files of a listing are still to be had or to be checked: they are `pending` from before the
first byte is fetched until all of them have been checked, so that nothing half-written is ever taken for whole.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._files import write_atomic
from ..errors import DataError

__all__ = ["File", "Listing", "missing", "read_record", "write_record"]


@dataclass(frozen=True)
class File:
    """A file of a repository.

    Attributes:
        path: Where in the repository, with `/` between folders.
        size: In bytes; None where the hub does not say.
        sha256: Of its content, where the hub says; in hexadecimal.
        blob_id: The id that git gives its content, where the hub says.
        chunked: Whether the hub keeps it in chunks of its own, which its client checks itself.
    """

    path: str
    size: int | None = None
    sha256: str | None = None
    blob_id: str | None = None
    chunked: bool = False


@dataclass(frozen=True)
class Listing:
    """A repository's files at a commit.

    `pending` names those that have been asked for and not yet been checked; `folder` says where they are, where that
    cannot be told from the commit.
    """

    commit: str
    files: tuple[File, ...]
    pending: frozenset[str] = frozenset()
    folder: str | None = None


def missing(folder: Path, files: Iterable[File]) -> list[File]:
    """The files that `folder` does not hold in full size.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "config.json").write_text("{}")
    >>> [file.path for file in missing(folder, [File("config.json", 2), File("model.safetensors", 9)])]
    ['model.safetensors']
    """
    return [file for file in files if not _is_there(folder / file.path, file.size)]


def _is_there(path: Path, size: int | None) -> bool:
    try:
        found = path.stat().st_size
    except OSError:
        return False
    return size is None or found == size


def read_record(path: Path) -> Listing | None:
    """The listing that was recorded at `path`; None where there is none, or a damaged one."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept: dict[str, Any] = json.loads(path.read_bytes())
        files = tuple(File(*each) for each in kept["files"])
        return Listing(str(kept["commit"]), files, frozenset(kept["pending"]), kept.get("folder"))
    return None


def write_record(path: Path, listing: Listing) -> None:
    """Records a listing. Where nothing can be written, the hub is asked again next time."""
    kept = {
        "commit": listing.commit,
        "files": [[file.path, file.size, file.sha256, file.blob_id, file.chunked] for file in listing.files],
        "pending": sorted(listing.pending),
        "folder": listing.folder,
    }
    with contextlib.suppress(DataError):
        write_atomic(path, json.dumps(kept).encode())
