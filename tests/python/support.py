"""What tests build their inputs with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path | None:
    """The folder of shared reference data, where it is there."""
    named = os.environ.get("SWIFTCORE_SHARED")
    place = Path(named) if named else ROOT.parent / "shared"
    return place if (place / "conformance").is_dir() else None


def row(*texts: str | list[int], system: str | None = None, **fields: Any) -> dict[str, Any]:
    """A row in which user and assistant take turns."""
    messages = [] if system is None else [{"role": "system", "content": system}]
    roles = ("user", "assistant")
    messages += [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"messages": messages, **fields}
