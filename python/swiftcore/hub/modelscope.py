"""ModelScope, through its package `modelscope`.

It has no commits: a revision stands for itself. The folder and the listing of a complete snapshot are recorded in
swiftcore's own cache, so that a cached model needs neither the network nor the package.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from glob import escape
from pathlib import Path
from types import ModuleType
from typing import Any

from .._files import cache_dir
from ..errors import ArgumentError, DataError, HubError
from .record import read_record, write_record
from .types import Failure, File, Listing, RepoRef, Snapshot

__all__ = ["ModelScope"]


class ModelScope:
    """ModelScope.

    >>> ModelScope().argument
    'use_hf=False'
    """

    name = "ModelScope"
    argument = "use_hf=False"
    default_revision = "master"
    cache_variable = "MODELSCOPE_CACHE"
    login_hint = "pass hub_token=, set MODELSCOPE_API_TOKEN, or run `modelscope login`"

    def is_offline(self) -> bool:
        """Return False: the package has no offline mode."""
        return False

    def cache_folder(self, ref: RepoRef) -> Path:
        """Return the package's cache folder."""
        return Path(ref.cache_dir or os.environ.get("MODELSCOPE_CACHE") or "~/.cache/modelscope/hub").expanduser()

    def snapshot_folder(self, ref: RepoRef, commit: str) -> Path:
        """Return the recorded folder, else the one that the package has."""
        for folder, _ in self.snapshots(ref):
            return folder
        with contextlib.suppress(Exception):  # the package raises several types if it has no snapshot
            return Path(self._snapshot_download(ref, local_files_only=True))
        return self.cache_folder(ref) / "models" / ref.model_id

    def snapshots(self, ref: RepoRef, *, any_commit: bool = False) -> Iterator[Snapshot]:
        """Yield the recorded snapshot of the revision."""
        snapshot = None
        with contextlib.suppress(DataError):  # the cache folder cannot be used
            snapshot = read_record(self._record_path(ref))
        if snapshot is not None and snapshot.folder.is_dir():
            yield snapshot

    def _record_path(self, ref: RepoRef) -> Path:
        key = "\0".join((str(self.cache_folder(ref).absolute()), ref.model_id, ref.revision))
        return cache_dir() / "hub" / "modelscope" / (hashlib.sha256(key.encode()).hexdigest()[:32] + ".json")

    def list_files(self, ref: RepoRef) -> Listing:
        """Ask the hub for the files of a revision."""
        _package()
        try:  # from version 1.38 on, the older interface does not tell folders from files
            from modelscope_hub import HubApi
        except ImportError:
            from modelscope.hub.api import HubApi

            api = _with_token(HubApi, ref.token)
            entries = api.get_model_files(ref.model_id, revision=ref.revision, recursive=True)
            files = [File(str(entry["Path"]), entry.get("Size")) for entry in entries if entry.get("Type") != "tree"]
        else:
            found = _with_token(HubApi, ref.token).list_repo_files(ref.model_id, "model", revision=ref.revision)
            files = [File(str(entry.path), entry.size) for entry in found if entry.type != "tree"]
        return Listing(ref.revision, tuple(files))

    def partial_bytes(self, ref: RepoRef, file: File) -> int:
        """Return 0: the package resumes downloads, but does not say from where."""
        return 0

    def download(
        self, ref: RepoRef, listing: Listing, files: Sequence[File], show_progress: bool, options: Mapping[str, Any]
    ) -> Path:
        """Download files with the package's own locks, retries and progress bars.

        Raises:
            ArgumentError: An option is not one of the package's.
        """
        if not files:
            return self.snapshot_folder(ref, listing.commit)
        if not show_progress:
            options = {**options, "progress_callbacks": []}
        return Path(self._snapshot_download(ref, allow_patterns=[escape(file.path) for file in files], **options))

    def _snapshot_download(self, ref: RepoRef, **options: Any) -> str:
        function = _package().snapshot_download
        known = inspect.signature(function).parameters
        for name in options.keys() - known.keys():
            if name != "progress_callbacks":
                raise ArgumentError(f"argument {name!r}: ModelScope does not support it", argument=name)
            del options[name]  # older versions always show their bars
        if ref.token is not None and "token" in known:
            options["token"] = ref.token
        elif ref.token is not None:
            from modelscope.hub.api import HubApi

            HubApi().login(ref.token)
        return str(function(ref.model_id, revision=ref.revision, cache_dir=ref.cache_dir, **options))

    def record(self, ref: RepoRef, listing: Listing, folder: Path) -> None:
        """Record the listing and the folder."""
        with contextlib.suppress(DataError):  # the cache folder cannot be used
            write_record(self._record_path(ref), listing, folder)

    def classify(self, error: BaseException) -> Failure | None:
        """Return what an exception of `modelscope` means."""
        kinds = {
            "NotExistError": "unknown",
            "NoValidRevisionError": "revision",
            "AuthenticationError": "private",
            "PermissionDeniedError": "private",
            "FileIntegrityError": "damaged",
            "NetworkError": "connection",
            "ServerError": "connection",
            "RateLimitError": "connection",
            "FileDownloadError": "connection",
        }
        status = getattr(error, "status_code", getattr(getattr(error, "response", None), "status_code", None))
        for module in (sys.modules.get("modelscope_hub.errors"), sys.modules.get("modelscope.hub.errors")):
            for name, kind in kinds.items():
                if isinstance(error, getattr(module, name, ())):
                    return Failure(kind, status)
        if isinstance(status, int):
            return Failure({401: "private", 403: "private", 404: "unknown"}.get(status, "connection"), status)
        requests = sys.modules.get("requests")
        lost = tuple(getattr(requests, name) for name in ("ConnectionError", "Timeout") if hasattr(requests, name))
        return Failure("connection") if isinstance(error, lost) else None


def _with_token(api: Any, token: str | None) -> Any:
    if token is None:
        return api()
    if "token" in inspect.signature(api).parameters:
        return api(token=token)
    made = api()
    made.login(token)
    return made


def _package() -> ModuleType:
    try:
        import modelscope
    except ImportError as error:
        text = "modelscope is not installed. Run `pip install modelscope`, or omit use_hf=False and USE_HF=0"
        raise HubError(text, kind="not_installed") from error
    return modelscope  # type: ignore[no-any-return]
