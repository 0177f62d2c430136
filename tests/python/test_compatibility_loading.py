"""Each line of COMPATIBILITY.md about loading, shown."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path

import pytest
import swiftcore
from model_support import EOS, save, save_config, save_tokenizer, tiny
from swiftcore import ArgumentError, ModelError, TokenizerError, get_model_info_meta, get_model_tokenizer
from swiftcore.model import placement

ROOT = Path(__file__).resolve().parents[2]

QWEN3 = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return save(tiny("Qwen3ForCausalLM"), tmp_path_factory.mktemp("models") / "Qwen3-8B")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a configuration and a tokenizer, and no weights."""
    pytest.importorskip("transformers")
    save_tokenizer(tmp_path / "Qwen3-8B")
    return save_config(tmp_path / "Qwen3-8B", **QWEN3)


def test_every_line_has_a_test():
    lines = re.findall(r"^\| (L\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_l\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_l01_code_of_a_folder_does_not_run(files):
    (files / "configuration_mine.py").write_text("raise SystemExit")
    save_config(files, model_type="mine", auto_map={"AutoConfig": "configuration_mine.Mine"})
    with pytest.raises(ModelError, match="configuration_mine.py would have run"):
        swiftcore.get_processor(files)


def test_l02_weights_that_lack_tensors_are_refused(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    other = save(tiny("Qwen3ForCausalLM"), tmp_path / "Qwen3-8B")
    weights = load_file(other / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, other / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="lack 1 of the tensors of Qwen3ForCausalLM: model.norm.weight"):
        get_model_tokenizer(other, device_map="cpu")


def test_l03_a_classifier_comes_back_as_one(tmp_path):
    labels = {"id2label": {"0": "a", "1": "b", "2": "c"}}
    config = {**QWEN3, "architectures": ["Qwen3ForSequenceClassification"], **labels}
    info, _ = get_model_info_meta(save_config(tmp_path / "Qwen3-8B", **config))
    assert (info.task_type, info.num_labels) == ("seq_cls", 3)


def test_l04_a_half_dtype_on_a_cpu_without_it(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("swiftcore.model.placement.is_slow_on_cpu", lambda name: True)
    monkeypatch.setattr("swiftcore.model.info.default_device_map", lambda: "cpu")
    with pytest.warns(UserWarning, match="loading the weights as float32"):
        info, _ = get_model_info_meta(save_config(tmp_path / "Qwen3-8B", **QWEN3, dtype="float16"))
    assert str(info.torch_dtype) == "torch.float32"


def test_l05_unknown_arguments_are_refused(files):
    with pytest.raises(ArgumentError, match="did you mean 'attn_impl'"):
        swiftcore.get_processor(files, atn_impl="sdpa")


def test_l06_special_tokens_that_are_there_stay(files):
    before_5 = importlib.metadata.version("transformers").startswith("4.")
    save_tokenizer(files, **{"additional_special_tokens" if before_5 else "extra_special_tokens": ["<ask>", "<word>"]})
    tokenizer = swiftcore.get_processor(files, new_special_tokens=["<a>"])
    assert {"<ask>", "<word>", "<a>", EOS} <= set(tokenizer.all_special_tokens)


def test_l07_a_folder_without_a_tokenizer_is_refused(files):
    (files / "tokenizer.json").unlink()
    (files / "tokenizer_config.json").unlink()
    with pytest.raises(TokenizerError, match="contains no tokenizer. Copy tokenizer.json"):
        swiftcore.get_processor(files)


def test_l08_a_multimodal_model_that_nobody_registered(tmp_path):
    info, meta = get_model_info_meta(save_config(tmp_path / "mine", model_type="mine", vision_config={}))
    assert (info.is_multimodal, meta.model_type) == (True, None)


def test_l09_what_a_quantization_needs_is_checked_before_the_weights(files, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("swiftcore.model.requirements.missing_requirements", lambda requires: list(requires))
    save_config(files, **QWEN3, quantization_config={"quant_method": "awq", "bits": 4})
    with (
        pytest.warns(UserWarning),
        pytest.raises(ModelError, match="awq weights need packages .*: pip install gptqmodel"),
    ):
        get_model_tokenizer(files, device_map="cpu")


def test_l10_a_process_that_sees_one_device_takes_it(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for name, value in (("LOCAL_RANK", "5"), ("LOCAL_WORLD_SIZE", "8"), ("CUDA_VISIBLE_DEVICES", "5")):
        monkeypatch.setenv(name, value)
    assert placement.default_device_map() == "cuda:0"


def test_l11_the_limit_that_is_asked_for_is_that_of_the_template(files):
    tokenizer = swiftcore.get_processor(files, max_model_len=777)
    assert swiftcore.get_template(tokenizer).max_length == tokenizer.model_info.max_model_len == 777


def test_l12_the_information_without_torch_or_transformers(files, monkeypatch):
    monkeypatch.setattr("swiftcore.model.placement.has_torch", lambda: False)
    monkeypatch.setattr("swiftcore.model.info.find_spec", lambda name: None)
    (files / "config.json").write_text(json.dumps({**QWEN3, "dtype": "bfloat16", "max_position_embeddings": 9}))
    info, _ = get_model_info_meta(files)
    assert (info.torch_dtype, info.max_model_len) == ("bfloat16", 9)
