"""What is taken for the id of a model on a hub, and what is said of a name that stands for nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, TypeGuard

from ..errors import TokenizerError
from .packaged import PACKAGED

__all__ = ["looks_like_id", "nothing_there"]

# `organisation/name`, and for a folder in it `organisation/name:folder`.
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(?::[\w./-]+)?", re.ASCII)


def looks_like_id(given: Any) -> TypeGuard[str]:
    """Whether a text is an id on a hub, and no path of anything that is here.

    >>> looks_like_id("Qwen/Qwen3-8B"), looks_like_id("./Qwen3-8B"), looks_like_id("Qwen3-8B")
    (True, False, False)
    """
    if not isinstance(given, str) or _ID.fullmatch(given) is None or given.endswith((".json", "/", ".")):
        return False
    return given not in PACKAGED and not os.path.exists(given) and not os.path.exists(given.replace(":", "/", 1))


def nothing_there(path: str | os.PathLike[str], similar_ids: Sequence[str] = ()) -> TokenizerError:
    """Return the error for a name that is neither an existing path, a packaged tokenizer nor an id."""
    name = os.fspath(path)
    meant = f" (did you mean {' or '.join(map(repr, similar_ids))}?)" if similar_ids else ""
    return TokenizerError(
        f"tokenizer: there is no {name!r}{meant}; give a folder with a tokenizer.json, such a file, a model's "
        "id such as 'Qwen/Qwen3-8B', a transformers tokenizer, or the name of a packaged one "
        f"({', '.join(PACKAGED)})"
    )
