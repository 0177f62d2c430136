"""Outputs that are not files: standard output, pipes and devices are written through, and never replaced."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cli_support import TEMPLATE, command, run, spawn, talk, write

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


# Standard streams that are closed


def closed(descriptors: list[int], *arguments: object) -> tuple[int, str, str]:
    """Run the command with some of its standard streams closed."""
    names = " ".join({0: "<&-", 1: ">&-", 2: "2>&-"}[one] for one in descriptors)
    done = subprocess.run(
        ["sh", "-c", f'"$@" {names}', "sh", *command(*arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("descriptors", [[1], [2], [1, 2], [0, 1, 2]])
def test_closed_streams_are_no_reason_to_fail(tmp_path: Path, source: Path, descriptors: list[int]) -> None:
    out = tmp_path / "out.jsonl"
    code, _, err = closed(descriptors, "encode", source, "-o", out, *TEMPLATE, "--max_refused", "1")
    assert (code, "Traceback" in err, len(out.read_text().splitlines())) == (0, False, 2)
    code, _, err = closed(descriptors, "encode", source, "-o", out, *TEMPLATE)
    assert (code, "Traceback" in err) == (1, False)
    assert closed(descriptors, "templates", "qwen3")[0] == 0
    assert closed(descriptors, "encode", source, "--mode", "trian", "-o", tmp_path / "x.jsonl", *TEMPLATE)[0] == 2


def test_a_closed_stream_cannot_be_read_or_written(tmp_path: Path, source: Path) -> None:
    code, _, err = closed([1], "encode", source, "-o", "-", *TEMPLATE)
    assert (code, err) == (2, "swiftcore: usage: -o -: standard output is closed; give a file\n")
    code, _, err = closed([0], "encode", "-", "-o", tmp_path / "out.jsonl", *TEMPLATE)
    assert (code, err) == (2, "swiftcore: usage: -: standard input is closed; give a file\n")


# Arguments in another encoding


def test_names_of_files_in_another_encoding(tmp_path: Path, source: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    out = os.fsencode(tmp_path) + b"/o\xfft.jsonl"
    os.rename(source, odd)
    base = [os.fsencode(one) for one in command("encode")]
    options = [os.fsencode(one) for one in TEMPLATE]
    done = subprocess.run([*base, odd, b"-o", out, *options], capture_output=True, check=False)
    assert done.returncode == 3
    assert os.path.exists(out)
    assert os.path.exists(out + b".refused.jsonl")
    done = subprocess.run([*base, odd[:-1], b"-o", out, *options, b"--overwrite"], capture_output=True, check=False)
    assert (done.returncode, b"No such file" in done.stderr) == (1, True)
    for option in (b"--keep_columns", b"--template", b"--mode", b"--shape", b"--loss_scale", b"--system", b"--columns"):
        arguments = [*base, odd, b"-o", out, b"--overwrite", *options, option, b"x=\xff"]
        done = subprocess.run(arguments, capture_output=True, check=False)
        assert (done.returncode, b"Traceback" in done.stderr) == (2, False), done.stderr


# Outputs that are not complete


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".part"))


@pytest.mark.parametrize("name", ["out.jsonl", "out"])
def test_what_a_killed_process_left_is_removed(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    row = json.dumps({"messages": talk()}) + "\n"
    with subprocess.Popen(
        command("encode", "-", "-o", out, *TEMPLATE), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        deadline = time.monotonic() + 60
        while not parts(tmp_path):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (first,) = parts(tmp_path)
        # Another process leaves a part alone that is being written.
        time.sleep(1)
        other = spawn("encode", "-", "-o", out, *TEMPLATE, stdin=row.encode())
        assert (other.code, parts(tmp_path)) == (0, [first])
        assert str(process.pid) not in first
        process.kill()
    (shutil.rmtree if out.is_dir() else os.remove)(out)
    assert parts(tmp_path) == [first]
    assert spawn("encode", "-", "-o", out, *TEMPLATE, stdin=row.encode()).code == 0
    assert parts(tmp_path) == []


def test_refused_rows_may_go_to_a_device(tmp_path: Path, source: Path) -> None:
    device = tmp_path / "null"
    device.symlink_to(os.devnull)
    result = run("encode", source, "-o", tmp_path / "out.jsonl", *TEMPLATE, "--refused_path", device)
    assert result.code == 3
    assert stat.S_ISCHR(device.stat().st_mode)
