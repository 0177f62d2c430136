"""Downloads through the real client of Hugging Face, from a hub on loopback: which files, and every kind of failure."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import TOKEN, Fault, Hub, held, serving
from swiftcore.hub import IGNORE_PATTERNS

hf = pytest.importorskip("huggingface_hub")

VERSION = int(hf.__version__.partition(".")[0])
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


def test_other_programs_find_it(hub, tmp_path):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    arguments = {"ignore_patterns": list(IGNORE_PATTERNS), "local_files_only": True, "cache_dir": tmp_path / "hub"}
    assert hf.snapshot_download("mine/chat", **arguments) == folder


@pytest.mark.skipif(not hasattr(hf, "get_cached_repo_tree"), reason="this huggingface_hub records no listings")
def test_downloads_of_other_programs_are_used(hub, tmp_path):
    kwargs = {"ignore_patterns": list(IGNORE_PATTERNS), "cache_dir": tmp_path / "hub", "endpoint": hub.address}
    folder = hf.snapshot_download("mine/chat", **kwargs)
    hub.forget()
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    assert hub.asked == []


def test_a_new_commit_is_downloaded_on_request(hub):
    old = swiftcore.safe_snapshot_download("mine/chat")
    hub.revision = 2
    hub.repositories["mine/chat"]["config.json"] = b'{"model_type": "new"}'
    assert swiftcore.safe_snapshot_download("mine/chat") == old
    new = swiftcore.safe_snapshot_download("mine/chat", refresh=True)
    assert new != old
    assert Path(new, "config.json").read_bytes() == b'{"model_type": "new"}'
    assert swiftcore.safe_snapshot_download("mine/chat") == new


def test_sizes_that_the_hub_leaves_out_come_from_the_tree(hub, monkeypatch):
    monkeypatch.setattr("hub_server._Handler._info", _info_without_sizes)
    plan = swiftcore.plan_download("mine/chat")
    assert {file.path: file.size for file in plan.to_download} == {name: len(FILES[name]) for name in WANTED}


def _info_without_sizes(handler, repository, revision, blobs):
    names = [{"rfilename": name} for name in handler.hub.repositories[repository]]
    handler._say(200, {"id": repository, "sha": handler.hub.commit(repository), "siblings": names, "tags": []})


def test_a_plan(hub):
    plan = swiftcore.plan_download("mine/chat", ignore_patterns=["*.pth"], allow_patterns=["*.json", "*.pth", "*.x"])
    assert (plan.model_id, plan.hub, plan.commit) == ("mine/chat", "Hugging Face", hub.commit("mine/chat"))
    assert {file.path for file in plan.to_download} == {name for name in FILES if name.endswith(".json")}
    assert dict((file.path, why) for file, why in plan.ignored)["pytorch_model.pth"] == "*.pth"
    assert dict((file.path, why) for file, why in plan.ignored)["model.safetensors"] == "not in allow_patterns"
    assert plan.warnings == ("allow_patterns: '*.x' matches no file",)
    assert plan.download_bytes == sum(file.size for file in plan.to_download)
    assert (plan.cached, plan.partial_bytes) == ((), {})
    assert hub.sent() == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o007])
def test_files_in_a_shared_cache_have_the_modes_that_the_umask_allows(hub, tmp_path, umask):
    before = os.umask(umask)
    try:
        swiftcore.safe_snapshot_download("mine/chat")
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "hub" / "models--mine--chat").rglob("*") if path.is_file()]
    assert {"main", f"{hub.commit('mine/chat')}.json", "config.json"} <= {path.name for path in files}
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files} == {
        path.name: oct(0o666 & ~umask) for path in files
    }


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


@pytest.mark.skipif(VERSION < 2, reason="this huggingface_hub gives up")
def test_a_connection_that_breaks_is_resumed(hub):
    hub.faults.append(Fault("break", "model.safetensors", after=40_000, times=1))
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    first, second = hub.of("model.safetensors")
    assert (first.range, second.range) == (None, "bytes=32768-")
    assert (first.sent, second.sent) == (40_000, len(WEIGHTS) - 32768)


def interrupted(hub: Hub) -> swiftcore.HubError:
    """Start a download that fails after 40,000 bytes of the weights."""
    first = Fault("break", "model.safetensors", after=40_000, times=1)
    hub.faults[:] = [first, Fault("break", "model.safetensors", after=0)]
    error = refused("mine/chat")
    hub.faults.clear()
    return error


def test_complete_files_of_an_interrupted_download_are_kept(hub):
    error = interrupted(hub)
    assert error.kind == "connection"
    assert "run it again to fetch the rest" in str(error)
    others = {each.path for each in hub.asked if each.sent and "model.safetensors" not in each.path}
    hub.forget()
    folder = swiftcore.safe_snapshot_download("mine/chat")
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    assert not others & {each.path for each in hub.asked if each.sent}


def test_an_interrupted_download_is_not_complete_offline(hub, monkeypatch):
    interrupted(hub)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = refused("mine/chat")
    assert error.kind == "offline"
    assert "`swiftcore download mine/chat`" in str(error)
    assert "without " in str(refused("mine/chat", revision=hub.commit("mine/chat")))


def test_an_interrupted_update_leaves_the_old_commit_in_use(hub, monkeypatch):
    old = swiftcore.safe_snapshot_download("mine/chat")
    hub.revision = 2
    hub.repositories["mine/chat"]["model.safetensors"] = WEIGHTS[::-1]
    hub.faults.append(Fault("500", "/model.safetensors"))
    assert refused("mine/chat", refresh=True).kind == "connection"
    hub.faults.clear()
    assert swiftcore.safe_snapshot_download("mine/chat") == old
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert swiftcore.safe_snapshot_download("mine/chat") == old


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_file_that_is_too_short_is_refused(hub, monkeypatch, name):
    hub.faults.append(Fault("short", name, after=7, times=1))
    error = refused("mine/chat")
    assert error.kind == "connection"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused("mine/chat").kind == "offline"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert Path(swiftcore.safe_snapshot_download("mine/chat"), name).read_bytes() == FILES[name]


def test_a_hub_that_does_not_answer(hub):
    hub.faults.append(Fault("silent", "/api/models/mine/chat/revision/main"))
    error = refused("mine/chat")
    assert error.kind == "connection"
    assert "did not answer while listing the files" in str(error)


def test_a_hub_that_is_down_and_a_complete_cache(hub):
    folder = swiftcore.safe_snapshot_download("mine/chat")
    hub.faults.append(Fault("503", "/api/models/mine/chat/revision/main"))
    with pytest.warns(UserWarning, match="Using the snapshot in the cache: "):
        assert swiftcore.safe_snapshot_download("mine/chat", refresh=True) == folder


def test_an_unknown_id(hub):
    error = refused("Qwen/Qwen3-8b")
    assert error.kind == "unknown"
    assert "did you mean 'Qwen/Qwen3-8B'" in str(error)
    assert "use_hf=False" in str(error)
    assert refused("mine/chat", revision="v9").kind == "revision"
    assert refused("no such thing at all").kind == "unknown"
    assert "no folder './nowhere'" in str(refused("./nowhere"))
    for outside in ("../../victim", "mine/../../victim", "mine/chat:../../victim", "mine\\chat"):
        assert refused(outside).kind == "unknown"
    assert hub.asked[-1].path == "/api/models/mine/chat/revision/v9"


def test_a_private_one(hub):
    hub.private.add("mine/chat")
    error = refused("mine/chat")
    assert error.kind == "unknown"
    assert "or it is private" in str(error)
    assert "HF_TOKEN" in str(error)
    assert "a token that has access" in str(refused("mine/chat", hub_token="hf_another"))
    assert held(swiftcore.safe_snapshot_download("mine/chat", hub_token=TOKEN)) == WANTED
    # Large files come from another host.
    assert {each.token for each in hub.asked if "/elsewhere/" in each.path} == {None}


def test_a_gated_one(hub):
    hub.gated.add("mine/chat")
    error = refused("mine/chat")
    assert error.kind == "gated"
    assert "Ask for access" in str(error)
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
    assert "needs 102.5 kB, and 1.0 kB are free" in str(error)
    assert "HF_HUB_CACHE" in str(error)
    assert hub.sent() == 0
    monkeypatch.undo()


def test_a_disk_that_fills_up(hub, monkeypatch):
    def full(*arguments, **keywords):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    error = refused("mine/chat")
    assert error.kind == "disk"
    assert "No space left on device" in str(error)


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


@pytest.mark.skipif(VERSION < 1, reason="this huggingface_hub gives up")
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


def test_patterns_of_a_registered_type(hub):
    model = swiftcore.Model("mine/chat", "mine/chat")
    group = swiftcore.ModelGroup([model], ignore_patterns=[r".+\.json$", "*.pth", "matches nothing"])
    swiftcore.register_model(swiftcore.ModelMeta("mine", [group], template="chatml"))
    try:
        with pytest.warns(UserWarning, match="model type 'mine': .* looks like a regular expression") as warned:
            folder = swiftcore.safe_snapshot_download("mine/chat")
    finally:
        del swiftcore.MODEL_MAPPING["mine"]
    assert len(warned) == 1
    assert held(folder) == set(FILES) - {"pytorch_model.pth"}


def test_a_repository_that_is_not_a_model(hub):
    hub.repositories["mine/gguf"] = {"README.md": b"x", "model.gguf": b"x" * 20}
    error = refused("mine/gguf")
    assert error.kind == "not_a_model"
    assert "has no config.json (found: README.md, model.gguf)" in str(error)
    assert "GGUF files are for other software" in str(error)
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


# The cache without `refs/main`.


def without_refs(hub: Hub, cache: Path) -> Path:
    """Download the model, and return the folder of its cache after deleting everything but blobs and snapshots."""
    swiftcore.safe_snapshot_download("mine/chat")
    storage = cache / "hub" / "models--mine--chat"
    for name in ("refs", "trees", ".swiftcore"):
        shutil.rmtree(storage / name, ignore_errors=True)
    return storage


def test_a_complete_snapshot_without_a_reference_works_offline(hub, tmp_path, monkeypatch):
    storage = without_refs(hub, tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = str(storage / "snapshots" / hub.commit("mine/chat"))
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    assert refused("mine/chat", revision="v1").kind == "offline"
    # Of several commits, the newest that is complete.
    (storage / "snapshots" / ("0" * 40)).mkdir()
    assert swiftcore.safe_snapshot_download("mine/chat") == folder
    Path(folder, "model.safetensors").unlink()
    error = refused("mine/chat")
    assert error.kind == "offline"
    assert "is in the cache without" in str(error)


def test_a_reference_in_the_cache_that_leads_outside_is_ignored(hub, tmp_path, monkeypatch):
    storage = without_refs(hub, tmp_path)
    (storage / "refs").mkdir()
    (storage / "refs" / "main").write_text("../../../victim")
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "config.json").write_text("{}")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused("mine/chat", download_model=False).kind == "offline"


# A hub that lies: nothing is written outside the cache, and no other host receives the token.

OUTSIDE = [
    *("../../victim", "../../../victim", "../../../../../../victim", "/victim", "a/../../../../victim"),
    *("..\\..\\victim", "C:\\victim", "..", "main"),
]


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """Yield a file next to the cache, and check that it is unchanged and that there is nothing new next to it."""
    file = tmp_path / "victim"
    file.write_bytes(b"precious")
    yield file
    assert file.read_bytes() == b"precious"
    assert {path.name for path in tmp_path.iterdir()} <= {"victim", "hub", "own"}
    assert not Path("/victim").exists()
    cached = {path.name for path in (tmp_path / "hub").rglob("*") if path.is_file() or path.is_symlink()}
    assert not any("victim" in name for name in cached)


@pytest.mark.parametrize("sha", [*OUTSIDE, "", "HEAD", "g" * 40, "0" * 39])
def test_a_commit_that_is_not_one_is_refused(hub, victim, sha):
    hub.lies["sha"] = sha
    error = refused("mine/chat")
    assert error.kind == "damaged"
    assert "invalid commit" in str(error)
    assert hub.sent() == 0


def test_a_commit_that_changes_between_two_requests_is_refused(hub, victim, monkeypatch):
    """The client asks for the commit again in some versions."""
    api = type(hf.HfApi())
    listed = api.model_info
    calls = []

    def lying(*arguments, **keywords):
        calls.append(1)
        hub.lies = {} if len(calls) == 1 else {"sha": "../../../victim", "commit": "../../../victim"}
        return listed(*arguments, **keywords)

    monkeypatch.setattr(api, "model_info", lying)
    hub.faults.append(Fault("404", "/tree/" + hub.commit("mine/chat"), times=0))
    try:
        folder = swiftcore.safe_snapshot_download("mine/chat")
    except swiftcore.HubError as error:
        assert error.kind == "damaged"
    else:
        assert Path(folder).name == hub.commit("mine/chat")


@pytest.mark.parametrize("commit", OUTSIDE)
def test_a_commit_in_a_header_that_is_not_one_is_refused(hub, victim, commit):
    hub.lies["commit"] = commit
    error = refused("mine/chat")
    assert error.kind == "damaged"
    assert "invalid commit" in str(error)


@pytest.mark.parametrize("name", [*(each for each in OUTSIDE if each != "main"), "a//b", "./config.json", "a\0b"])
def test_a_file_name_that_leads_outside_is_refused(hub, victim, name):
    hub.lies["file"] = name
    error = refused("mine/chat")
    assert error.kind == "damaged"
    assert "unsafe file name" in str(error)
    assert hub.sent() == 0


@pytest.mark.parametrize("etag", [each for each in OUTSIDE if each != "main"])
def test_an_etag_that_leads_outside_is_refused(hub, victim, etag):
    hub.lies["etag"] = etag
    error = refused("mine/chat")
    assert error.kind == "damaged"
    assert "unsafe ETag" in str(error)
    assert hub.sent() == 0


def test_the_next_page_on_another_host_does_not_get_the_token(hub, monkeypatch):
    monkeypatch.setattr("hub_server._Handler._info", _info_without_sizes)  # so that the tree is asked
    hub.lies["link"] = hub.elsewhere
    error = refused("mine/chat", hub_token=TOKEN)
    assert error.kind == "damaged"
    assert "must not receive the access token" in str(error)
    assert TOKEN not in str(error)
    assert {each.token for each in hub.asked if each.host.startswith("localhost")} <= {None}
    # Without a token there is nothing to steal.
    monkeypatch.setattr("huggingface_hub.utils._headers.get_token", lambda: None)
    assert held(swiftcore.safe_snapshot_download("mine/chat")) == WANTED


def test_a_redirect_to_another_host_does_not_get_the_token(hub):
    hub.private.add("mine/chat")
    folder = swiftcore.safe_snapshot_download("mine/chat", hub_token=TOKEN)
    assert Path(folder, "model.safetensors").read_bytes() == WEIGHTS
    assert {each.token for each in hub.asked if each.host.startswith("localhost")} == {None}


def test_an_address_for_tokens_of_xet_on_another_host_is_refused(hub):
    hub.lies["xet"] = hub.elsewhere
    error = refused("mine/chat", hub_token=TOKEN)
    assert error.kind == "damaged"
    assert {each.token for each in hub.asked if each.host.startswith("localhost")} <= {None}


def test_sessions_of_the_user_are_checked_too(hub, victim):
    from huggingface_hub.utils import _http

    before = {name: getattr(_http, name) for name in dir(_http) if name.startswith("_GLOBAL_") and "FACTORY" in name}
    configure = getattr(hf, "set_client_factory", None) or hf.configure_http_backend
    made = []
    factory = next(before[name] for name in ("_GLOBAL_CLIENT_FACTORY", "_GLOBAL_BACKEND_FACTORY") if name in before)
    try:
        configure(lambda: made.append(1) or factory())
        hub.lies["etag"] = "../../victim"
        assert refused("mine/chat").kind == "damaged"
        assert made
    finally:
        configure(factory)
