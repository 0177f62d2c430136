"""Plan a download: which files are cached, which are to be downloaded, and which are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import HubError
from .failures import not_cached, translate_errors
from .local import absent_files
from .response_check import is_commit, is_safe_path
from .types import DownloadRequest, File, Listing

__all__ = ["Plan", "list_files", "make_plan", "plan"]

# A repository with one of these files is a model.
_CONFIGURATIONS = ("config.json", "adapter_config.json", "model_index.json", "params.json", "configuration.json")
# One of these files is enough if only the tokenizer is needed.
_TOKENIZERS = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Plan:
    """The files of a download.

    Attributes:
        model_id: The id on the hub that is asked.
        hub: The name of that hub.
        commit: The commit of the revision.
        folder: The folder in which the files are, or will be.
        cached: Files that are in the cache.
        to_download: Files that are not in the cache.
        ignored: Files that are not wanted, each with the pattern that excludes it.
        warnings: Warnings about patterns that are probably mistakes.
        partial_bytes: Bytes that an interrupted download has left, by path.
    """

    model_id: str
    hub: str
    commit: str
    folder: Path
    cached: tuple[File, ...]
    to_download: tuple[File, ...]
    ignored: tuple[tuple[File, str], ...]
    warnings: tuple[str, ...]
    partial_bytes: Mapping[str, int]

    @property
    def download_bytes(self) -> int:
        """Bytes still to be transferred, as far as the hub gives the sizes of files."""
        return sum(max(0, (file.size or 0) - self.partial_bytes.get(file.path, 0)) for file in self.to_download)


def plan(request: DownloadRequest) -> Plan:
    """Ask the hub what a download would fetch, and fetch nothing. Offline, use the listing in the cache.

    Raises:
        HubError: The hub does not answer, or does not have the model.
    """
    recorded = (snapshot.listing for snapshot in request.hub.snapshots(request.ref)) if request.hub.is_offline() else ()
    listing = next((listing for listing in recorded if listing is not None), None)
    return make_plan(request, list_files(request) if listing is None else listing)


def list_files(request: DownloadRequest) -> Listing:
    """Return the commit and the files of a repository, as its hub lists them.

    Raises:
        HubError: The hub does not answer, does not have the model, or lists files outside the repository.
    """
    hub, ref = request.hub, request.ref
    if hub.is_offline():
        raise HubError(not_cached(request), kind="offline", model=ref.model_id)
    with translate_errors(request, "listing the files"):
        try:
            listing = hub.list_files(ref)
        except HubError as error:
            raise HubError(_context(request, error), kind=error.kind, model=ref.model_id) from error.__cause__
    unsafe = next((file.path for file in listing.files if not is_safe_path(file.path)), None)
    if unsafe is not None or not (is_commit(listing.commit) or listing.commit == ref.revision):
        what = f"an unsafe file name {unsafe!r}" if unsafe is not None else f"an invalid commit {listing.commit!r}"
        text = f"{ref.model_id!r}: {hub.name} lists {what}; nothing was downloaded. Check your mirror or proxy"
        raise HubError(text, kind="damaged", model=ref.model_id)
    return listing


def _context(request: DownloadRequest, error: HubError) -> str:
    if error.kind == "not_installed":
        return f"{request.ref.model_id!r} is not a local folder and is not in the cache, and {error}"
    return f"{request.ref.model_id!r}: {error}"


def make_plan(request: DownloadRequest, listing: Listing) -> Plan:
    """Return which files of a listing are cached, to be downloaded or ignored.

    Raises:
        HubError: The repository is not a model.
    """
    patterns = request.patterns
    ignored = {file: pattern for file in listing.files if (pattern := patterns.ignored_by(file.path)) is not None}
    wanted = [file for file in listing.files if file not in ignored]
    paths = [file.path for file in listing.files]
    needed = _CONFIGURATIONS + (_TOKENIZERS if request.only_tokenizer else ())
    if not request.any_content and not any(path.rsplit("/", 1)[-1] in needed for path in paths):
        raise _not_a_model(request, paths)
    folder = request.hub.snapshot_folder(request.ref, listing.commit)
    absent = absent_files(folder, wanted)
    partial = {file.path: request.hub.partial_bytes(request.ref, file) for file in absent}
    return Plan(
        model_id=request.ref.model_id,
        hub=request.hub.name,
        commit=listing.commit,
        folder=folder,
        cached=tuple(file for file in wanted if file not in absent),
        to_download=tuple(absent),
        ignored=tuple(ignored.items()),
        warnings=() if request.only_tokenizer else tuple(patterns.warnings(paths)),
        partial_bytes={path: size for path, size in partial.items() if size},
    )


def _not_a_model(request: DownloadRequest, paths: list[str]) -> HubError:
    found = ", ".join(paths[:5]) + (", ..." if len(paths) > 5 else "") if paths else "no files"
    text = f"{request.ref.model_id!r} has no config.json (found: {found}). "
    if any(path.endswith(".gguf") for path in paths):
        text += "GGUF files are for other software: use the id of the original model"
    else:
        text += "Check the id and the revision"
    text += ". Pass ignore_patterns=[] to download the repository anyway"
    return HubError(text, kind="not_a_model", model=request.ref.model_id)
