"""Types shared by the hubs and the code that calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from .patterns import FilePatterns

__all__ = ["DownloadRequest", "Failure", "File", "Hub", "Listing", "RepoRef", "Snapshot"]


@dataclass(frozen=True)
class RepoRef:
    """A repository at a revision.

    Attributes:
        model_id: The id on the hub, such as `Qwen/Qwen3-8B`.
        revision: A branch, a tag or a commit.
        token: The access token; None for the one that the hub's client has saved.
        cache_dir: The cache folder; None for the default of the hub's client.
    """

    model_id: str
    revision: str
    token: str | None = field(default=None, repr=False)
    cache_dir: str | None = None


class File(NamedTuple):
    """A file of a repository.

    Attributes:
        path: The path in the repository, with `/` between folders.
        size: The size in bytes; None if the hub does not say.
        blob_id: The name of the content in Hugging Face's cache; None if the hub does not say.
    """

    path: str
    size: int | None = None
    blob_id: str | None = None


class Listing(NamedTuple):
    """The files of a repository at a commit. ModelScope has no commits: `commit` is then the revision."""

    commit: str
    files: tuple[File, ...]


class Snapshot(NamedTuple):
    """A folder in the cache, and the listing of its repository, if that is recorded."""

    folder: Path
    listing: Listing | None


class Failure(NamedTuple):
    """The `kind` of the `HubError` that an exception of a client becomes, and the HTTP status, if there is one."""

    kind: str
    status: int | None = None


class Hub(Protocol):
    """A hub, through its client.

    Attributes:
        name: The name for messages.
        argument: The argument that selects this hub.
        default_revision: The revision of requests that name none.
        cache_variable: The environment variable that moves the cache.
        login_hint: Ways to supply an access token, for messages.
    """

    name: str
    argument: str
    default_revision: str
    cache_variable: str
    login_hint: str

    def is_offline(self) -> bool:
        """Return whether the environment forbids network access."""

    def cache_folder(self, ref: RepoRef) -> Path:
        """Return the folder that downloads go to."""

    def snapshot_folder(self, ref: RepoRef, commit: str) -> Path:
        """Return the folder in which the files of a commit are, or will be."""

    def snapshots(self, ref: RepoRef, *, any_commit: bool = False) -> Iterator[Snapshot]:
        """Yield the cached snapshots of a revision, without network access.

        With `any_commit`, yield every commit, newest first, if the cache does not record the default revision.
        """

    def list_files(self, ref: RepoRef) -> Listing:
        """Ask the hub for the commit and the files of a revision."""

    def partial_bytes(self, ref: RepoRef, file: File) -> int:
        """Return how many bytes of a file an interrupted download has left for the client to resume."""

    def download(
        self, ref: RepoRef, listing: Listing, files: Sequence[File], show_progress: bool, options: Mapping[str, Any]
    ) -> Path:
        """Download some files of a listing to the cache, and return the folder of the snapshot."""

    def record(self, ref: RepoRef, listing: Listing, folder: Path) -> None:
        """Record that a download is complete, so that `snapshots` yields it for its revision."""

    def classify(self, error: BaseException) -> Failure | None:
        """Return what an exception of the client means; None for an exception that is not the client's."""


@dataclass(frozen=True)
class DownloadRequest:
    """A repository, and the files of it to download.

    Attributes:
        hub: The hub to ask.
        ref: The repository and the revision.
        patterns: The files to download.
        needs_weights: Whether a snapshot without weights is incomplete.
        only_tokenizer: Whether a tokenizer suffices: a repository needs no `config.json` then.
        any_content: Whether a repository without a configuration is accepted, because the caller chose the files.
        folder: The folder of the repository to return; empty for all of it.
        suggest_ids: A function that returns ids similar to an unknown one.
    """

    hub: Hub
    ref: RepoRef
    patterns: FilePatterns = FilePatterns()
    needs_weights: bool = True
    only_tokenizer: bool = False
    any_content: bool = False
    folder: str = ""
    suggest_ids: Callable[[], Sequence[str]] = tuple
