"""ModelScope: modules with the names and signatures of its package replace it, a recent version and an older one."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import swiftcore
from hub_server import held

FILES = {
    "configuration.json": b"{}",
    "config.json": b'{"architectures": ["LongcatFlashForCausalLM"]}',
    "model.safetensors": bytes(range(256)) * 40,
    "onnx/model.onnx": b"onnx",
    "part/extra.json": b"[]",
}
WANTED = set(FILES) - {"onnx/model.onnx"}


class NotExistError(Exception):
    """The exception of the package for an unknown model."""


class FileIntegrityError(Exception):
    """The exception of the package for a wrong checksum."""


class Package:
    """The replacement: repositories by id, what was asked for, and which files arrive damaged."""

    def __init__(self, cache: Path) -> None:
        self.repositories = {"mine/chat": dict(FILES)}
        self.cache = cache
        self.fetched: list[str] = []
        self.tokens: list[str | None] = []
        self.listed = 0
        self.spoilt: set[str] = set()

    def files(self, model: str) -> dict[str, bytes]:
        if model not in self.repositories:
            raise NotExistError(f"{model} does not exist")
        self.listed += 1
        return self.repositories[model]

    def snapshot_download(
        self,
        model_id: str,
        revision: str | None = None,
        cache_dir: str | None = None,
        allow_patterns: list[str] | None = None,
        local_files_only: bool = False,
        token: str | None = None,
    ) -> str:
        folder = Path(cache_dir or self.cache) / "models" / model_id.replace("/", "--") / "snapshots" / str(revision)
        if local_files_only:
            if not folder.is_dir():
                raise ValueError("it is not there")
            return str(folder)
        self.tokens.append(token)
        for path, content in self.repositories[model_id].items():
            if allow_patterns is None or any(fnmatch.fnmatch(path, pattern) for pattern in allow_patterns):
                self.fetched.append(path)
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                if path in self.spoilt:
                    raise FileIntegrityError(f"Hash mismatch for {path}")
                (folder / path).write_bytes(content)
        return str(folder)

    def old_api(self) -> type:
        package = self

        class HubApi:
            def login(self, token: str) -> None:
                package.tokens.append(token)

            def get_model_files(self, model_id: str, revision: str, recursive: bool) -> list[dict[str, Any]]:
                files = package.files(model_id).items()
                folders = [{"Path": "onnx", "Type": "tree", "Size": 0}, {"Path": "part", "Type": "tree", "Size": 0}]
                return folders + [{"Path": path, "Type": "blob", "Size": len(content)} for path, content in files]

        return HubApi

    def new_api(self) -> type:
        package = self

        class HubApi:
            def __init__(self, token: str | None = None) -> None:
                package.tokens.append(token)

            def list_repo_files(self, repo_id: str, repo_type: str, *, revision: str) -> list[Any]:
                files = package.files(repo_id).items()
                folders = [SimpleNamespace(path=path, type="tree", size=0) for path in ("onnx", "part")]
                return folders + [SimpleNamespace(path=path, type="blob", size=len(content)) for path, content in files]

        return HubApi


@pytest.fixture(params=["recent", "older"])
def package(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    made = Package(tmp_path / "cache")
    names = ("modelscope", "modelscope.hub", "modelscope.hub.api", "modelscope.hub.errors")
    modules: dict[str, Any] = {name: ModuleType(name) for name in names}
    modules["modelscope"].snapshot_download = made.snapshot_download
    modules["modelscope.hub.api"].HubApi = made.old_api()
    modules["modelscope.hub.errors"].NotExistError = NotExistError
    modules["modelscope.hub.errors"].FileIntegrityError = FileIntegrityError
    modules["modelscope_hub"] = None
    if request.param == "recent":
        modules["modelscope_hub"] = ModuleType("modelscope_hub")
        modules["modelscope_hub"].HubApi = made.new_api()
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("SWIFTCORE_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "cache"))
    for name in ("RANK", "LOCAL_RANK", "USE_HF", "MODELSCOPE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return made


def test_what_is_downloaded(package, monkeypatch):
    folder = swiftcore.safe_snapshot_download("mine/chat", use_hf=False)
    assert held(folder) == WANTED
    assert sorted(package.fetched) == sorted(WANTED)
    package.fetched.clear()
    # A complete model needs neither the hub nor its package.
    monkeypatch.setitem(sys.modules, "modelscope", None)
    listed = package.listed
    assert swiftcore.safe_snapshot_download("mine/chat", use_hf=False) == folder
    monkeypatch.setenv("USE_HF", "0")
    assert swiftcore.safe_snapshot_download("mine/chat", download_model=False) == folder
    assert (package.fetched, package.listed) == ([], listed)


def test_weights_come_later(package):
    folder = swiftcore.safe_snapshot_download("mine/chat", use_hf=False, download_model=False)
    assert held(folder) == WANTED - {"model.safetensors"}
    package.fetched.clear()
    assert swiftcore.safe_snapshot_download("mine/chat", use_hf=False) == folder
    assert package.fetched == ["model.safetensors"]


def test_a_wrong_checksum(package):
    package.spoilt.add("model.safetensors")
    for _ in range(2):  # it is not complete for a later call either
        with pytest.raises(
            swiftcore.HubError, match=r"FileIntegrityError: Hash mismatch for model\.safetensors"
        ) as caught:
            swiftcore.safe_snapshot_download("mine/chat", use_hf=False)
        assert caught.value.kind == "damaged"
    package.spoilt.clear()
    folder = swiftcore.safe_snapshot_download("mine/chat", use_hf=False)
    assert Path(folder, "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_a_file_that_does_not_arrive(package, monkeypatch):
    def nothing(model_id, revision, cache_dir, allow_patterns):
        return str(package.cache)

    monkeypatch.setattr(sys.modules["modelscope"], "snapshot_download", nothing)
    package.cache.mkdir()
    with pytest.raises(swiftcore.HubError, match=r"configuration\.json is missing after the download") as caught:
        swiftcore.safe_snapshot_download("mine/chat", use_hf=False)
    assert caught.value.kind == "connection"


@pytest.mark.parametrize("name", ["../../victim", "/victim", "a/../../victim", "..\\victim"])
def test_a_file_name_that_leads_outside_is_refused(package, tmp_path, name):
    package.repositories["mine/chat"][name] = b"evil"
    with pytest.raises(swiftcore.HubError, match="unsafe file name") as caught:
        swiftcore.safe_snapshot_download("mine/chat", use_hf=False)
    assert caught.value.kind == "damaged"
    assert package.fetched == []


def test_a_refresh_lets_the_package_look_at_all_files(package):
    swiftcore.safe_snapshot_download("mine/chat", use_hf=False)
    package.fetched.clear()
    swiftcore.safe_snapshot_download("mine/chat", use_hf=False, refresh=True)
    assert sorted(package.fetched) == sorted(WANTED)


def test_options_of_the_other_client(package):
    with pytest.raises(swiftcore.ArgumentError, match="'etag_timeout': ModelScope does not support it"):
        swiftcore.safe_snapshot_download("mine/chat", use_hf=False, etag_timeout=3)


def test_an_unknown_id(package):
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.safe_snapshot_download("mine/nothing", use_hf=False, revision="v9")
    assert caught.value.kind == "unknown"
    assert "ModelScope has no model 'mine/nothing', or the model has no revision 'v9'" in str(caught.value)
    assert "pass use_hf=True for the other hub" in str(caught.value)


def test_an_id_of_the_other_hub(package):
    package.repositories["modelscope/Llama-2-7b-ms"] = dict(FILES)
    folder = swiftcore.safe_snapshot_download("meta-llama/Llama-2-7b-hf", use_hf=False)
    assert "modelscope--Llama-2-7b-ms" in folder
    with pytest.raises(swiftcore.HubError, match="is only on Hugging Face. Pass use_hf=True"):
        swiftcore.safe_snapshot_download("jingyaogong/MiniMind2-Small", use_hf=False)


def test_tokens_reach_the_package_and_nothing_else(package, capfd):
    secret = "ms-correcthorsebattery"
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.safe_snapshot_download("mine/nothing", use_hf=False, hub_token=secret)
    assert swiftcore.safe_snapshot_download("mine/chat", use_hf=False, hub_token=secret)
    assert set(package.tokens) == {secret}
    out = capfd.readouterr()
    assert secret not in str(caught.value) + out.out + out.err


def test_a_package_that_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("SWIFTCORE_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.safe_snapshot_download("mine/chat", use_hf=False, cache_dir=tmp_path)
    assert caught.value.kind == "not_installed"
    assert "Run `pip install modelscope`, or omit use_hf=False and USE_HF=0" in str(caught.value)
