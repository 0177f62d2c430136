"""Large files of Hugging Face, so that one that was cut off goes on where it was, in this process or a later one.

What has arrived stays beside the blobs under a name of its own, and becomes a blob, which the client then takes, once
its digest is the one that was listed. The client itself begins a file anew in each process.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import HubError
from .base import Wanted
from .listing import File
from .verify import is_intact

__all__ = ["Stopped", "begun", "bring", "mismatch"]

_SUFFIX = ".swiftcore.incomplete"


class Stopped(Exception):
    """Another file failed: this one waits for the next call."""


class _Partial(io.FileIO):
    """A file that grows at its end until somebody says stop: nothing is written after that, so that another may go on.

    It has no buffer, which would be written when it is closed.
    """

    def __init__(self, path: Path, stop: threading.Event) -> None:
        super().__init__(path, "ab")
        self._stop = stop

    def write(self, content: Any, /) -> int:
        left = memoryview(content)
        while left:
            if self._stop.is_set():
                raise Stopped
            left = left[super().write(left) :]
        return len(content)


def begun(blobs: Path, file: File) -> int:
    """How many bytes of a file have arrived."""
    with contextlib.suppress(OSError):
        return (blobs / f"{file.sha256}{_SUFFIX}").stat().st_size
    return 0


def bring(
    hub: Any,
    wanted: Wanted,
    commit: str,
    file: File,
    blobs: Path,
    endpoint: str,
    stop: threading.Event,
    **bars: Any,
) -> bool:
    """Downloads a file into the blobs; False where that is the client's to do. `bars` say what shows its progress.

    Raises:
        HubError: What arrived is not what was listed; it is deleted.
    """
    blob = blobs / str(file.sha256)
    if file.sha256 is None or file.size is None or blob.exists() or _in_chunks(hub, file):
        return False
    try:
        from huggingface_hub.file_download import http_get
    except ImportError:
        return False
    address = hub.hf_hub_url(wanted.model, file.path, revision=commit, endpoint=endpoint)
    about = hub.get_hf_file_metadata(
        address,
        token=wanted.token,
        timeout=hub.constants.HF_HUB_ETAG_TIMEOUT,
        endpoint=endpoint,
        retry_on_errors=True,
    )
    if about.etag != file.sha256 or about.location is None:
        return False
    headers = hub.utils.build_hf_headers(token=wanted.token)
    if urlsplit(about.location).netloc != urlsplit(address).netloc:  # the token is not for others
        headers.pop("authorization", None)
    blobs.mkdir(parents=True, exist_ok=True)
    partial = blobs / f"{file.sha256}{_SUFFIX}"
    have = begun(blobs, file)
    if have > file.size:
        partial.unlink()
        have = 0
    if have < file.size:
        with _Partial(partial, stop) as written:
            http_get(
                about.location,
                written,
                resume_size=have,
                headers=headers,
                expected_size=file.size,
                displayed_filename=file.path,
                **bars,
            )
    if not is_intact(partial, file):
        partial.unlink()
        raise HubError(mismatch(wanted.model, file), kind="damaged", model=wanted.model)
    os.replace(partial, blob)
    return True


def _in_chunks(hub: Any, file: File) -> bool:
    """Whether the client has a faster way, which checks what it brings."""
    return file.chunked and bool(hub.utils.is_xet_available())


def mismatch(model: str, file: File) -> str:
    """What to do about a file that is not what was listed."""
    return (
        f"{model!r}: the checksum of {file.path} is not the one that its hub gives; what arrived was deleted: call it "
        "again, and where that does not help, look at the mirror or the proxy between"
    )
