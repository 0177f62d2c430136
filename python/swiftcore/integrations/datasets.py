"""swiftcore inside `datasets`: a map's cache is found again, and found stale, by what a template comes down to.

Nothing needs to be called: `Template.map_rows` sees to it. `datasets` is not imported here.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["register"]


def register() -> None:
    """Tells `datasets`, where it is loaded, that `Template.map_rows` is hashed by `Template.fingerprint`.

    Without it a cache is found again too, but not where the tokenizer has moved.

    >>> register()
    """
    from ..template.map_rows import MapRows

    pickler = sys.modules.get("datasets.utils._dill")
    known = getattr(getattr(pickler, "Pickler", None), "dispatch", None)
    if pickler is None or known is None or MapRows in known or not hasattr(pickler, "pklregister"):
        return

    @pickler.pklregister(MapRows)  # type: ignore[untyped-decorator]
    def save(pickler: Any, function: MapRows) -> None:
        pickler.save_reduce(str, (f"swiftcore {function.template.fingerprint}",), obj=function)
