"""A model by its id, from a hub on loopback through the real client: what is fetched, and what is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import Hub
from model_support import save, tiny
from swiftcore import ArgumentError, HubError, ModelError, get_model_tokenizer

pytest.importorskip("huggingface_hub")
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

ID = "Qwen/Qwen3-8B"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = save(tiny("Qwen3ForCausalLM"), tmp_path_factory.mktemp("model"), "bfloat16")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def hub(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub({ID: dict(files)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("SWIFTCORE_CACHE", str(tmp_path / "own"))
        for name in ("HF_TOKEN", "USE_HF", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "RANK", "LOCAL_RANK"):
            monkeypatch.delenv(name, raising=False)
        yield server


def test_the_first_line_that_a_user_types(hub, files):
    model, tokenizer = get_model_tokenizer(ID, device_map="cpu")
    assert {name: hub.sent(f"/{name}") for name in files} == {name: len(content) for name, content in files.items()}
    assert model.model_info.model_name == "Qwen3-8B"
    template = swiftcore.get_template(tokenizer)
    assert template.template_meta.template_type == "qwen3"


def test_the_tokenizer_alone_fetches_no_weights(hub):
    nothing, tokenizer = get_model_tokenizer(ID, load_model=False)
    assert nothing is None
    assert hub.sent("model.safetensors") == 0
    assert not hub.of("model.safetensors", "HEAD")
    assert swiftcore.get_template(tokenizer).template_meta.template_type == "qwen3"
    hub.forget()
    info, meta = swiftcore.get_model_info_meta(ID)
    assert (info.model_type, meta.template) == ("qwen3", "qwen3")
    assert hub.asked == []


def test_what_is_cached_touches_no_network(hub):
    get_model_tokenizer(ID, device_map="cpu")
    hub.forget()
    get_model_tokenizer(ID, device_map="cpu")
    get_model_tokenizer(ID, load_model=False)
    assert hub.asked == []


def test_weights_come_where_they_are_wanted_without_a_model(hub, files):
    get_model_tokenizer(ID, load_model=False, download_model=True)
    assert hub.sent("model.safetensors") == len(files["model.safetensors"])


def test_no_weights_where_they_are_not_to_be_downloaded(hub):
    with pytest.raises(ModelError, match="is incomplete, without its weights"):
        get_model_tokenizer(ID, device_map="cpu", download_model=False)
    assert hub.sent("model.safetensors") == 0


LOAD = """
import sys
sys.modules["torch"] = None  # it takes long to import, and is not needed here
import swiftcore
model, tokenizer = swiftcore.get_model_tokenizer(sys.argv[1], load_model=False, download_model=True)
print(tokenizer.model_info.model_dir)
"""


@pytest.mark.parametrize("launched", [False, True])
def test_processes_that_ask_at_once_download_once(hub, files, launched):
    ranks = [{"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"} if launched else {} for rank in (1, 0)]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", LOAD, ID], env={**os.environ, **rank}, stdout=subprocess.PIPE, text=True
        )
        for rank in ranks
    ]
    said = [process.communicate(timeout=100)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert said[0] == said[1]
    assert Path(said[0].strip(), "model.safetensors").read_bytes() == files["model.safetensors"]
    assert {name: hub.sent(f"/{name}") for name in files} == {name: len(content) for name, content in files.items()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"atn_impl": "sdpa"}, "did you mean 'attn_impl'"),
        ({"device_map": "cud"}, "argument 'device_map': 'cud': expected a device"),
        ({"torch_dtype": "bf61"}, "argument 'torch_dtype'"),
        ({"model_type": "qwen33"}, "no model type 'qwen33'"),
        ({"new_special_tokens": 1}, "argument 'new_special_tokens'"),
        ({"task_type": "seqcls"}, "argument 'task_type'"),
        ({"rope_scaling": "yarm"}, "argument 'rope_scaling'"),
        ({"max_model_len": -1}, "argument 'max_model_len'"),
        ({"num_labels": "two"}, "argument 'num_labels'"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_download(hub, arguments, said):
    with pytest.raises((ArgumentError, ModelError), match=said):
        get_model_tokenizer(ID, **arguments)
    assert hub.asked == []


def test_what_the_small_files_say_is_refused_before_the_weights(hub):
    hub.repositories[ID]["config.json"] = (
        b'{"model_type": "mine", "auto_map": {"AutoConfig": "configuration_mine.Mine"}}'
    )
    hub.repositories[ID]["configuration_mine.py"] = b"raise SystemExit"
    with pytest.raises(ModelError, match="configuration_mine.py would have run"):
        get_model_tokenizer(ID, device_map="cpu")
    assert hub.sent("model.safetensors") == 0


def test_an_id_that_nobody_has(hub):
    with pytest.raises(HubError) as caught:
        get_model_tokenizer("Qwen/Qwen3-8b", device_map="cpu")
    assert caught.value.kind == "unknown"
    assert "Qwen/Qwen3-8B" in str(caught.value)
