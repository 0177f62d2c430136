"""Several processes that want one model: it is downloaded once, and one that is killed leaves nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import Fault, Hub, held, serving
from swiftcore.hub import ranks

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
    """The bytes that went out of each file."""
    return {name: hub.sent(f"/{name}") for name in FILES}


ONCE = {name: len(content) for name, content in FILES.items()}


def test_processes_that_ask_at_once_download_once(hub):
    folders = said(*[start() for _ in range(3)])
    assert len(set(folders)) == 1
    assert held(folders[0]) == set(FILES)
    assert what_came(hub) == ONCE
    assert len(hub.of("/revision/main")) == 1


def test_only_the_main_process_of_a_launch_asks(hub):
    others = [start(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE="3") for rank in ("1", "2")]
    wait(1.5)
    assert hub.asked == []
    assert [process.poll() for process in others] == [None, None]
    folders = said(start(RANK="0", LOCAL_RANK="0", WORLD_SIZE="3"), *others)
    assert len(set(folders)) == 1
    assert held(folders[0]) == set(FILES)
    assert what_came(hub) == ONCE
    assert len(hub.of("/revision/main")) == 1


def test_the_others_fail_as_the_main_process_does(hub):
    texts = said(*[start("mine/nothing", RANK=rank, LOCAL_RANK=rank) for rank in ("1", "0")])
    assert texts[1].startswith("unknown Hugging Face has no model 'mine/nothing'")
    assert texts[0] == texts[1].replace("unknown ", "unknown in the main process: ", 1)
    assert len(hub.of("/revision/main")) == 1


def stalled(hub: Hub) -> None:
    """Waits until 65,536 bytes of the weights are there; more does not come."""
    for _ in range(600):
        found = list(Path(os.environ["HF_HUB_CACHE"]).rglob("*.incomplete"))
        if any(path.stat().st_size >= 65536 for path in found):
            return
        wait(0.05)
    pytest.fail("nothing has come")


def test_ctrl_c_ends_a_download_that_stalls(hub):
    """At once, although a connection that says nothing is waited for a long time."""
    hub.faults.append(Fault("stall", "model.safetensors", after=80_000))
    code = CODE.replace("try:", "from swiftcore.cli import main\ntry:").replace(
        "print(swiftcore.safe_snapshot_download(sys.argv[1]))", "sys.argv[1:] = ['download', sys.argv[1]]; main()"
    )
    environment = {**os.environ, "HF_HUB_DOWNLOAD_TIMEOUT": "300"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "mine/chat"], stderr=subprocess.PIPE, text=True, env=environment
    )
    stalled(hub)
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    assert (process.returncode, error) == (130, "swiftcore: interrupted\n")
    hub.faults.clear()
    hub.forget()
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    assert hub.sent("model.safetensors") <= len(WEIGHTS) - 65536


def test_what_is_interrupted_goes_on_in_the_same_process(hub, monkeypatch):
    """A thread that is left behind writes nothing more once another goes on."""
    hub.faults.append(Fault("stall", "model.safetensors", after=80_000, times=1))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 60)
    main = threading.get_ident()

    def interrupt() -> None:
        stalled(hub)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        swiftcore.safe_snapshot_download("mine/chat")
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS


def test_a_process_that_is_killed_leaves_nothing_that_is_taken_for_whole(hub, monkeypatch):
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
    hub.forget()
    [folder] = said(start())
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    [again] = hub.of("model.safetensors")
    assert again.range is not None
    assert again.sent <= len(WEIGHTS) - 65536


@pytest.mark.parametrize(
    ("environment", "main"),
    [
        ({}, True),
        ({"RANK": "0"}, True),
        ({"RANK": "1"}, False),
        ({"RANK": "8", "LOCAL_RANK": "0"}, True),
        ({"RANK": "0", "LOCAL_RANK": "1"}, False),
        ({"RANK": "-1", "LOCAL_RANK": "-1"}, True),
        ({"RANK": "x"}, True),
    ],
)
def test_which_process_is_the_main_one(monkeypatch, environment, main):
    for name in ("RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ranks.is_main() is main
