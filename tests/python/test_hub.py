"""Models from a hub: what is fetched and what is not, through the real client, from a hub on loopback."""

from __future__ import annotations

import errno
import hashlib
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import TOKEN, Fault, Hub, held, serving
from swiftcore.hub import IGNORE_PATTERNS

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
    with serving({"mine/chat": dict(FILES)}, tmp_path, monkeypatch) as server:
        yield server


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


# Faults.


def refused(*arguments, **keywords) -> swiftcore.HubError:
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.safe_snapshot_download(*arguments, **keywords)
    return caught.value


def test_the_same_content_comes_once(hub):
    hub.repositories["mine/chat"] |= {f"copy-{number}.safetensors": WEIGHTS for number in range(4)}
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert {path.read_bytes() for path in Path(folder).glob("*.safetensors")} == {WEIGHTS}
    assert hub.sent(".safetensors") == len(WEIGHTS)


def test_a_file_that_breaks_off_goes_on_where_it_was(hub):
    hub.faults.append(Fault("break", "model.safetensors", after=40_000, times=1))
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    first, second = hub.of("model.safetensors")
    assert (first.range, second.range) == (None, "bytes=32768-")
    assert (first.sent, second.sent) == (40_000, len(WEIGHTS) - 32768)


def broken(hub: Hub) -> swiftcore.HubError:
    """A download of which nothing more comes after 40,000 bytes of its weights."""
    first = Fault("break", "model.safetensors", after=40_000, times=1)
    hub.faults[:] = [first, Fault("break", "model.safetensors", after=0)]
    error = refused("mine/chat")
    hub.faults.clear()
    return error


def test_a_download_that_was_cut_off_goes_on_in_the_next_call(hub):
    error = broken(hub)
    assert error.kind == "connection"
    assert "call it again" in str(error)
    assert 0 < hub.sent("model.safetensors") < len(WEIGHTS)
    others = {each.path for each in hub.asked if each.sent and "model.safetensors" not in each.path}
    hub.forget()
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    [again] = hub.of("model.safetensors")
    assert again.range == "bytes=32768-"
    assert again.sent == len(WEIGHTS) - 32768
    # What had arrived whole does not come again.
    assert not others & {each.path for each in hub.asked if each.sent}


def test_what_was_cut_off_is_not_taken_for_whole(hub, monkeypatch):
    broken(hub)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = refused("mine/chat")
    assert error.kind == "offline"
    assert "swiftcore download mine/chat" in str(error)
    assert "without model.safetensors" in str(refused("mine/chat", revision=hub.commit("mine/chat")))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_wrong_checksum(hub, monkeypatch, name):
    hub.faults.append(Fault("wrong", name, times=1))
    error = refused("mine/chat")
    assert error.kind == "damaged"
    assert f"checksum of {name}" in str(error)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused("mine/chat").kind == "offline"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert Path(swiftcore.safe_snapshot_download("mine/chat"), name).read_bytes() == FILES[name]


def test_a_hub_that_does_not_answer(hub):
    hub.faults.append(Fault("silent", "/api/models/mine/chat/revision/main"))
    error = refused("mine/chat")
    assert error.kind == "connection"
    assert "did not answer while listing" in str(error)


def test_a_hub_that_is_down_and_a_cache_that_is_whole(hub):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    hub.faults.append(Fault("503", "/api/models/mine/chat/revision/main"))
    with pytest.warns(UserWarning, match="from the cache is taken"):
        assert swiftcore.safe_snapshot_download("mine/chat", refresh=True) == folder


def test_an_unknown_id(hub):
    error = refused("Qwen/Qwen3-8b")
    assert error.kind == "unknown"
    assert "did you mean 'Qwen/Qwen3-8B'" in str(error)
    assert "use_hf=False" in str(error)
    assert refused("mine/chat", revision="v9").kind == "revision"
    assert refused("no such thing at all").kind == "unknown"
    assert "no folder './nowhere'" in str(refused("./nowhere"))


def test_a_private_one(hub):
    hub.private.add("mine/chat")
    error = refused("mine/chat")
    assert error.kind == "unknown"
    assert "or it is private" in str(error)
    assert "HF_TOKEN" in str(error)
    assert "no access" in str(refused("mine/chat", hub_token="hf_another"))
    assert held(swiftcore.safe_snapshot_download("mine/chat", hub_token=TOKEN)) == WANTED
    # The host that large files come from is another one.
    assert {each.token for each in hub.asked if "/elsewhere/" in each.path} == {None}


def test_a_gated_one(hub):
    hub.gated.add("mine/chat")
    error = refused("mine/chat")
    assert error.kind == "gated"
    assert "ask for access" in str(error)
    assert "HF_TOKEN" in str(error)
    assert refused("mine/chat", hub_token="hf_another").kind == "private"
    assert held(swiftcore.safe_snapshot_download("mine/chat", hub_token=f" {TOKEN}\n")) == WANTED


def test_tokens_are_never_printed(hub, capfd):
    hub.faults.append(Fault("500", "", times=2))
    for token in (TOKEN, TOKEN + "\nX: y", TOKEN + "é", "hf_another"):
        with pytest.raises(swiftcore.SwiftcoreError) as caught:
            swiftcore.safe_snapshot_download("mine/nothing", hub_token=token)
        text = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
        assert token.split("\n")[0] not in text
    out = capfd.readouterr()
    assert "hf_" not in out.out + out.err


def test_a_full_disk(hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    error = refused("mine/chat")
    assert error.kind == "disk"
    assert "102.5 kB are to be downloaded and 1.0 kB are free" in str(error)
    assert "HF_HUB_CACHE" in str(error)
    assert hub.sent() == 0
    monkeypatch.undo()


def test_a_disk_that_fills_up(hub, monkeypatch):
    def full(*arguments, **keywords):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    error = refused("mine/chat")
    assert error.kind == "disk"
    assert "No space left on device" in str(error)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_full_when_something_is_written(hub, tmp_path):
    """The file that takes what arrives is one on a full disk: the system itself refuses."""
    storage = tmp_path / "hub" / "models--mine--chat"
    partial = storage / "blobs" / f"{hashlib.sha256(WEIGHTS).hexdigest()}.swiftcore.incomplete"
    partial.parent.mkdir(parents=True)
    partial.symlink_to("/dev/full")
    error = refused("mine/chat")
    assert error.kind == "disk"
    assert "is full; free some of it" in str(error)
    assert "No space left on device" in str(error)
    partial.unlink()
    assert held(swiftcore.safe_snapshot_download("mine/chat")) == WANTED


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        ("401", "private", "refuses access (401)"),
        ("403", "private", "refuses access (403)"),
        ("429", "connection", "too many requests (429)"),
        ("500", "connection", "did not answer"),
        ("503", "connection", "did not answer"),
    ],
)
@pytest.mark.parametrize("at", ["/revision/main", "/model.safetensors"])
def test_what_a_hub_answers_instead(hub, monkeypatch, status, kind, said, at):
    hub.faults.append(Fault(status, at))
    error = refused("mine/chat")
    assert (error.kind, error.model) == (kind, "mine/chat")
    assert said in str(error)
    assert "\n" not in str(error)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused("mine/chat").kind == "offline"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    hub.faults.clear()
    assert held(swiftcore.safe_snapshot_download("mine/chat")) == WANTED


def test_a_hub_that_is_busy_for_a_while(hub):
    hub.faults.append(Fault("429", "/model.safetensors", times=2))
    assert held(swiftcore.safe_snapshot_download("mine/chat")) == WANTED


def test_a_small_file_that_breaks_off(hub):
    hub.faults.append(Fault("break", "/tokenizer.json", after=5))
    error = refused("mine/chat")
    assert error.kind == "connection"
    assert refused("mine/chat", download_model=False).kind == "connection"
    hub.faults.clear()
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "tokenizer.json").read_bytes() == FILES["tokenizer.json"]


def test_patterns_of_a_type_of_ones_own(hub):
    model = swiftcore.Model("mine/chat", "mine/chat")
    swiftcore.register_model(
        swiftcore.ModelMeta(
            "mine", [swiftcore.ModelGroup([model], ignore_patterns=[r".+\.pth$", "no such"])], template="x"
        )
    )
    try:
        with pytest.warns(UserWarning, match="model type 'mine': .* looks like a regular expression") as warned:
            folder = swiftcore.safe_snapshot_download("mine/chat")
    finally:
        del swiftcore.MODEL_MAPPING["mine"]
    assert len(warned) == 1
    assert held(folder) == set(FILES) - {"pytorch_model.pth"}


def test_a_repository_that_is_no_model(hub):
    hub.repositories["mine/gguf"] = {"README.md": b"x", "model.gguf": b"x" * 20}
    error = refused("mine/gguf")
    assert error.kind == "not_a_model"
    assert "holds no config.json" in str(error)
    assert "GGUF files are for other programs" in str(error)
    assert held(swiftcore.safe_snapshot_download("mine/gguf", ignore_patterns=[])) == {"README.md", "model.gguf"}


def test_offline_touches_no_network(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = refused("mine/chat")
    assert error.kind == "offline"
    assert hub.asked == []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    folder = swiftcore.safe_snapshot_download("mine/chat", download_model=False)
    hub.forget()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert swiftcore.safe_snapshot_download("mine/chat", download_model=False) == folder
    assert "without model.safetensors" in str(refused("mine/chat"))
    assert hub.asked == []


def test_a_client_that_is_not_installed(hub, monkeypatch):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    error = refused("mine/other")
    assert error.kind == "not_installed"
    assert "pip install 'swiftcore[hub]'" in str(error)
