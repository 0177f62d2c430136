"""Importing ms-swift by way of swiftcore: what stays is out of the collector's sight, and nothing else is different."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

AUTO = "import swiftcore.integrations.swift.auto\n"
FROZEN = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)\n"
# A module of the user's with a file that is written when the module goes: it is in a cycle with what it defines.
HELPER = """
file = open("left_open.txt", "w")
file.write("all of it")
def write(text):
    file.write(text)
"""


def run(code: str, place: Path) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_out_of_sight(tmp_path: Path) -> None:
    out, err = run(f"{AUTO}{FROZEN}from swift.template import get_template; print(get_template.__name__)", tmp_path)
    assert out.split() == ["True", "True", "get_template"]
    assert "nanobind" not in err


@pytest.mark.parametrize("first", [True, False])
def test_files_that_modules_hold_open_are_written(tmp_path: Path, first: bool) -> None:
    (tmp_path / "helper.py").write_text(HELPER)
    code = f"{AUTO}import helper\n" if first else f"import helper\n{AUTO}"
    out, _ = run(f"{code}{FROZEN}helper.write(' and more')", tmp_path)
    assert out.split() == ["True", str(first)]
    assert (tmp_path / "left_open.txt").read_text() == "all of it and more"


def test_a_collector_that_is_off_stays_off(tmp_path: Path) -> None:
    out, _ = run(f"import gc; gc.disable()\n{AUTO}{FROZEN}", tmp_path)
    assert out.split() == ["False", "False"]


@pytest.mark.parametrize("closed", [True, False])
def test_process_groups_end_as_ever(tmp_path: Path, closed: bool) -> None:
    code = f"""
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # the last to run
{AUTO}
import torch.distributed as distributed
distributed.init_process_group("gloo", init_method="file://{tmp_path}/store", rank=0, world_size=1)
if {closed}:
    distributed.destroy_process_group()
"""
    out, _ = run(code, tmp_path)
    assert out.split() == [str(closed)]


def test_a_version_that_was_not_tested(tmp_path: Path) -> None:
    code = """
import importlib.metadata as metadata
told = metadata.version
metadata.version = lambda name: "5.0.1" if name == "ms-swift" else told(name)
"""
    _, err = run(f"{code}{AUTO}", tmp_path)
    assert "auto was not tested with ms-swift 5.0.1; if it fails, pip install 'ms-swift>=4.6,<4.7'" in err
