"""Hugging Face, through `huggingface_hub` 0.36 to 2.

The layout of the client's cache is public: `models--org--name` with `refs`, `snapshots` and `blobs`. A file appears
in a snapshot only when it is complete. `refs/<revision>` is written only after the whole download, so that an update
that is interrupted leaves the old commit in use.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from glob import escape
from pathlib import Path
from typing import Any

from .._files import write_atomic
from ..errors import DataError, HubError
from .record import read_record, write_record
from .response_check import is_commit, is_safe_path, watch_responses
from .types import Failure, File, Listing, RepoRef, Snapshot

__all__ = ["HuggingFace"]

_TRUE = ("1", "true", "yes", "on")


class HuggingFace:
    """Hugging Face, or a mirror of it (`HF_ENDPOINT`).

    >>> HuggingFace().argument
    'use_hf=True'
    """

    name = "Hugging Face"
    argument = "use_hf=True"
    default_revision = "main"
    cache_variable = "HF_HUB_CACHE"
    login_hint = "pass hub_token=, set HF_TOKEN, or run `hf auth login`"

    def is_offline(self) -> bool:
        """Return whether `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` is set."""
        names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        return any(os.environ.get(name, "").strip().lower() in _TRUE for name in names) or bool(_setting(names[0]))

    def cache_folder(self, ref: RepoRef) -> Path:
        """Return the client's cache folder."""
        return Path(ref.cache_dir or _cache_dir()).expanduser().absolute()

    def snapshot_folder(self, ref: RepoRef, commit: str) -> Path:
        """Return the folder of a commit."""
        return self._storage(ref) / "snapshots" / commit

    def _storage(self, ref: RepoRef) -> Path:
        return self.cache_folder(ref) / ("models--" + ref.model_id.replace("/", "--"))

    def snapshots(self, ref: RepoRef, *, any_commit: bool = False) -> Iterator[Snapshot]:
        """Yield the snapshot of the revision; with `any_commit`, all snapshots if there is no `refs/main`."""
        commits = [ref.revision]
        if not is_commit(ref.revision):
            try:
                commits = [(self._storage(ref) / "refs" / ref.revision).read_text("utf-8").strip()]
            except (OSError, ValueError):
                commits = self._commits(ref) if any_commit and ref.revision == self.default_revision else []
        for commit in commits:
            folder = self.snapshot_folder(ref, commit)
            if is_commit(commit) and folder.is_dir():
                record = read_record(self._record_path(ref, commit))
                yield Snapshot(folder, _client_listing(ref, commit) if record is None else record.listing)

    def _commits(self, ref: RepoRef) -> list[str]:
        """Return the cached commits, newest first."""
        try:
            folders = sorted((self._storage(ref) / "snapshots").iterdir(), key=lambda path: -path.stat().st_mtime)
        except OSError:
            return []
        return [folder.name for folder in folders]

    def _record_path(self, ref: RepoRef, commit: str) -> Path:
        return self._storage(ref) / ".swiftcore" / f"{commit}.json"

    def list_files(self, ref: RepoRef) -> Listing:
        """Ask the hub for the commit and the files of a revision."""
        hub = _client()
        api = hub.HfApi(endpoint=_endpoint(), token=ref.token)
        timeout = hub.constants.HF_HUB_ETAG_TIMEOUT
        info = api.model_info(ref.model_id, revision=ref.revision, files_metadata=True, timeout=timeout)
        files = info.siblings or []
        if any(file.size is None for file in files):  # some mirrors leave out the sizes
            tree = api.list_repo_tree(ref.model_id, revision=info.sha, recursive=True)
            files = [entry for entry in tree if hasattr(entry, "blob_id")]  # not folders
        return Listing(info.sha, tuple(_file(file) for file in files))

    def partial_bytes(self, ref: RepoRef, file: File) -> int:
        """Return what an interrupted download has left. Versions of the client from 1 on leave nothing."""
        with contextlib.suppress(OSError):
            if file.blob_id is not None and is_safe_path(file.blob_id):
                return (self._storage(ref) / "blobs" / f"{file.blob_id}.incomplete").stat().st_size
        return 0

    def download(
        self, ref: RepoRef, listing: Listing, files: Sequence[File], show_progress: bool, options: Mapping[str, Any]
    ) -> Path:
        """Download files with the client's own locks, retries and progress bars."""
        write_record(self._record_path(ref, listing.commit), listing)  # before, so that an interrupted one is known
        if files:
            with contextlib.nullcontext() if show_progress else _no_progress_bars():
                _client().snapshot_download(
                    ref.model_id,
                    revision=listing.commit,
                    allow_patterns=[escape(file.path) for file in files],
                    cache_dir=self.cache_folder(ref),
                    token=ref.token,
                    endpoint=_endpoint(),
                    **options,
                )
        return self.snapshot_folder(ref, listing.commit)

    def record(self, ref: RepoRef, listing: Listing, folder: Path) -> None:
        """Record the commit as that of the revision."""
        path = self._record_path(ref, listing.commit)
        with contextlib.suppress(OSError, DataError):
            # The client writes its own listing with the mode 0600, unreadable for others who share the cache.
            if (tree := self._storage(ref) / "trees" / path.name).exists():
                tree.chmod(stat.S_IMODE(path.stat().st_mode))
            if not is_commit(ref.revision):
                write_atomic(self._storage(ref) / "refs" / ref.revision, listing.commit.encode(), mode=0o666)

    def classify(self, error: BaseException) -> Failure | None:
        """Return what an exception of `huggingface_hub` means."""
        from huggingface_hub import errors

        if isinstance(error, errors.LocalEntryNotFoundError):  # its cause says why the hub was not asked
            return None
        status = getattr(getattr(error, "response", None), "status_code", None)
        kinds = (
            (errors.GatedRepoError, "gated"),
            (errors.RepositoryNotFoundError, "unknown"),
            (errors.RevisionNotFoundError, "revision"),
            (errors.EntryNotFoundError, "hub"),
            (errors.HFValidationError, "unknown"),
            (errors.OfflineModeIsEnabled, "offline"),
        )
        for kind, name in kinds:
            if isinstance(error, kind):
                return Failure(name, status)
        if isinstance(status, int):
            return Failure({401: "private", 403: "private", 404: "unknown"}.get(status, "connection"), status)
        if type(error) is OSError and error.errno is None:  # a file has another size than announced
            return Failure("connection")
        # The HTTP library, which depends on the version: requests, httpx or httpx2.
        bases = errors.HfHubHTTPError.__mro__
        http_errors = tuple(base for base in bases if base.__module__.startswith(("requests", "httpx")))
        return Failure("connection") if isinstance(error, http_errors) else None


def _client() -> Any:
    """Return `huggingface_hub`, with the check of its responses installed.

    Raises:
        HubError: It is not installed.
    """
    try:
        import huggingface_hub
        import huggingface_hub.constants
    except ImportError as error:
        text = "huggingface_hub is not installed. Run: pip install 'swiftcore[hub]'"
        raise HubError(text, kind="not_installed") from error
    watch_responses()
    return huggingface_hub


def _endpoint() -> str:
    """Return the address of the hub. The client reads the variable only when it is imported."""
    return (os.environ.get("HF_ENDPOINT") or str(_client().constants.ENDPOINT)).rstrip("/")


def _setting(name: str) -> Any:
    """Return a setting of the client if it is imported: a cached model needs no client."""
    return getattr(sys.modules.get("huggingface_hub.constants"), name, None)


def _cache_dir() -> str:
    if named := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return os.path.expandvars(named)
    if home := os.environ.get("HF_HOME"):
        return os.path.join(os.path.expandvars(home), "hub")
    if (setting := _setting("HF_HUB_CACHE")) is not None:
        return str(setting)
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface", "hub")


def _file(file: Any) -> File:
    """Return a file of a listing: both classes of the client have these attributes."""
    if file.lfs is None:
        return File(file.rfilename, file.size, file.blob_id)
    return File(file.rfilename, file.lfs.size, file.lfs.sha256)


def _client_listing(ref: RepoRef, commit: str) -> Listing | None:
    """Return the listing that the client recorded for another program. Older versions record none."""
    try:
        from huggingface_hub import get_cached_repo_tree
        from huggingface_hub.errors import CachedRepoTreeNotFoundError
    except ImportError:
        return None
    try:
        files = get_cached_repo_tree(ref.model_id, revision=commit, cache_dir=ref.cache_dir or _cache_dir())
    except CachedRepoTreeNotFoundError:
        return None
    return Listing(commit, tuple(_file(file) for file in files))


@contextlib.contextmanager
def _no_progress_bars() -> Iterator[None]:
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
