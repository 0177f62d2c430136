"""Download models: the registry says which id a model has on a hub, and which of its files are wanted."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Sequence
from typing import Any

from .. import hub
from ..errors import ArgumentError, HubError
from .hub_ids import registered_patterns, resolve_id, suggest_ids

__all__ = ["download_request", "plan_download", "safe_snapshot_download", "tokenizer_folder"]

# Other arguments of the hub's client.
_CLIENT_OPTIONS = (
    *("max_workers", "tqdm_class", "etag_timeout", "user_agent", "library_name", "library_version", "headers"),
    "force_download",
)


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
    """Return the folder of a model, after downloading what the cache lacks.

    A local folder is returned as it is:

    >>> import pathlib
    >>> pathlib.Path("my-model").mkdir()
    >>> safe_snapshot_download("my-model") == str(pathlib.Path("my-model").absolute())
    True

    A model that is cached completely needs no network. Downloads use the hub's own client, with its locks, retries
    and progress bars: several processes may ask for the same model at the same time.

    Args:
        model_id_or_path: The id of a model, `id:folder` for a folder of its repository, or the path of a local folder.
        revision: A branch, a tag or a commit; None for the registered one, else the default of the hub.
        download_model: Whether to download the weights. False adds all weights to the ignored files.
        use_hf: True for Hugging Face, False for ModelScope; None for the value of `USE_HF`, else Hugging Face.
        hub_token: Access token for private and gated models; None for the one that the hub's client has saved.
        ignore_patterns: Globs of files to skip; None for those registered with the model, else `IGNORE_PATTERNS`; an
            empty list to skip nothing.
        check_local: Whether to return a folder in the working directory that has the last part of the id as its name.
        allow_patterns: Globs of the only files to download; None for all files.
        cache_dir: The cache folder; None for the default of the hub's client.
        refresh: Whether to ask the hub for a newer commit even if the model is cached.
        **kwargs: Arguments of the hub's client: `max_workers`, `tqdm_class`, `etag_timeout`, `force_download`, ...

    Raises:
        ArgumentError: An argument is invalid.
        HubError: The model cannot be downloaded. `kind` says why, and the message what to do.
    """
    name = os.fspath(model_id_or_path)
    if not isinstance(name, str) or not name.strip():
        text = f"argument 'model_id_or_path': expected an id, such as 'Qwen/Qwen3-8B', or a folder, got {name!r}"
        raise ArgumentError(text, argument="model_id_or_path")
    if unknown := sorted(kwargs.keys() - set(_CLIENT_OPTIONS)):
        text = f"argument {unknown[0]!r}: unknown; other arguments are {', '.join(_CLIENT_OPTIONS)}"
        raise ArgumentError(text, argument=unknown[0])
    folder = hub.local_folder(name, check_local=check_local)
    if folder is not None:
        return folder
    cache = None if cache_dir is None else os.fspath(cache_dir)
    request = download_request(
        name, revision, download_model, use_hf, hub_token, ignore_patterns, allow_patterns, cache
    )
    return os.path.abspath(hub.download(request, refresh=refresh, **kwargs).folder)


def plan_download(
    model_id: str,
    revision: str | None = None,
    download_model: bool = True,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    ignore_patterns: Sequence[str] | str | None = None,
    allow_patterns: Sequence[str] | str | None = None,
    cache_dir: str | None = None,
) -> hub.Plan:
    """Return what `safe_snapshot_download` with these arguments would download. Nothing is downloaded.

    The hub is asked for its files; in offline mode, the listing in the cache is used.

    >>> plan_download("Qwen/Qwen3-8B").to_download  # doctest: +SKIP

    Raises:
        ArgumentError: An argument is invalid.
        HubError: The hub does not answer, or does not have the model.
    """
    return hub.plan(
        download_request(
            model_id, revision, download_model, use_hf, hub_token, ignore_patterns, allow_patterns, cache_dir
        )
    )


def tokenizer_folder(
    model_id: str, revision: str | None = None, use_hf: bool | None = None, hub_token: str | None = None
) -> str:
    """Return the folder with the tokenizer and the configuration of a model, downloaded if they are not cached.

    Raises:
        ArgumentError: An argument is invalid.
        HubError: The model cannot be downloaded.
    """
    request = download_request(model_id, revision, False, use_hf, hub_token, only_tokenizer=True)
    return os.path.abspath(hub.download(request, show_progress=False).folder)


def download_request(
    model_id: str,
    revision: str | None = None,
    download_model: bool = True,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    ignore_patterns: Sequence[str] | str | None = None,
    allow_patterns: Sequence[str] | str | None = None,
    cache_dir: str | None = None,
    only_tokenizer: bool = False,
) -> hub.DownloadRequest:
    """Return the request for a model: `model_id` is an id, or `id:folder`. No network is used.

    Raises:
        ArgumentError: An argument is invalid.
        HubError: The id is invalid, or only the other hub has the model.
    """
    hugging_face = hub.uses_hugging_face(use_hf)
    name, folder = hub.split_id(model_id)
    known, own_id = resolve_id(name, hugging_face=hugging_face)
    if known is not None and own_id is None:
        raise _only_on_the_other_hub(name, hub.get_hub(not hugging_face))
    own_id = own_id or name
    if revision is None and known is not None:
        revision = known.model.hf_revision if hugging_face else known.model.ms_revision
    ignore, allow = _globs("ignore_patterns", ignore_patterns), _globs("allow_patterns", allow_patterns)
    patterns = registered_patterns(name, known)
    if ignore is not None:
        patterns = hub.FilePatterns(ignore, source="ignore_patterns")
    return hub.make_request(
        f"{own_id}:{folder}" if folder else own_id,
        revision,
        use_hf=hugging_face,
        hub_token=hub_token,
        cache_dir=cache_dir,
        patterns=dataclasses.replace(patterns, allow=allow),
        with_weights=download_model,
        only_tokenizer=only_tokenizer,
        any_content=ignore is not None or allow is not None,
        suggest_ids=functools.partial(suggest_ids, own_id, hugging_face=hugging_face),
    )


def _only_on_the_other_hub(model_id: str, other: hub.Hub) -> HubError:
    text = f"{model_id!r} is only on {other.name}. Pass {other.argument}"
    return HubError(text, kind="unknown", model=model_id)


def _globs(argument: str, given: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    globs = (given,) if isinstance(given, str) else tuple(given)
    for glob in globs:
        if not isinstance(glob, str) or not glob:
            text = f"argument '{argument}': expected globs such as '*.pth' or 'onnx/*', got {glob!r}"
            raise ArgumentError(text, argument=argument)
    return globs
