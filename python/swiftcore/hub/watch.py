"""Who looks on while a model is downloaded: told of the plan, and of each file how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["Watch", "bars"]


class Watch:
    """Looks on, and shows nothing. Methods are called from several threads.

    >>> watch = Watch()
    >>> watch.moved("model.safetensors", 40_000, 102_400)
    """

    def planned(self, plan: Plan) -> None:
        """What is going to be fetched, before the first byte is."""

    def moved(self, path: str, done: int, size: int | None) -> None:
        """How many bytes of a file are there, of how many."""


def bars(watch: Watch, path: str, size: int | None) -> Any:
    """The class of progress bars that a client is to make for a file: they show nothing, and tell `watch`."""
    from tqdm.std import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(disable=True)
            self.n = int(keywords.get("initial") or 0)
            watch.moved(path, self.n, size)

        def update(self, n: float | None = 1) -> None:
            self.n += int(n or 0)
            watch.moved(path, self.n, size)

        def update_transfer(self, n: float | None = 1) -> None:
            """What came over the network, where that is not what is written: one bar shows both."""

        def set_transfer_postfix_str(self, *arguments: Any, **keywords: Any) -> None:
            pass

    return Bar
