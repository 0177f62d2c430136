"""A panic reaches Python as `swiftcore.InternalError`, whatever function it happens in."""

from __future__ import annotations

import re

import pytest
from support import ROOT

SOURCES = sorted((ROOT / "rust/py/src").glob("*.rs"))

# What pyo3 makes callable from Python.
ENTRY = re.compile(r"^\s*#\[(pymethods|pyfunction|pymodule_init)\b", re.MULTILINE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_everything_that_python_calls_is_guarded(path) -> None:
    source = path.read_text("utf-8")
    for entry in ENTRY.finditer(source):
        line = source.count("\n", 0, entry.start(1)) + 1
        if entry[1] == "pymodule_init":
            body = source[entry.end() :].split("{", 1)[1].lstrip()
            assert body.startswith("crate::errors::guard("), f"{path.name}:{line}: wrap the body in errors::guard"
        else:
            before = source[: entry.start()].rstrip().rsplit("\n", 1)[-1].strip()
            assert before == "#[guarded]", f"{path.name}:{line}: put #[guarded] before #[{entry[1]}]"


def test_there_are_entries_to_look_at() -> None:
    found = [entry[1] for path in SOURCES for entry in ENTRY.finditer(path.read_text("utf-8"))]
    assert found.count("pymethods") > 10 and found.count("pyfunction") > 3
    assert found.count("pymodule_init") == 1
