"""Hugging Face, through `huggingface_hub`: its cache, its settings and its progress bars.

The layout of the cache is the client's own and public: `models--org--name` with `refs`, `snapshots` and `blobs`. A
`ref` is written when the commit that it names is whole, so that an update that is cut off leaves the old one in use.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._files import write_atomic
from ..errors import DataError, HubError
from .base import Wanted
from .listing import File, Listing, read_record, write_record
from .transfer import begun, bring
from .watch import Watch, bars
from .workers import each

__all__ = ["HFHub"]

_COMMIT = re.compile(r"[0-9a-f]{40}")
_TRUE = ("1", "true", "yes", "on")


class HFHub:
    """Hugging Face.

    >>> HFHub().argument
    'use_hf=True'
    """

    name = "Hugging Face"
    argument = "use_hf=True"
    default_revision = "main"

    def offline(self) -> bool:
        """Whether `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` is set."""
        named = any(_is_set(name) for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
        return named or bool(_constant("HF_HUB_OFFLINE"))

    def check(self) -> None:
        """Whether `huggingface_hub` is there."""
        _client()

    def listing(self, wanted: Wanted) -> Listing:
        """Its commit and its files, page by page."""
        hub, endpoint = _client(), _endpoint()
        timeout = hub.constants.HF_HUB_ETAG_TIMEOUT
        info = hub.HfApi(endpoint=endpoint, token=wanted.token).model_info(
            wanted.model, revision=wanted.revision, timeout=timeout
        )
        address = f"{endpoint}/api/models/{wanted.model}/tree/{quote(info.sha, safe='')}?recursive=true&expand=false"
        headers = hub.utils.build_hf_headers(token=wanted.token)
        files = [_file(entry) for entry in _entries(address, headers, timeout) if entry.get("type") == "file"]
        return Listing(info.sha, tuple(files))

    def kept(self, wanted: Wanted) -> tuple[Path | None, Listing | None]:
        """The snapshot that the revision stands for, and its record, or what the client itself recorded."""
        commit = self._commit(wanted)
        if commit is None:
            return None, None
        folder = self.folder(wanted, commit)
        if not folder.is_dir():
            return None, None
        return folder, read_record(self._record(wanted, commit)) or _client_record(wanted, commit)

    def _commit(self, wanted: Wanted) -> str | None:
        if _COMMIT.fullmatch(wanted.revision):
            return wanted.revision
        try:
            return (self._storage(wanted) / "refs" / wanted.revision).read_text("utf-8").strip() or None
        except OSError:
            return None

    def folder(self, wanted: Wanted, commit: str) -> Path:
        """The snapshot of a commit."""
        return self._storage(wanted) / "snapshots" / commit

    def _record(self, wanted: Wanted, commit: str) -> Path:
        return self._storage(wanted) / ".swiftcore" / f"{commit}.json"

    def _storage(self, wanted: Wanted) -> Path:
        return self.place(wanted) / ("models--" + wanted.model.replace("/", "--"))

    def place(self, wanted: Wanted) -> Path:
        """The client's cache."""
        return Path(wanted.cache_dir or _cache_dir()).expanduser().absolute()

    def lock(self, wanted: Wanted) -> Path:
        """Among the client's own locks."""
        return self.place(wanted) / ".locks" / self._storage(wanted).name / "swiftcore.lock"

    def record(self, wanted: Wanted, listing: Listing, *, done: bool) -> None:
        """Keeps the listing beside the snapshots, and, once all is there, lets the revision stand for it."""
        write_record(self._record(wanted, listing.commit), listing)
        if done and not _COMMIT.fullmatch(wanted.revision):
            with contextlib.suppress(DataError):
                write_atomic(self._storage(wanted) / "refs" / wanted.revision, listing.commit.encode())

    def remove(self, wanted: Wanted, commit: str, path: str) -> None:
        """The link in the snapshot, and the blob that it leads to."""
        link = self.folder(wanted, commit) / path
        with contextlib.suppress(OSError):
            blob = link.resolve()
            link.unlink()
            if blob.parent == (self._storage(wanted) / "blobs").resolve():
                blob.unlink()

    def begun(self, wanted: Wanted, file: File) -> int:
        """What was left of a download that was cut off."""
        return begun(self._storage(wanted) / "blobs", file)

    def fetch(
        self, wanted: Wanted, commit: str, files: Sequence[File], watch: Watch | None, **options: Any
    ) -> tuple[Path, set[str]]:
        """Downloads them, several at a time, with the client's progress bars where nobody else looks on."""
        hub, endpoint, blobs = _client(), _endpoint(), self._storage(wanted) / "blobs"
        workers = max(1, int(options.pop("max_workers", 8)))
        given = {"cache_dir": self.place(wanted), "token": wanted.token, "endpoint": endpoint, **options}
        given.setdefault("etag_timeout", hub.constants.HF_HUB_ETAG_TIMEOUT)
        stop = threading.Event()
        checked: set[str] = set()

        # Files of the same content are one blob: who comes second finds it there.
        turns = {file.sha256: threading.Lock() for file in files}

        def one(file: File) -> None:
            shown = {} if watch is None else _bars(hub, watch, file)
            if not options and file.sha256 is not None:
                with turns[file.sha256]:
                    if bring(hub, wanted, commit, file, blobs, endpoint, stop, **shown):
                        checked.add(file.path)
            if not stop.is_set():
                hub.hf_hub_download(wanted.model, file.path, revision=commit, **given, **shown)
                if watch is not None and file.size is not None:
                    watch.moved(file.path, file.size, file.size)

        each(files, one, workers, stop)
        return self.folder(wanted, commit), checked


def _client() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.constants
        import huggingface_hub.utils
    except ImportError as error:
        raise HubError(
            "models are downloaded through huggingface_hub, which is not installed; run: pip install 'swiftcore[hub]'",
            kind="not_installed",
        ) from error
    return huggingface_hub


def _bars(hub: Any, watch: Watch, file: File) -> dict[str, Any]:
    """The argument for bars of another class, where the client has one."""
    if "tqdm_class" not in inspect.signature(hub.hf_hub_download).parameters:
        return {}
    return {"tqdm_class": bars(watch, file.path, file.size)}


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in _TRUE


def _endpoint() -> str:
    """What the environment says now: the client reads it when it is imported."""
    return (os.environ.get("HF_ENDPOINT") or str(_client().constants.ENDPOINT)).rstrip("/")


def _constant(name: str) -> Any:
    """A setting of the client, where it is imported already: a model that is kept needs no client."""
    return getattr(sys.modules.get("huggingface_hub.constants"), name, None)


def _cache_dir() -> str:
    if named := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return os.path.expandvars(named)
    if home := os.environ.get("HF_HOME"):
        return os.path.join(os.path.expandvars(home), "hub")
    if (known := _constant("HF_HUB_CACHE")) is not None:
        return str(known)
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface", "hub")


def _entries(address: str, headers: dict[str, str], timeout: float) -> Iterator[dict[str, Any]]:
    hub = _client()
    next_page: str | None = address
    while next_page is not None:
        answer = hub.utils.get_session().get(next_page, headers=headers, timeout=timeout)
        hub.utils.hf_raise_for_status(answer)
        yield from answer.json()
        next_page = answer.links.get("next", {}).get("url")


def _file(entry: dict[str, Any]) -> File:
    lfs = entry.get("lfs") or {}
    size, chunked = lfs.get("size", entry.get("size")), bool(entry.get("xetHash"))
    return File(str(entry["path"]), size, lfs.get("sha256") or lfs.get("oid"), entry.get("oid"), chunked)


def _client_record(wanted: Wanted, commit: str) -> Listing | None:
    """What the client recorded when somebody else downloaded with it, where it is one that does."""
    try:
        ask = _client().get_cached_repo_tree
        files = ask(wanted.model, revision=commit, cache_dir=wanted.cache_dir or _cache_dir())
    except Exception:  # there is none, or it cannot be read: the hub is asked
        return None
    return Listing(
        commit,
        tuple(
            File(file.path, file.size, file.lfs.sha256 if file.lfs else None, file.blob_id, bool(file.xet_hash))
            for file in files
        ),
    )
