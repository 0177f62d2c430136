"""Record the listing of a repository in the cache, so that a complete snapshot needs no network."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from .._files import read_json, write_atomic
from ..errors import DataError
from .response_check import is_safe_path
from .types import File, Listing, Snapshot

__all__ = ["read_record", "write_record"]


def read_record(path: Path) -> Snapshot | None:
    """Return the listing recorded at a path, with the recorded folder, or None if there is no valid record.

    >>> read_record(Path("/nowhere")) is None
    True
    """
    with contextlib.suppress(DataError, KeyError, TypeError, ValueError, AttributeError):
        record = read_json(path)
        files = tuple(File(str(name), None if size is None else int(size)) for name, size in record["files"].items())
        if all(is_safe_path(file.path) for file in files):
            return Snapshot(Path(record.get("folder") or ""), Listing(str(record["commit"]), files))
    return None


def write_record(path: Path, listing: Listing, folder: Path | None = None) -> None:
    """Record a listing. If the cache cannot be written, the hub is asked again next time."""
    record = {
        "commit": listing.commit,
        "folder": None if folder is None else str(folder),
        "files": {file.path: file.size for file in listing.files},
    }
    with contextlib.suppress(DataError):
        write_atomic(path, json.dumps(record, indent=1).encode(), mode=0o666)
