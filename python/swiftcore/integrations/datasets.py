"""swiftcore inside `datasets`: a map's cache is found again, and found stale, by what a template comes down to.

Nothing needs to be called: `Template.map_rows` sees to it. `datasets` is not imported here.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["register"]


def register(cls: type) -> None:
    """Make `datasets`, if it is loaded, hash functions of type `cls` by their `template.fingerprint`.

    Without this a cache is found again too, but not if the tokenizer has been moved.

    >>> class Function:
    ...     template = None
    >>> register(Function)
    """
    pickler = sys.modules.get("datasets.utils._dill")
    known = getattr(getattr(pickler, "Pickler", None), "dispatch", None)
    if pickler is None or known is None or cls in known or not hasattr(pickler, "pklregister"):
        return

    @pickler.pklregister(cls)  # type: ignore[untyped-decorator]
    def save(pickler: Any, function: Any) -> None:
        pickler.save_reduce(str, (f"swiftcore {function.template.fingerprint}",), obj=function)
