"""Several processes that need the same model download it once, and a process that is killed leaves nothing partial."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import Fault, Hub, held, serving

pytest.importorskip("huggingface_hub")

WEIGHTS = bytes(range(256)) * 400
FILES = {"config.json": b"{}", "tokenizer.json": b"[0]", "model.safetensors": WEIGHTS}

CODE = """
import sys, huggingface_hub.constants, swiftcore
huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE = 8192
try:
    print(swiftcore.safe_snapshot_download(sys.argv[1]))
except swiftcore.HubError as error:
    print(error.kind, error)
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving({"mine/chat": dict(FILES)}, tmp_path, monkeypatch) as server:
        yield server


def start(model: str = "mine/chat", **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, model], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )


def said(*processes: subprocess.Popen[str]) -> list[str]:
    out = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return out


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)  # `time.sleep` is patched, for the client's sake


def what_came(hub: Hub) -> dict[str, int]:
    """Return the number of bytes sent of each file."""
    return {name: hub.sent(f"/{name}") for name in FILES}


ONCE = {name: len(content) for name, content in FILES.items()}


def test_processes_that_ask_at_once_download_once(hub):
    folders = said(*[start() for _ in range(3)])
    assert len(set(folders)) == 1
    assert held(folders[0]) == set(FILES)
    assert what_came(hub) == ONCE


def test_every_process_of_a_launch_gets_the_same_folder(hub):
    ranks = [{"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "3"} for rank in ("0", "1", "2")]
    folders = said(*[start(**rank) for rank in ranks])
    assert len(set(folders)) == 1
    assert held(folders[0]) == set(FILES)
    assert what_came(hub) == ONCE


def test_every_process_of_a_launch_fails_alike(hub):
    texts = said(*[start("mine/nothing", RANK=rank, LOCAL_RANK=rank) for rank in ("0", "1")])
    assert texts[0] == texts[1]
    assert texts[0].startswith("unknown Hugging Face has no model 'mine/nothing'")


def stalled(hub: Hub) -> None:
    """Wait until 65,536 bytes of the weights are there."""
    for _ in range(600):
        found = list(Path(os.environ["HF_HUB_CACHE"]).rglob("*.incomplete"))
        if any(path.stat().st_size >= 65536 for path in found):
            return
        wait(0.05)
    pytest.fail("nothing has come")


def test_the_download_of_a_killed_process_is_not_complete(hub, monkeypatch):
    hub.faults.append(Fault("stall", "model.safetensors", after=80_000))
    process = start()
    stalled(hub)
    process.kill()
    process.communicate()
    hub.faults.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.safe_snapshot_download("mine/chat")
    assert caught.value.kind == "offline"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    [folder] = said(start())
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
