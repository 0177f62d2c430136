"""A lock between processes: who holds it downloads, the others wait."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from .._files import cache_dir
from ..errors import HubError

__all__ = ["is_held", "locked"]


@contextlib.contextmanager
def locked(path: Path, model: str) -> Iterator[None]:
    """Holds the lock at `path`, or, where nothing can be written there, one of the same name in our own cache."""
    from filelock import FileLock

    for place in (path, _own(path)):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(place)
            lock.acquire()
        except OSError as error:
            failed = error
            continue
        try:
            yield
        finally:
            lock.release()
        return
    text = f"{model!r}: {path} cannot be written ({failed.strerror}); let HF_HUB_CACHE name a folder to write to"
    raise HubError(text, kind="disk", model=model)


def is_held(path: Path) -> bool:
    """Whether somebody holds that lock."""
    from filelock import FileLock, Timeout

    for place in (path, _own(path)):
        if place.exists():
            try:
                with FileLock(place, timeout=0):
                    pass
            except Timeout:
                return True
            except OSError:
                continue
    return False


def _own(path: Path) -> Path:
    return cache_dir() / "hub" / (hashlib.sha256(str(path).encode()).hexdigest()[:32] + ".lock")
