"""The examples of docs/integrations.md do what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import swiftcore.integrations.swift.auto as auto
from swift_support import ROOT, SHARED, packaged

BLOCK = re.compile(r"^```py\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_examples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = packaged() if SHARED is None else SHARED / "tokenizers" / "qwen3"
    (tmp_path / "Qwen3-0.6B").symlink_to(place)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    blocks = BLOCK.findall((ROOT / "docs" / "integrations.md").read_text("utf-8"))
    try:
        for block in blocks:
            exec(block, namespace)
    finally:
        auto.disable()
    assert len(blocks) == 2
    shown = re.findall(r"print\(.*\)  # (.*)", blocks[0])
    assert shown
    assert shown == [line for line in capsys.readouterr().out.splitlines() if line.startswith("Counts(")]
