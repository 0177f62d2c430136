"""`swiftcore download`: what it prints and downloads, from a hub on loopback."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import termios
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
        "23 bytes config.json download",
        "19 bytes tokenizer.json download",
        "102.4 kB model.safetensors download",
        "30 bytes pytorch_model.pth ignored: *.pth",
        "40 bytes onnx/model.onnx ignored: onnx/*",
        f"mine/chat on Hugging Face, {commit}: 3 files (102.4 kB) to download; 2 files (70 bytes) ignored",
        f"in {tmp_path}/hub/models--mine--chat/snapshots/{commit}",
    ]
    assert hub.sent() == 0
    assert not held(tmp_path / "hub")


def test_files_that_are_cached(hub, monkeypatch):
    assert run("download", "mine/chat", "--no_download_model").code == 0
    hub.faults[:] = [Fault("break", "safetensors", 40_000, times=1), Fault("break", "safetensors", 0)]
    broken = run("download", "mine/chat")
    assert broken.code == 1
    assert "run it again to fetch the rest" in broken.err
    hub.faults.clear()
    hub.forget()
    lines = squeezed(run("download", "mine/chat", "--dry_run").out)
    assert lines[0].startswith("102.4 kB model.safetensors download")
    assert lines[1:3] == ["23 bytes config.json cached", "19 bytes tokenizer.json cached"]
    totals = r"1 file \(.* kB\) to download; 2 files \(42 bytes\) cached; 2 files \(70 bytes\) ignored"
    assert re.search(totals, lines[5])
    assert hub.sent() == 0
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.forget()
    assert run("download", "mine/chat", "--dry_run").out.count(" cached ") == 2
    assert hub.asked == []


def test_download_prints_the_folder(hub):
    first = run("download", "mine/chat")
    assert first.code == 0
    assert held(first.out.strip()) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert Path(first.out.strip(), "model.safetensors").read_bytes() == WEIGHTS
    assert re.fullmatch(r"3 files \(102.4 kB\) downloaded; 2 files \(70 bytes\) ignored; [\d.]+ s\n", first.err)
    hub.forget()
    again = run("download", "mine/chat")
    assert (again.code, again.out, again.err) == (0, first.out, "mine/chat is cached completely\n")
    assert hub.asked == []
    assert run("download", "mine/chat", "--refresh").out == first.out
    assert hub.asked
    assert hub.sent() == 0


def test_which_files(hub, tmp_path):
    small = run("download", "mine/chat", "--no_download_model").out.strip()
    assert held(small) == {"config.json", "tokenizer.json"}
    where = ("--cache_dir", tmp_path / "other")
    some = run("download", "mine/chat", *where, "--ignore_patterns", "*.safetensors,onnx/*", "--revision", "v1")
    assert some.err.startswith("3 files (72 bytes) downloaded; 2 files (102.4 kB) ignored")
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
        rf"ignore_patterns: '.+\\.onnx$' {regular}; expected a glob, such as '*.bin'",
        "ignore_patterns: '*.bin' matches no file",
        rf"ignore_patterns: '(a|b)\\.bin' {regular}; expected a glob, such as '*.bin'",
    ]


def test_an_id_of_the_other_hub(hub):
    hub.repositories["meta-llama/Llama-2-7b-hf"] = {**FILES, "pytorch_model.bin": b"bin"}
    result = run("download", "modelscope/Llama-2-7b-ms", "--dry_run")
    assert result.err == "modelscope/Llama-2-7b-ms is meta-llama/Llama-2-7b-hf on Hugging Face\n"
    assert "3 bytes pytorch_model.bin ignored: *.bin" in squeezed(result.out)
    other = run("download", "iic/ModelScope-Agent-7B")
    assert other.code == 1
    assert "is only on ModelScope. Pass --no_use_hf" in other.err


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


def test_progress_bars_need_a_terminal_or_the_option(hub):
    result = spawn("download", "mine/chat")
    assert result.code == 0
    assert len(result.err.splitlines()) == 1
    hub.repositories["mine/chat"]["more.json"] = b"{}"
    hub.revision = 2
    shown = spawn("download", "mine/chat", "--progress", "--refresh")
    assert shown.code == 0
    assert "100%" in shown.err


def test_bars_on_a_terminal(hub):
    hub.repositories["mine/chat"]["model.safetensors"] = bytes(3_000_000)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 120))
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
    assert "100%" in text
    assert "3.00M" in text
    assert "3 files (3.0 MB) downloaded" in text
