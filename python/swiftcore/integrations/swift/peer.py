"""Where ms-swift keeps what is asked of it, in its version 4 and in 3; and which versions were tested."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..._require import require
from ...errors import ArgumentError

__all__ = ["PACKAGES", "TESTED", "Peer", "peer_of", "peer_with"]

TESTED = [("3.12.6", "3.13"), ("4.6", "4.7")]

# The package of templates in version 4, and in 3.
PACKAGES = ("swift.template", "swift.llm.template")


class Peer:
    """The ms-swift that a template comes from.

    Attributes:
        base: Its class `Template`.
        encode: Its `Template.encode`, as it was before anything was put in its place.
        is_version3: Whether it is version 3.
    """

    def __init__(self, base: type[Any]) -> None:
        self.base = base
        self.encode: Callable[..., Any] = base.encode
        self._package = base.__module__.rpartition(".")[0]
        self.is_version3 = self._package == PACKAGES[1]

    @property
    def registry(self) -> Mapping[str, Any]:
        """Its templates by their types, those that the user registered among them."""
        registry: Mapping[str, Any] = sys.modules[f"{self._package}.register"].TEMPLATE_MAPPING
        return registry

    @property
    def max_length_error(self) -> type[Exception]:
        """What it raises for a row that is too long."""
        error: type[Exception] = sys.modules[self.base.__module__].MaxLengthError
        return error

    @property
    def logger(self) -> Any:
        """What it logs with."""
        return sys.modules[self.base.__module__].logger

    def is_own(self, cls: type[Any]) -> bool:
        """Whether a class is one that ms-swift brings, and not the user's."""
        return cls.__module__ == self._package or cls.__module__.startswith(f"{self._package}.")


@cache
def peer_with(base: type[Any]) -> Peer:
    """The ms-swift whose `Template` is `base`: once, as long as that is as it came."""
    require("ms-swift", "swiftcore.integrations.swift", TESTED, module="swift")
    return Peer(base)


def peer_of(template: Any) -> Peer:
    """The ms-swift that a template comes from.

    Raises:
        ArgumentError: It is no template of ms-swift.
    """
    for cls in type(template).__mro__:
        if cls.__name__ == "Template" and cls.__module__ in tuple(f"{package}.base" for package in PACKAGES):
            return peer_with(cls)
    raise ArgumentError(
        f"accelerate takes a template of ms-swift, as its get_template makes it; got {type(template).__name__}",
        argument="template",
    )
