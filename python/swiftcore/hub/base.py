"""What a hub does, and which one is asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..errors import ArgumentError
from .listing import File, Listing
from .watch import Watch

__all__ = ["Hub", "Wanted", "get_hub", "uses_hugging_face"]


@dataclass(frozen=True)
class Wanted:
    """A model at a revision, on a hub.

    Attributes:
        model: Its id there.
        revision: A branch, a tag or a commit, as the hub names them.
        token: What opens private ones; None for what the hub's client has saved.
        cache_dir: Where the hub's client keeps models; None for where it does of its own.
    """

    model: str
    revision: str
    token: str | None = None
    cache_dir: str | None = None

    def __repr__(self) -> str:
        return f"Wanted({self.model!r}, {self.revision!r})"


class Hub(Protocol):
    """A hub, through its client."""

    name: str
    argument: str

    @property
    def default_revision(self) -> str:
        """The revision of those who name none."""

    def offline(self) -> bool:
        """Whether the environment says that no network is to be touched."""

    def check(self) -> None:
        """Raises a `HubError` where the hub's client is not installed."""

    def listing(self, wanted: Wanted) -> Listing:
        """What the hub has. Touches the network."""

    def kept(self, wanted: Wanted) -> tuple[Path | None, Listing | None]:
        """The folder that the cache has, whole or not, and what is recorded of it. Touches no network."""

    def folder(self, wanted: Wanted, commit: str) -> Path:
        """Where the files of a commit are, or will be."""

    def begun(self, wanted: Wanted, file: File) -> int:
        """How many bytes of a file are there that a download which was cut off left, and the next one goes on from."""

    def fetch(
        self, wanted: Wanted, commit: str, files: Sequence[File], watch: Watch | None, **options: Any
    ) -> tuple[Path, set[str]]:
        """Downloads files, with the client's progress bars where nobody else looks on.

        Says where they are, and the paths of those whose digests it has checked.
        """

    def record(self, wanted: Wanted, listing: Listing, *, done: bool) -> None:
        """Keeps what is known; `done` makes this commit the one that the revision stands for."""

    def remove(self, wanted: Wanted, commit: str, path: str) -> None:
        """Takes a file out of the cache."""

    def lock(self, wanted: Wanted) -> Path:
        """The file that a process locks while it downloads a model."""

    def place(self, wanted: Wanted) -> Path:
        """The folder that downloads go to, to measure the space on its disk."""


_TRUE, _FALSE = ("1", "true", "yes", "on", "y", "t"), ("0", "false", "no", "off", "n", "f")


def uses_hugging_face(use_hf: bool | None = None) -> bool:
    """Whether Hugging Face is asked: what `use_hf` says, else `USE_HF`, else yes.

    >>> uses_hugging_face(False), uses_hugging_face(True)
    (False, True)

    Raises:
        ArgumentError: `USE_HF` says neither.
    """
    if use_hf is not None:
        return bool(use_hf)
    said = os.environ.get("USE_HF", "").strip().lower()
    if said and said not in _TRUE + _FALSE:
        text = f"argument 'use_hf': the environment says USE_HF={said!r}; 1 is Hugging Face, 0 is ModelScope"
        raise ArgumentError(text, argument="use_hf")
    return said not in _FALSE


def get_hub(use_hf: bool | None = None) -> Hub:
    """The hub that is asked: Hugging Face, unless `use_hf` or the environment's `USE_HF` say otherwise.

    ms-swift asks ModelScope where nothing is said.

    >>> get_hub(use_hf=True).name, get_hub(use_hf=False).name
    ('Hugging Face', 'ModelScope')
    """
    if uses_hugging_face(use_hf):
        from .huggingface import HFHub

        return HFHub()
    from .modelscope import MSHub

    return MSHub()
