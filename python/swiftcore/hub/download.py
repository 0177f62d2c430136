"""`safe_snapshot_download`: the folder of a model, downloaded where it is not here yet."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._warn import warn
from ..errors import ArgumentError, HubError
from .failures import explained, full_disk, not_kept
from .listing import Listing, missing
from .local import lacking, local_folder
from .lock import locked
from .plan import Plan, Request, listed, planned, request
from .ranks import once
from .sizes import size
from .transfer import mismatch
from .verify import damaged
from .watch import Watch

__all__ = ["safe_snapshot_download", "snapshot", "tokenizer_folder"]

# What else a hub's client takes.
_OPTIONS = ("max_workers", "etag_timeout", "user_agent", "library_name", "library_version", "headers", "force_download")


def safe_snapshot_download(
    model_id_or_path: str | os.PathLike[str],
    revision: str | None = None,
    download_model: bool = True,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    ignore_patterns: Sequence[str] | str | None = None,
    check_local: bool = False,
    *,
    allow_patterns: Sequence[str] | str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    refresh: bool = False,
    **kwargs: Any,
) -> str:
    """The folder of a model, in full: downloaded from a hub where it is not in its cache.

    A folder that exists is returned as it is:

    >>> import pathlib
    >>> pathlib.Path("my-model").mkdir()
    >>> safe_snapshot_download("my-model") == str(pathlib.Path("my-model").absolute())
    True

    What is in the cache whole is taken from there, and no network is touched; `refresh=True` asks whether the hub
    has a newer one. A download that was cut off goes on where it was; several processes that ask at once download
    once; under a distributed launcher (`RANK`, `LOCAL_RANK`) the main process of each machine downloads, and the
    others wait for it.

    Args:
        model_id_or_path: The id of a model, `id:folder` for a folder in it, or the path of a folder.
        revision: A branch, a tag or a commit; None for the one that is registered, else the hub's default.
        download_model: Whether its weights are wanted; False leaves them out on top of `ignore_patterns`.
        use_hf: True for Hugging Face, False for ModelScope; None for what `USE_HF` says, else Hugging Face.
        hub_token: What opens private and gated models; None for what the hub's client has.
        ignore_patterns: Globs of files that are left out; None for what is registered with the model, else
            `IGNORE_PATTERNS`; an empty list for none.
        check_local: Whether a folder here that is named as the id ends is taken.
        allow_patterns: Globs of the only files that are wanted; None for all.
        cache_dir: Where models are kept; None for where the hub's client keeps them.
        refresh: Whether the hub is asked, even if the model is in the cache.
        **kwargs: Options of the hub's client: `max_workers`, `etag_timeout`, `force_download`, ...

    Raises:
        ArgumentError: An argument makes no sense.
        HubError: The model cannot be had; `kind` says why, and the message what to do.
    """
    name = os.fspath(model_id_or_path)
    if not isinstance(name, str) or not name.strip():
        text = f"argument 'model_id_or_path': is {name!r}; give a model's id, such as 'Qwen/Qwen3-8B', or a folder"
        raise ArgumentError(text, argument="model_id_or_path")
    if unknown := sorted(kwargs.keys() - set(_OPTIONS)):
        text = f"argument {unknown[0]!r}: safe_snapshot_download has none; it passes on {', '.join(_OPTIONS)}"
        raise ArgumentError(text, argument=unknown[0])
    folder = local_folder(name, check_local=check_local)
    if folder is not None:
        return folder
    cache = None if cache_dir is None else os.fspath(cache_dir)
    asked = request(name, revision, download_model, use_hf, hub_token, ignore_patterns, allow_patterns, cache)
    return snapshot(asked, refresh=refresh, **kwargs)


def tokenizer_folder(
    model_id: str, revision: str | None = None, use_hf: bool | None = None, hub_token: str | None = None
) -> str:
    """The folder of a model's tokenizer and configuration, downloaded where they are not in the cache. Nothing else is.

    Raises:
        ArgumentError: An argument makes no sense.
        HubError: The model cannot be had; `kind` says why, and the message what to do.
    """
    return snapshot(request(model_id, revision, False, use_hf, hub_token, only_tokenizer=True), refresh=False)


def snapshot(asked: Request, *, refresh: bool, watch: Watch | None = None, **kwargs: Any) -> str:
    """The folder of what is asked for, downloaded where it is not in the cache. `watch` looks on.

    Raises:
        HubError: The model cannot be had.
    """
    found = once(
        asked.key,
        lambda: _downloaded(asked, refresh, watch, kwargs),
        lambda: None if refresh else _kept(asked),
        asked.hub.lock(asked.wanted),
    )
    return os.path.join(os.path.abspath(found), *asked.inside.split("/")) if asked.inside else os.path.abspath(found)


def _kept(asked: Request) -> Path | None:
    """The folder in the cache, where it holds all that is asked for."""
    folder, listing = asked.hub.kept(asked.wanted)
    if folder is None or listing is None:
        return None
    wanted = [file for file in listing.files if asked.patterns.why_not(file.path) is None]
    if missing(folder, wanted) or any(file.path in listing.pending for file in wanted):
        return None
    return folder


def _downloaded(asked: Request, refresh: bool, watch: Watch | None, options: dict[str, Any]) -> Path:
    hub, wanted = asked.hub, asked.wanted
    whole = None if options.get("force_download") else _kept(asked)
    if whole is not None and (not refresh or hub.offline()):
        return whole
    if hub.offline():
        return _offline(asked)
    _check_client(asked)
    with locked(hub.lock(wanted), wanted.model):
        whole = None if options.get("force_download") else _kept(asked)  # another process may have fetched it
        if whole is not None and not refresh:
            return whole
        try:
            listing = listed(asked)
        except HubError as error:
            return _instead(asked, error)
        return _fetched(asked, listing, watch, options)


def _check_client(asked: Request) -> None:
    try:
        asked.hub.check()
    except HubError as error:
        model = asked.wanted.model
        text = f"{model!r} is no folder here and is not in the cache, and {error}"
        raise HubError(text, kind=error.kind, model=model) from None


def _offline(asked: Request) -> Path:
    """What the cache has without a record, where it seems whole."""
    folder, listing = asked.hub.kept(asked.wanted)
    lacks = ""
    if folder is not None:
        if listing is not None:
            chosen = [file for file in listing.files if asked.patterns.why_not(file.path) is None]
            gone = [file.path for file in missing(folder, chosen)]
            gone += [file.path for file in chosen if file.path in listing.pending and file.path not in gone]
            lacks = ", ".join(gone[:3]) + (f" and {len(gone) - 3} more files" if len(gone) > 3 else "")
        else:
            lacks = lacking(folder, weights=asked.patterns.weights, tokenizer=asked.patterns.only_tokenizer)
            if not lacks:
                return folder
    raise HubError(not_kept(asked.hub, asked.wanted, lacks), kind="offline", model=asked.wanted.model)


def _instead(asked: Request, error: HubError) -> Path:
    """What the cache has, where the hub cannot be reached."""
    if error.kind != "connection":
        raise error
    folder = _kept(asked)
    if folder is None:
        folder, listing = asked.hub.kept(asked.wanted)
        if folder is None or listing is not None or lacking(folder, weights=asked.patterns.weights):
            raise error
    warn(f"{error}; {folder} from the cache is taken")
    return folder


def _fetched(asked: Request, listing: Listing, watch: Watch | None, options: dict[str, Any]) -> Path:
    """Downloads what is missing, checks it, and records that all is there."""
    hub, wanted = asked.hub, asked.wanted
    plan = planned(asked, listing)
    for remark in plan.remarks:
        warn(remark)
    if options.get("force_download"):
        plan = dataclasses.replace(plan, to_fetch=plan.files, begun={})
    fetch = plan.to_fetch
    if watch is not None:
        watch.planned(plan)
    _check_space(asked, plan)
    before = hub.kept(wanted)[1]
    pending = set() if before is None or before.commit != listing.commit else set(before.pending)
    pending |= {file.path for file in fetch}
    hub.record(wanted, Listing(listing.commit, listing.files, frozenset(pending)), done=False)
    for file in fetch:  # the client takes what is there for whole
        hub.remove(wanted, listing.commit, file.path)
    with explained(hub, wanted, "downloading"):
        folder, checked = hub.fetch(wanted, listing.commit, fetch, watch, **options)
    _check(asked, plan, folder, pending - checked)
    pending -= {file.path for file in plan.files}
    hub.record(wanted, Listing(listing.commit, listing.files, frozenset(pending)), done=True)
    return folder


def _check(asked: Request, plan: Plan, folder: Path, unchecked: set[str]) -> None:
    hub, wanted = asked.hub, asked.wanted
    if gone := missing(folder, plan.files):
        for file in gone:
            hub.remove(wanted, plan.commit, file.path)
        text = f"{wanted.model!r}: {gone[0].path} did not arrive whole; call it again: what has arrived is kept"
        raise HubError(text, kind="connection", model=wanted.model)
    bad = damaged(folder, [file for file in plan.files if file.path in unchecked])
    for file in bad:
        hub.remove(wanted, plan.commit, file.path)
    if bad:
        raise HubError(mismatch(wanted.model, bad[0]), kind="damaged", model=wanted.model)


def _check_space(asked: Request, plan: Plan) -> None:
    place = asked.hub.place(asked.wanted)
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return
    if plan.bytes_to_fetch > free:
        said = full_disk(asked.hub, asked.wanted)
        needed = size(plan.bytes_to_fetch)
        text = f"{asked.wanted.model!r}: {needed} are to be downloaded and {size(free)} are free; {said}"
        raise HubError(text, kind="disk", model=asked.wanted.model)
