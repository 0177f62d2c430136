"""Processes of one launch: the main process of each machine downloads, the others wait for it.

Which one that is, launchers say: it is the one whose `LOCAL_RANK` is 0, or, where there is none, whose `RANK` is 0.
The n-th call of a process waits for the n-th call of the main process that asks for the same; what became of that one
is kept in a small file, which only counts where it was written after the process that reads it began.
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._files import cache_dir, write_atomic
from ..errors import DataError, HubError
from .lock import is_held

__all__ = ["is_main", "once"]

_STARTED = time.time()
_CALLS: collections.Counter[str] = collections.Counter()
# Between two looks, and how long to wait where nobody downloads, in seconds.
_LOOK = 0.2
_PATIENCE = 600.0


def is_main() -> bool:
    """Whether this process is its machine's main one, or the only one.

    >>> is_main()
    True
    """
    for name in ("LOCAL_RANK", "RANK"):
        rank = os.environ.get(name, "").strip()
        if rank.lstrip("-").isdigit():
            return int(rank) <= 0
    return True


def once(key: str, download: Callable[[], Path], kept: Callable[[], Path | None], lock: Path) -> Path:
    """What `download` gives: called in the main process; the others wait until it is kept, or fail as it did.

    Raises:
        HubError: The main process failed, or does not download.
    """
    place = _place(key)
    if not _is_launched():
        return download()
    _CALLS[key] += 1
    call = _CALLS[key]
    if not is_main():
        return _waited(place, call, kept, lock)
    try:
        found = download()
    except HubError as error:
        _say(place, {"call": call, "error": str(error), "kind": error.kind, "model": error.model})
        raise
    except BaseException as error:
        text = f"the main process failed to download a model: {type(error).__name__}"
        _say(place, {"call": call, "error": text, "kind": "hub", "model": None})
        raise
    _say(place, {"call": call, "folder": os.fspath(found)})
    return found


def _is_launched() -> bool:
    return any(os.environ.get(name) for name in ("RANK", "LOCAL_RANK"))


def _place(key: str) -> Path:
    """The file of what became of a call, of this launch."""
    names = ("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT")
    launch = [platform.node(), *(os.environ.get(name, "") for name in names)]
    digest = hashlib.sha256("\0".join([key, str(os.getppid()), *launch]).encode()).hexdigest()
    return cache_dir() / "hub" / f"{digest[:32]}.json"


def _say(place: Path, outcome: dict[str, Any]) -> None:
    with contextlib.suppress(DataError):
        write_atomic(place, json.dumps({**outcome, "time": time.time()}).encode())


def _waited(place: Path, call: int, kept: Callable[[], Path | None], lock: Path) -> Path:
    idle = time.monotonic()
    while True:
        if (found := kept()) is not None:
            return found
        outcome = _outcome(place)
        if outcome is not None and int(outcome["call"]) >= call:
            if "folder" in outcome:
                return Path(str(outcome["folder"]))
            text = f"in the main process: {outcome['error']}"
            raise HubError(text, kind=str(outcome["kind"]), model=outcome["model"])
        if is_held(lock):
            idle = time.monotonic()
        elif time.monotonic() - idle > _PATIENCE:
            text = (
                f"this process (RANK={os.environ.get('RANK')}, LOCAL_RANK={os.environ.get('LOCAL_RANK')}) waited "
                f"{_PATIENCE:.0f} s for the main one to download a model, and that has not begun to; call it in every "
                "process, or download the model before the launch: swiftcore download ID"
            )
            raise HubError(text, kind="connection")
        time.sleep(_LOOK)


def _outcome(place: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        outcome: dict[str, Any] = json.loads(place.read_bytes())
        if float(outcome["time"]) >= _began():
            return outcome
    return None


def _began() -> float:
    """When this process began, as nearly as the system says."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        ticks = int(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text("utf-8").split()[0])
        return min(_STARTED, time.time() - up + ticks / os.sysconf("SC_CLK_TCK") - 0.1)
    return _STARTED
