"""Outputs that are not files: standard output, pipes and devices are written through, and never replaced."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cli_support import TEMPLATE, command, run, talk, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of Unix")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(write(tmp_path / "in.jsonl", [{"messages": talk()}, {"messages": talk()}, {"messages": []}]))


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output(tmp_path: Path, source: Path, name: str) -> None:
    done = subprocess.run(
        command("encode", source, "-o", name, *TEMPLATE), capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 3
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 2
    assert rows[0]["input_ids"] == rows[1]["input_ids"] != []
    assert "rows refused" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_standard_output_in_another_format(tmp_path: Path, source: Path) -> None:
    arrow = pytest.importorskip("pyarrow.ipc")
    with open(tmp_path / "out.arrow", "wb") as file:
        arguments = command("encode", source, "-o", "-", "--format", "arrow", *TEMPLATE)
        done = subprocess.run(arguments, stdout=file, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3
    assert arrow.open_file(tmp_path / "out.arrow").read_all().num_rows == 2


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_pipe_is_written_through(tmp_path: Path, source: Path, overwrite: list[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.extend(pipe.read_text().splitlines()))
    reader.start()
    result = run("encode", source, "-o", pipe, *TEMPLATE, *overwrite)
    reader.join(timeout=20)
    assert result.code == 3
    assert len(found) == 2
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_device_stays(tmp_path: Path, source: Path, overwrite: list[str]) -> None:
    # A link, so that nothing is lost where this fails.
    device = tmp_path / "null"
    device.symlink_to(os.devnull)
    assert run("encode", source, "-o", device, *TEMPLATE, *overwrite).code == 3
    assert device.is_symlink()
    assert stat.S_ISCHR(device.stat().st_mode)


def test_anything_else_is_refused(tmp_path: Path, source: Path) -> None:
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        result = run("encode", source, "-o", place, *TEMPLATE, "--overwrite")
    assert result.code == 1
    assert "is neither a file, a folder nor a pipe; give another output" in result.err
    result = run("encode", source, "-o", "-", "--format", "datasets", *TEMPLATE)
    assert (result.code, "is not a place for a folder" in result.err) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "socket"]
