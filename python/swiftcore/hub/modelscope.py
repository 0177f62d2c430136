"""ModelScope, through its own package: its cache, its settings and its progress bars.

It tells no commit: a revision is what it is called. Where its files are, and what there is, is recorded in our own
cache, so that a model that is whole needs neither the hub nor its package.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import inspect
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._files import cache_dir
from ..errors import HubError
from .base import Wanted
from .listing import File, Listing, read_record, write_record
from .watch import Watch

__all__ = ["MSHub"]


class MSHub:
    """ModelScope.

    >>> MSHub().argument
    'use_hf=False'
    """

    name = "ModelScope"
    argument = "use_hf=False"
    default_revision = "master"

    def offline(self) -> bool:
        """Never: it has no such mode."""
        return False

    def check(self) -> None:
        """Whether `modelscope` is there."""
        _package()

    def listing(self, wanted: Wanted) -> Listing:
        """Its files at the revision."""
        _package()
        return Listing(wanted.revision, tuple(_files(wanted)))

    def kept(self, wanted: Wanted) -> tuple[Path | None, Listing | None]:
        """The folder that was recorded, and its record."""
        listing = read_record(self._record(wanted))
        if listing is None or listing.folder is None or not os.path.isdir(listing.folder):
            return None, None
        return Path(listing.folder), listing

    def _record(self, wanted: Wanted) -> Path:
        named = "\0".join((str(self.place(wanted)), wanted.model, wanted.revision))
        return cache_dir() / "hub" / "modelscope" / (hashlib.sha256(named.encode()).hexdigest()[:32] + ".json")

    def folder(self, wanted: Wanted, commit: str) -> Path:
        """The folder that was recorded, else the one that its package would take."""
        kept, _ = self.kept(wanted)
        if kept is not None:
            return kept
        with contextlib.suppress(Exception):  # its package says in several ways that it has none
            return Path(self._snapshot(wanted, local_files_only=True))
        return self.place(wanted) / "models" / wanted.model

    def place(self, wanted: Wanted) -> Path:
        """Its package's cache."""
        named = wanted.cache_dir or os.environ.get("MODELSCOPE_CACHE") or "~/.cache/modelscope/hub"
        return Path(named).expanduser().absolute()

    def lock(self, wanted: Wanted) -> Path:
        """In its package's cache."""
        return self.place(wanted) / ".lock" / (self._record(wanted).stem + ".swiftcore.lock")

    def record(self, wanted: Wanted, listing: Listing, *, done: bool) -> None:
        """Keeps the listing, with the folder."""
        folder = os.fspath(self.folder(wanted, listing.commit))
        write_record(self._record(wanted), Listing(listing.commit, listing.files, listing.pending, folder))

    def remove(self, wanted: Wanted, commit: str, path: str) -> None:
        """The file, or the link and what it leads to."""
        file = self.folder(wanted, commit) / path
        with contextlib.suppress(OSError):
            target = file.resolve()
            file.unlink()
            if target != file:
                target.unlink()

    def begun(self, wanted: Wanted, file: File) -> int:
        """Its package does not say."""
        return 0

    def fetch(
        self, wanted: Wanted, commit: str, files: Sequence[File], watch: Watch | None, **options: Any
    ) -> tuple[Path, set[str]]:
        """Downloads them, with its package's progress bars."""
        if not files:
            return self.folder(wanted, commit), set()
        paths = [glob.escape(file.path) for file in files]
        folder = Path(self._snapshot(wanted, allow_patterns=paths, **options))
        listing = read_record(self._record(wanted))
        if listing is not None:
            named = Listing(listing.commit, listing.files, listing.pending, os.fspath(folder))
            write_record(self._record(wanted), named)
        return folder, set()

    def _snapshot(self, wanted: Wanted, **options: Any) -> str:
        snapshot_download = _package().snapshot_download
        given = {"cache_dir": wanted.cache_dir, **options}
        if wanted.token is not None:
            if "token" in inspect.signature(snapshot_download).parameters:
                given["token"] = wanted.token
            else:
                from modelscope.hub.api import HubApi

                HubApi().login(wanted.token)
        return str(snapshot_download(wanted.model, revision=wanted.revision, **given))


def _files(wanted: Wanted) -> list[File]:
    """The files, without the folders that are listed among them."""
    try:  # from version 1.40 on the package's own listing leaves out digests, and what is a folder
        from modelscope_hub import HubApi
    except ImportError:
        from modelscope.hub.api import HubApi

        api = _with_token(HubApi, wanted.token)
        entries = api.get_model_files(wanted.model, revision=wanted.revision, recursive=True)
        return [
            File(str(entry["Path"]), entry.get("Size"), entry.get("Sha256") or None)
            for entry in entries
            if entry.get("Type") != "tree"
        ]
    found = _with_token(HubApi, wanted.token).list_repo_files(wanted.model, "model", revision=wanted.revision)
    return [File(each.path, each.size, each.sha256 or None) for each in found if each.type != "tree"]


def _with_token(api: Any, token: str | None) -> Any:
    if token is None:
        return api()
    if "token" in inspect.signature(api).parameters:
        return api(token=token)
    made = api()
    made.login(token)
    return made


def _package() -> Any:
    try:
        import modelscope
    except ImportError as error:
        raise HubError(
            "models on ModelScope are downloaded through its package, which is not installed; run: pip install "
            "modelscope, or leave use_hf=False and USE_HF=0 out for Hugging Face",
            kind="not_installed",
        ) from error
    return modelscope
