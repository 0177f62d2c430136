"""A dict that fills itself when it is first used: the built-in entries of a registry cost nothing until then."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

__all__ = ["LOCK", "LazyMapping"]

Value = TypeVar("Value")

# Guards what takes more than one step. Never held while a module is imported, as imports hold locks too.
LOCK = threading.RLock()


class LazyMapping(dict[str, Value]):
    """A dict that takes its first entries from `load` when it is first used, and is an ordinary dict from then on.

    Copies and pickles of it are plain dicts.

    >>> mapping = LazyMapping(lambda: {"one": 1})
    >>> list(mapping)
    ['one']
    """

    __slots__ = ("_load",)

    def __init__(self, load: Callable[[], Mapping[str, Value]] | None = None) -> None:
        super().__init__()
        self._load = load

    def _fill(self) -> None:
        load = self._load
        if load is None:
            return
        entries = load()
        with LOCK:
            if self._load is not None:  # else another thread was faster
                dict.update(self, entries)
                self._load = None

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _filled_first(method: Any) -> Any:
    @functools.wraps(method)
    def call(self: LazyMapping[Any], *args: Any, **kwargs: Any) -> Any:
        self._fill()
        return method(self, *args, **kwargs)

    return call


for _name in (
    *("__contains__", "__delitem__", "__eq__", "__getitem__", "__ior__", "__iter__", "__len__", "__ne__"),
    *("__or__", "__repr__", "__reversed__", "__ror__", "__setitem__", "clear", "copy", "get", "items"),
    *("keys", "pop", "popitem", "setdefault", "update", "values"),
):
    setattr(LazyMapping, _name, _filled_first(getattr(dict, _name)))
