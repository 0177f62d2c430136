"""Models from a hub: what is fetched and what is not, through the real client, from a hub on loopback."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import TOKEN, Hub
from swiftcore.hub import IGNORE_PATTERNS, plan_download

hf = pytest.importorskip("huggingface_hub")

WEIGHTS = bytes(range(256)) * 400  # 102,400 bytes
FILES = {
    ".gitattributes": b"*.safetensors filter=lfs\n",
    "config.json": b'{"model_type": "qwen3"}',
    "generation_config.json": b"{}",
    "tokenizer.json": b'{"tokenizer": true}',
    "tokenizer_config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "pytorch_model.pth": b"pth" * 10,
    "onnx/model.onnx": b"onnx" * 10,
    "original/params.json": b"{}",
}
WANTED = {name for name in FILES if name not in ("pytorch_model.pth", "onnx/model.onnx")}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub({"mine/chat": dict(FILES)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("SWIFTCORE_CACHE", str(tmp_path / "own"))
        for name in ("HF_TOKEN", "USE_HF", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "RANK", "LOCAL_RANK"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 1)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 1)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        yield server


def held(folder: str) -> set[str]:
    place = Path(folder)
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def test_a_folder_that_exists_is_returned_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert swiftcore.safe_snapshot_download("a/b") == str(tmp_path / "a/b")
    assert swiftcore.safe_snapshot_download("a:b") == str(tmp_path / "a/b")
    assert swiftcore.safe_snapshot_download(tmp_path / "a") == str(tmp_path / "a")
    assert swiftcore.safe_snapshot_download("mine/a", check_local=True) == str(tmp_path / "a")


def test_what_is_downloaded(hub):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert held(folder) == WANTED
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    assert hub.sent("model.safetensors") == len(WEIGHTS)
    assert hub.sent(".pth") == hub.sent(".onnx") == 0
    assert not hub.of(".pth", "HEAD")


def test_a_full_cache_touches_no_network(hub):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    hub.forget()
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    assert swiftcore.safe_snapshot_download("mine/chat", download_model=False) == folder
    assert swiftcore.safe_snapshot_download("mine/chat", revision=hub.commit("mine/chat")) == folder
    assert hub.asked == []


def test_no_weights_where_no_model_is_wanted(hub):
    folder = swiftcore.safe_snapshot_download("mine/chat", download_model=False)
    assert held(folder) == WANTED - {"model.safetensors"}
    assert hub.sent("model.safetensors") == 0
    hub.forget()
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    assert held(folder) == WANTED
    assert hub.sent() == len(WEIGHTS)


def test_transformers_and_others_find_it(hub, tmp_path):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert hf.snapshot_download("mine/chat", local_files_only=True, cache_dir=tmp_path / "hub") == folder
    hub.forget()


def test_what_others_downloaded_is_taken(hub, tmp_path):
    kwargs = {"ignore_patterns": list(IGNORE_PATTERNS), "cache_dir": tmp_path / "hub", "endpoint": hub.address}
    folder = hf.snapshot_download("mine/chat", **kwargs)
    hub.forget()
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    assert hub.sent() == 0
    assert hub.asked == []
