"""Arguments that nobody knows, and the nearest that somebody does."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import ArgumentError

__all__ = ["refuse_unknown"]


def refuse_unknown(names: Iterable[str], function: Callable[..., Any]) -> None:
    """Refuses arguments that a function does not name.

    >>> refuse_unknown(["atn_impl"], lambda model, *, attn_impl=None: None)
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'atn_impl': is unknown; did you mean 'attn_impl'?

    Raises:
        ArgumentError: It names the nearest one that is known.
    """
    parameters = inspect.signature(function).parameters.values()
    known = [each.name for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise ArgumentError(f"argument '{name}': is unknown; {hint}", argument=name)
