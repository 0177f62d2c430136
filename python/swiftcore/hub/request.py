"""Make the request for a download: check the id, the revision, the token and the patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..errors import ArgumentError, HubError
from .failures import check_token
from .patterns import NOT_TOKENIZER, TOKENIZER, WEIGHTS, FilePatterns
from .select import get_hub
from .types import DownloadRequest, Hub, RepoRef

__all__ = ["make_request", "split_id"]

_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?", re.ASCII)


def split_id(model_id: str) -> tuple[str, str]:
    """Return the id and the folder of `id:folder`; the folder is empty if there is none.

    >>> split_id("me/steps:step-5"), split_id("Qwen/Qwen3-8B")
    (('me/steps', 'step-5'), ('Qwen/Qwen3-8B', ''))

    Raises:
        HubError: It is not a valid id.
    """
    name, _, folder = model_id.partition(":")
    folder = folder.strip("/")
    if not _ID.fullmatch(name) or ".." in folder.split("/"):
        text = f"{model_id!r} is not a valid model id; expected one such as 'Qwen/Qwen3-8B', or an existing folder"
        raise HubError(text, kind="unknown", model=model_id)
    return name, folder


def make_request(
    model_id: str,
    revision: str | None = None,
    *,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    cache_dir: str | None = None,
    patterns: FilePatterns = FilePatterns(),  # noqa: B008 (frozen)
    with_weights: bool = True,
    only_tokenizer: bool = False,
    any_content: bool = False,
    suggest_ids: Callable[[], Sequence[str]] = tuple,
) -> DownloadRequest:
    """Return the request for a repository, `id` or `id:folder`. No network is used.

    Args:
        model_id: The id on the hub that is asked, or `id:folder` for a folder of the repository.
        revision: A branch, a tag or a commit; None for the default of the hub.
        use_hf: True for Hugging Face, False for ModelScope; None for the value of `USE_HF`, else Hugging Face.
        hub_token: The access token; None for the one that the hub's client has saved.
        cache_dir: The cache folder; None for the default of the hub's client.
        patterns: The files to download.
        with_weights: Whether to download weights.
        only_tokenizer: Whether to download nothing but the tokenizer and the configuration.
        any_content: Whether to accept a repository without a configuration.
        suggest_ids: A function that returns ids similar to an unknown one.

    Raises:
        ArgumentError: An argument is invalid.
        HubError: The id is not valid.
    """
    hub = get_hub(use_hf)
    name, folder = split_id(model_id)
    inside = f"{folder}/" if folder else ""
    allow, also_ignore = patterns.allow, patterns.also_ignore
    if folder:
        allow = (inside + "*",)
    if only_tokenizer:
        allow = tuple(inside + pattern for pattern in TOKENIZER)
        also_ignore += tuple(inside + pattern for pattern in NOT_TOKENIZER)
    if only_tokenizer or not with_weights:
        also_ignore += WEIGHTS
    return DownloadRequest(
        hub=hub,
        ref=RepoRef(name, _revision(hub, revision), check_token(hub_token), cache_dir),
        patterns=FilePatterns(patterns.ignore, allow, also_ignore, patterns.source),
        needs_weights=with_weights and not only_tokenizer,
        only_tokenizer=only_tokenizer,
        any_content=any_content or bool(folder),
        folder=folder,
        suggest_ids=suggest_ids,
    )


def _revision(hub: Hub, revision: str | None) -> str:
    if revision in (None, "main", "master"):  # the default branch of one hub means that of the other
        return hub.default_revision
    if not isinstance(revision, str) or not revision.strip("/") or ".." in revision.split("/"):
        text = f"argument 'revision': expected a branch, a tag or a commit, got {revision!r}"
        raise ArgumentError(text, argument="revision")
    return revision.strip("/")
