"""The rows that are timed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("SWIFTCORE_SHARED", ROOT.parent / "shared"))

Rows = list[dict[str, Any]]


def default_rows() -> Path:
    """The real conversations beside the repository where they are, else those in it."""
    found = SHARED / "data" / "chat.jsonl"
    return found if found.exists() else ROOT / "examples" / "chat.jsonl"


def read_rows(file: Path) -> Rows:
    """The messages of the rows that call no tools."""
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [{"messages": row["messages"]} for row in rows if not row.get("tools")]
