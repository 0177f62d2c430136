"""Importing ms-swift without what Python's collector would spend on it, then and whenever it runs later.

ms-swift, torch and transformers bring hundreds of thousands of objects, nearly all of which stay until the process
ends. Looking for garbage among them costs a third of a second each time, and more than a second at the end of the
process.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["without_collection"]

# torch's compiler loads Triton, which complains at the end about everything of its own that was not collected.
_COMPILER, _COMPLAINS = "torch._dynamo", "triton"
# What may be loaded before: parts of Python and of this package, and what installed packages run at every start.
_KNOWN = frozenset((*sys.stdlib_module_names, "swiftcore", "__main__", "__mp_main__"))
_AT_START = ("__editable__", "_distutils_hack", "_virtualenv", "sitecustomize", "usercustomize")


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Keeps the collector off, and what was imported out of its sight from then on (`gc.freeze`).

    The latter only where nothing but this has been imported before: objects of the user's own are collected at the end
    of the process as ever, files that they hold open are flushed.
    """
    was_on = gc.isenabled()
    gc.disable()
    watch = _Watch() if was_on and _is_early() else None
    if watch is not None:
        sys.meta_path.insert(0, watch)
    try:
        yield
        if watch is not None:
            watch.freeze()
    finally:
        if watch is not None and watch in sys.meta_path:
            sys.meta_path.remove(watch)
        if was_on:
            gc.enable()


class _Watch:
    """Freezes what there is before the first module is imported that has to be collected. It finds no modules."""

    def __init__(self) -> None:
        self._is_done = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Is asked for each module that is not there yet."""
        if name == _COMPILER:
            self.freeze()

    def freeze(self) -> None:
        """Freezes, once, unless it is too late."""
        if not self._is_done and _COMPLAINS not in sys.modules:
            gc.freeze()
            atexit.register(_thaw)
        self._is_done = True


def _thaw() -> None:
    """Has all collected at the end after all, where torch's process groups are open: their threads end with them."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        gc.unfreeze()


def _is_early() -> bool:
    """Whether nothing but Python and this package has been imported."""
    tops = {name.partition(".")[0] for name in sys.modules}
    return all(top in _KNOWN or top.startswith(_AT_START) for top in tops)
