"""`swiftcore download`: what it prints and fetches, from a hub on loopback."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import command, run, spawn, squeezed
from hub_server import TOKEN, Fault, Hub, held, serving

pytest.importorskip("huggingface_hub")

WEIGHTS = bytes(range(256)) * 400  # 102,400 bytes
FILES = {
    "config.json": b'{"model_type": "qwen3"}',
    "tokenizer.json": b'{"tokenizer": true}',
    "model.safetensors": WEIGHTS,
    "pytorch_model.pth": b"pth" * 10,
    "onnx/model.onnx": b"onnx" * 10,
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving({"mine/chat": dict(FILES)}, tmp_path, monkeypatch) as server:
        yield server


def test_what_would_be_fetched(hub, tmp_path):
    result = run("download", "mine/chat", "--dry-run")
    commit = hub.commit("mine/chat")
    assert (result.code, result.err) == (0, "")
    assert squeezed(result.out) == [
        "23 B config.json fetch",
        "19 B tokenizer.json fetch",
        "102.4 kB model.safetensors fetch",
        "30 B pytorch_model.pth left out: *.pth",
        "40 B onnx/model.onnx left out: onnx/*",
        f"mine/chat on Hugging Face, {commit}: 3 files (102.4 kB) to fetch; 2 files (70 B) left out",
        f"in {tmp_path}/hub/models--mine--chat/snapshots/{commit}",
    ]
    assert hub.sent() == 0
    assert not held(tmp_path / "hub")


def test_what_is_there_already(hub, monkeypatch):
    assert run("download", "mine/chat", "--no_download_model").code == 0
    hub.faults[:] = [Fault("break", "safetensors", 40_000, times=1), Fault("break", "safetensors", 0)]
    broken = run("download", "mine/chat")
    assert broken.code == 1
    assert "call it again" in broken.err
    hub.faults.clear()
    hub.forget()
    lines = squeezed(run("download", "mine/chat", "--dry_run").out)
    assert lines[:3] == [
        "102.4 kB model.safetensors fetch, 32.8 kB are there",
        "23 B config.json in the cache",
        "19 B tokenizer.json in the cache",
    ]
    assert "1 file (69.6 kB) to fetch; 2 files (42 B) in the cache; 2 files (70 B) left out" in lines[5]
    assert hub.sent() == 0
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.forget()
    assert run("download", "mine/chat", "--dry_run").out.count("in the cache") == 3
    assert hub.asked == []


def test_download_prints_the_folder(hub):
    first = run("download", "mine/chat")
    assert first.code == 0
    assert held(first.out.strip()) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert Path(first.out.strip(), "model.safetensors").read_bytes() == WEIGHTS
    assert re.fullmatch(r"3 files \(102.4 kB\) fetched; 2 files \(70 B\) left out; [\d.]+ s, .*B/s\n", first.err)
    hub.forget()
    again = run("download", "mine/chat")
    assert (again.code, again.out, again.err) == (0, first.out, "mine/chat is in the cache, whole\n")
    assert hub.asked == []
    assert run("download", "mine/chat", "--refresh").out == first.out
    assert hub.asked
    assert hub.sent() == 0


def test_which_files(hub, tmp_path):
    small = run("download", "mine/chat", "--no_download_model").out.strip()
    assert held(small) == {"config.json", "tokenizer.json"}
    where = ("--cache_dir", tmp_path / "other")
    some = run("download", "mine/chat", *where, "--ignore_patterns", "*.safetensors,onnx/*", "--revision", "v1")
    assert some.err.startswith("3 files (72 B) fetched; 2 files (102.4 kB) left out")
    assert held(some.out.strip()) == {"config.json", "tokenizer.json", "pytorch_model.pth"}
    assert Path(some.out.strip()).is_relative_to(tmp_path / "other")
    assert held(run("download", "mine/chat", *where, "--ignore_patterns", "").out.strip()) == set(FILES)
    one = run(
        "download", "mine/chat", "--cache_dir", tmp_path / "one", "--allow_patterns", "*.pth", "--ignore_patterns", ""
    )
    assert held(one.out.strip()) == {"pytorch_model.pth"}


@pytest.mark.parametrize("more", [("--dry_run",), ()])
def test_patterns_that_are_odd(hub, more):
    result = run("download", "mine/chat", *more, "--ignore_patterns", r".pth,.+\.onnx$,*.bin,(a|b)\.bin")
    assert result.code == 0
    warnings = [line.removeprefix("swiftcore: warning: ") for line in result.err.splitlines() if "warning" in line]
    regular = "looks like a regular expression"
    assert warnings == [
        "ignore_patterns: '.pth' matches no file; '*.pth' does",
        rf"ignore_patterns: '.+\\.onnx$' {regular}; patterns are globs, and it is taken for '*.onnx'",
        "ignore_patterns: '*.bin' matches no file",
        rf"ignore_patterns: '(a|b)\\.bin' {regular}; give a glob, such as '*.bin'",
        r"ignore_patterns: '(a|b)\\.bin' matches no file",
    ]
    assert hub.sent(".onnx") == 0


def test_an_id_of_the_other_hub(hub):
    hub.repositories["meta-llama/Llama-2-7b-hf"] = {**FILES, "pytorch_model.bin": b"bin"}
    result = run("download", "modelscope/Llama-2-7b-ms", "--dry_run")
    assert result.err == "modelscope/Llama-2-7b-ms is meta-llama/Llama-2-7b-hf on Hugging Face\n"
    assert "3 B pytorch_model.bin left out: *.bin" in squeezed(result.out)
    other = run("download", "iic/ModelScope-Agent-7B")
    assert other.code == 1
    assert "is known on ModelScope only; give use_hf=False (on the command line --no_use_hf)" in other.err


def test_how_it_ends(hub, tmp_path, monkeypatch):
    assert run("download").code == 2
    assert run("download", "mine/chat", "--allow_patterns", "").code == 2
    assert run("download", "mine/chat", "--revision", "../x").code == 2
    unknown = run("download", "Qwen3-8B")
    assert unknown.code == 1
    assert "did you mean 'Qwen/Qwen3-8B'" in unknown.err
    assert run("download", "./nowhere").code == 1
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    here = run("download", "here")
    assert (here.code, here.out) == (0, f"{tmp_path}/here\n")
    hub.gated.add("mine/chat")
    gated = run("download", "mine/chat", "--hub_token", "hf_another")
    assert gated.code == 1
    assert "hf_another" not in gated.out + gated.err
    assert run("download", "mine/chat", "--hub_token", TOKEN).code == 0


def test_a_process_says_no_more_than_the_command(hub):
    result = spawn("download", "mine/chat")
    assert result.code == 0
    assert len(result.err.splitlines()) == 1  # the client's own bars are for terminals
    hub.forget()
    lines = spawn("download", "mine/chat", "--progress", "--refresh")
    assert (lines.code, lines.out) == (0, result.out)


def test_bars_on_a_terminal(hub):
    hub.repositories["mine/chat"]["model.safetensors"] = bytes(3_000_000)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        command("download", "mine/chat"), stdout=subprocess.PIPE, stderr=theirs, stdin=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.stdout is not None
    assert Path(process.stdout.read().decode().strip()).is_dir()
    assert process.wait() == 0
    text = shown.decode()
    assert "mine/chat" in text
    assert "3.0/3.0 MB" in text
    assert "━" in text
    assert "3 files (3.0 MB) fetched" in text
