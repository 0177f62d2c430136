"""Download a snapshot of a repository, or take it from the cache."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._warn import warn
from ..errors import HubError
from .failures import DOWNLOADING, check_space, not_cached, translate_errors
from .local import absent_files, missing_parts
from .plan import Plan, list_files, make_plan
from .types import DownloadRequest, Listing

__all__ = ["Download", "download"]


class Download(NamedTuple):
    """A downloaded snapshot.

    Attributes:
        folder: The folder of the model.
        plan: The plan that was carried out; None if the hub was not asked.
    """

    folder: Path
    plan: Plan | None


def download(
    request: DownloadRequest, *, refresh: bool = False, show_progress: bool = True, **options: Any
) -> Download:
    """Return the folder of a model, after downloading what the cache lacks.

    Args:
        request: The repository and its files.
        refresh: Whether to ask the hub for a newer commit even if the model is cached.
        show_progress: Whether the hub's client may show its progress bars.
        **options: Arguments of the client, such as `max_workers`.

    Raises:
        HubError: The model cannot be downloaded.
    """
    hub, force = request.hub, bool(options.get("force_download"))
    cached = None if force else _complete_snapshot(request)
    if cached is not None and (not refresh or hub.is_offline()):
        return Download(cached / request.folder, None)
    if hub.is_offline():
        return Download(_offline_snapshot(request) / request.folder, None)
    try:
        listing = list_files(request)
    except HubError as error:
        return Download(_snapshot_instead(request, error) / request.folder, None)
    plan = make_plan(request, listing)
    for text in plan.warnings:
        warn(text)
    check_space(request, plan.download_bytes)
    folder = _fetch(request, plan, listing, everything=refresh or force, show_progress=show_progress, options=options)
    return Download(folder / request.folder, plan)


def _complete_snapshot(request: DownloadRequest) -> Path | None:
    """Return the cached snapshot that holds all files of the request, according to its recorded listing."""
    for folder, listing in request.hub.snapshots(request.ref):
        if listing is not None and not _absent(request, folder, listing):
            return folder
    return None


def _absent(request: DownloadRequest, folder: Path, listing: Listing) -> list[str]:
    wanted = [file for file in listing.files if request.patterns.ignored_by(file.path) is None]
    return [file.path for file in absent_files(folder, wanted)]


def _offline_snapshot(request: DownloadRequest) -> Path:
    """Return a cached snapshot that is complete, as far as can be told without the hub."""
    problem = ""
    for folder, listing in request.hub.snapshots(request.ref, any_commit=True):
        if listing is None:
            lacking = missing_parts(folder, weights=request.needs_weights, only_tokenizer=request.only_tokenizer)
        else:
            absent = _absent(request, folder, listing)
            lacking = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more files" if len(absent) > 3 else "")
        if not lacking:
            return folder
        problem = problem or lacking
    raise HubError(not_cached(request, problem), kind="offline", model=request.ref.model_id)


def _snapshot_instead(request: DownloadRequest, error: HubError) -> Path:
    """Return the cached snapshot if the hub cannot be reached."""
    if error.kind != "connection":
        raise error
    try:
        folder = _offline_snapshot(request)
    except HubError:
        raise error from error.__cause__
    warn(f"{error}. Using the snapshot in the cache: {folder}")
    return folder


def _fetch(
    request: DownloadRequest,
    plan: Plan,
    listing: Listing,
    *,
    everything: bool,
    show_progress: bool,
    options: Mapping[str, Any],
) -> Path:
    """Download the files of a plan, and check that all of them are there."""
    files = plan.cached + plan.to_download if everything else plan.to_download
    with translate_errors(request, DOWNLOADING):
        folder = request.hub.download(request.ref, listing, files, show_progress, options)
    absent = _absent(request, folder, listing)
    if absent:
        name = request.ref.model_id
        text = f"{name!r}: {absent[0]} is missing after the download. Run it again: complete files are kept"
        raise HubError(text, kind="connection", model=name)
    request.hub.record(request.ref, listing, folder)
    return folder
