"""The stubs say what the built module is, and the package is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from support import ROOT

pytest.importorskip("mypy")


def mypy(*arguments: str) -> str:
    environment = {**os.environ, "MYPYPATH": str(ROOT / "python")}
    ran = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def test_the_stubs_are_those_of_the_built_module() -> None:
    allowed = str(ROOT / "tests/fixtures/stubtest.allow")
    options = ("--allowlist", allowed, "--ignore-unused-allowlist")
    assert mypy("mypy.stubtest", "swiftcore._native", *options) == ""


def test_the_package_is_typed() -> None:
    assert mypy("mypy", "--strict", "--package", "swiftcore") == ""


def test_the_stubs_name_everything_there_is() -> None:
    from swiftcore import _native

    stubs = (ROOT / "python/swiftcore/_native.pyi").read_text("utf-8")
    public = {name for name in vars(_native) if not name.startswith("_")}
    assert public == set(re.findall(r"^(?:class|def) (\w+)", stubs, re.MULTILINE))
