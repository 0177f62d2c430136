"""The integration of ms-swift where ms-swift is not installed; with it, tests/integrations/swift runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from swiftcore import ArgumentError
from swiftcore.integrations.swift import Counts, accelerate


def test_what_is_no_template_of_ms_swift_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="takes a template of ms-swift.*got dict"):
        accelerate({})


def test_counts_say_how_many_and_why() -> None:
    counts = Counts()
    counts.native += 3
    counts.handed["media"] += 2
    counts.handed["tools"] += 1
    assert counts.total == 6
    assert repr(counts) == "Counts(6 rows: 3 native, 3 by ms-swift (media 2, tools 1))"


def test_the_one_line_says_what_to_install() -> None:
    code = """
import gc, sys
sys.modules["swift"] = None
finders = list(sys.meta_path)
try:
    import swiftcore.integrations.swift.auto
except ImportError as error:
    print(error)
print(gc.isenabled(), gc.get_freeze_count(), sys.meta_path == finders)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, state = done.stdout.splitlines()
    assert said.startswith("swiftcore.integrations.swift.auto needs ms-swift, which is not installed: pip install 'ms-")
    assert "'ms-swift>=4.6,<4.7'" in said
    assert state == "True 0 True"
