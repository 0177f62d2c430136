"""What is known of a model before it is loaded, and what is refused then: without torch, without weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import swiftcore
from model_support import EOS, TOKENS, save_config, save_tokenizer, scaling_of
from swiftcore import ArgumentError, HubError, ModelError, ModelMeta, TokenizerError, get_model_info_meta

LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "max_position_embeddings": 4096}


def info(folder: Path, config: dict[str, object], **arguments: object) -> swiftcore.ModelInfo:
    return get_model_info_meta(save_config(folder, **config), **arguments)[0]


def dtype(found: swiftcore.ModelInfo) -> str:
    """The name of a dtype, which is torch's own where torch is installed."""
    return str(found.torch_dtype).removeprefix("torch.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is named as a known model is."""
    return tmp_path / "Qwen3-8B"


@pytest.fixture
def model(folder: Path) -> Path:
    save_tokenizer(folder)
    return save_config(folder, architectures=["Qwen3ForCausalLM"], model_type="qwen3", max_position_embeddings=4096)


# What is known.


def test_what_is_known_of_a_model(folder):
    found = info(folder, {**LLAMA, "dtype": "float32"}, model_type="llama")
    assert (found.model_type, found.model_dir, found.model_name) == ("llama", str(folder), "Qwen3-8B")
    assert (found.max_model_len, found.task_type, found.num_labels) == (4096, "causal_lm", None)
    assert dtype(found) == "float32"
    assert (found.quant_method, found.rope_scaling) == (None, None)
    assert (found.is_moe_model, found.is_multimodal) == (False, False)


def test_the_type_is_that_of_the_name_the_files_or_the_architecture(tmp_path):
    config = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}
    assert info(tmp_path / "Qwen3-8B", config).model_type == "qwen3"
    saved = save_config(tmp_path / "out", **LLAMA)
    (saved / "args.json").write_text(json.dumps({"model_type": "yi", "swift_version": "4.1.0"}))
    assert get_model_info_meta(saved)[0].model_type == "yi"
    (saved / "args.json").write_text(json.dumps({"model": "LLM-Research/Llama-3.2-1B-Instruct"}))
    assert get_model_info_meta(saved)[0].model_type == "llama"
    other = {"architectures": ["GptOssForCausalLM"], "model_type": "gpt_oss"}
    assert info(tmp_path / "mine", other).model_type == "gpt_oss"


def test_several_types_are_listed(tmp_path):
    with pytest.raises(ArgumentError, match="Pass model_type='codefuse_codellama' or model_type='llama'") as caught:
        info(tmp_path / "mine", LLAMA)
    assert caught.value.argument == "model_type"
    assert info(tmp_path / "mine", LLAMA, model_type="llama").model_type == "llama"


def test_a_model_that_nobody_registered(tmp_path):
    folder = save_config(tmp_path / "mine", architectures=["MineForCausalLM"], model_type="llama")
    found, meta = get_model_info_meta(folder)
    assert (found.model_type, meta.model_type, meta.template) == (None, None, "dummy")


def test_the_defaults_of_the_class_count(folder):
    assert info(folder, {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}).max_model_len == 32768


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({"quant_method": "gptq", "bits": 4}, ("gptq", 4)),
        ({"quant_method": "awq", "bits": 4}, ("awq", 4)),
        ({"quant_method": "bitsandbytes", "_load_in_4bit": True}, ("bnb", 4)),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, ("bnb", 8)),
        ({"quant_method": "fp8"}, ("fp8", 8)),
        ({"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 3}}}, ("hqq", 3)),
        ({"quant_method": "mxfp4"}, ("mxfp4", None)),
    ],
)
def test_how_weights_are_quantized(folder, said, known):
    found = info(folder, {**LLAMA, "quantization_config": said}, model_type="llama")
    assert (found.quant_method, found.quant_bits) == known


def test_a_quantization_that_is_asked_for_is_told_too(folder):
    asked = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_compute_dtype": "bfloat16"}
    found = info(folder, LLAMA, model_type="llama", quantization_config=asked)
    assert (found.quant_method, found.quant_bits) == ("bnb", 4)


def test_positions_experts_and_media(folder):
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024}
    found = info(folder, {**LLAMA, "rope_scaling": yarn}, model_type="llama")
    assert found.rope_scaling is not None
    assert found.rope_scaling["factor"] == 4.0
    assert info(folder, {"model_type": "mixtral", "num_local_experts": 8}).is_moe_model
    assert info(folder, {"model_type": "mine", "vision_config": {}, "text_config": {}}).is_multimodal


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ({}, ("causal_lm", None, None)),
        ({"num_labels": 3}, ("seq_cls", 3, "single_label_classification")),
        ({"num_labels": 1}, ("seq_cls", 1, "regression")),
        ({"num_labels": 3, "problem_type": "multi_label_classification"}, ("seq_cls", 3, "multi_label_classification")),
        ({"task_type": "reranker"}, ("reranker", 1, None)),
        ({"task_type": "generative_reranker", "num_labels": 1}, ("generative_reranker", None, None)),
        ({"task_type": "embedding"}, ("embedding", None, None)),
    ],
)
def test_what_it_is_loaded_for(model, arguments, known):
    found = get_model_info_meta(model, **arguments)[0]
    assert (found.task_type, found.num_labels, found.problem_type) == known


def test_a_classifier_that_was_saved_is_one_again(folder):
    labels = {"id2label": {"0": "a", "1": "b", "2": "c"}}
    found = info(folder, {"architectures": ["Qwen3ForSequenceClassification"], "model_type": "qwen3", **labels})
    assert (found.task_type, found.num_labels) == ("seq_cls", 3)


def test_which_dtype_it_is_loaded_in(folder, monkeypatch):
    monkeypatch.setattr("swiftcore.model.placement.is_slow_on_cpu", lambda name: False)
    config = {**LLAMA, "torch_dtype": "bfloat16"}
    assert dtype(info(folder, config, model_type="llama")) == "bfloat16"
    assert dtype(info(folder, config, model_type="llama", torch_dtype="fp16")) == "float16"
    quantized = {**LLAMA, "quantization_config": {"quant_method": "gptq", "bits": 4}}
    assert dtype(info(folder, quantized, model_type="llama")) == "float16"
    swiftcore.register_model(ModelMeta("needs_float", [], template="chatml", torch_dtype="float32"))
    assert dtype(info(folder, config, model_type="needs_float")) == "float32"
    assert dtype(info(folder, config, model_type="needs_float", torch_dtype="bf16")) == "bfloat16"


def test_a_half_dtype_that_the_cpu_is_slow_at_becomes_float32(folder, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("swiftcore.model.placement.is_slow_on_cpu", lambda name: name == "float16")
    monkeypatch.setattr("swiftcore.model.info.default_device_map", lambda: "cpu")
    with pytest.warns(UserWarning, match="no instructions for float16"):
        found = info(folder, {**LLAMA, "torch_dtype": "float16"}, model_type="llama")
    assert str(found.torch_dtype) == "torch.float32"
    assert dtype(info(folder, {**LLAMA, "torch_dtype": "bfloat16"}, model_type="llama")) == "bfloat16"


# The tokenizer alone.


def test_the_tokenizer_alone(model):
    nothing, tokenizer = swiftcore.get_model_tokenizer(model, load_model=False)
    assert nothing is None
    assert (tokenizer.eos_token, tokenizer.pad_token) == (EOS, EOS)
    assert (tokenizer.model_info.model_type, tokenizer.model_meta.template) == ("qwen3", "qwen3")
    template = swiftcore.get_template(tokenizer)
    assert (template.template_meta.template_type, template.max_length) == ("qwen3", 4096)
    assert type(swiftcore.get_processor(model)) is type(tokenizer)
    assert swiftcore.get_model_processor(model, load_model=False)[0] is None


def test_what_was_said_of_a_model_holds_for_its_template(tmp_path):
    save_tokenizer(tmp_path / "mine")
    folder = save_config(tmp_path / "mine", **LLAMA)
    _, tokenizer = swiftcore.get_model_tokenizer(
        folder, load_model=False, model_type="codefuse_codellama", num_labels=3
    )
    template = swiftcore.get_template(tokenizer)
    assert template.template_meta.template_type == "codefuse_codellama"
    assert template.task_type == "seq_cls"
    assert swiftcore.get_template(tokenizer, task_type="causal_lm").task_type == "causal_lm"
    assert swiftcore.get_template(tokenizer, template_type="llama").template_meta.template_type == "llama"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"eos_token": EOS, "pad_token": None}, (EOS, EOS)),
        ({"eos_token": None, "pad_token": TOKENS[2]}, (TOKENS[2], TOKENS[2])),
        ({"eos_token": EOS, "pad_token": TOKENS[2]}, (EOS, TOKENS[2])),
    ],
)
def test_pad_and_eos_are_set_where_they_are_missing(model, settings, expected):
    save_tokenizer(model, **settings)
    tokenizer = swiftcore.get_processor(model)
    assert (tokenizer.eos_token, tokenizer.pad_token) == expected


def test_a_tokenizer_with_neither_is_refused(model):
    save_tokenizer(model, eos_token=None)
    with pytest.raises(TokenizerError, match="has neither an eos nor a pad token. Name one in its tokenizer_config"):
        swiftcore.get_processor(model)


def test_new_tokens_of_a_tokenizer_alone(model):
    tokenizer = swiftcore.get_processor(model, new_special_tokens=["<a>", "<|im_start|>", "<b>"])
    assert tokenizer.convert_tokens_to_ids(["<a>", "<b>"]) == [261, 262]
    assert tokenizer.decode([261, 72], skip_special_tokens=True) == tokenizer.decode([72])
    assert swiftcore.get_template(tokenizer).tokenizer.encode("<b>") == [262]


def test_a_longer_limit(model):
    tokenizer = swiftcore.get_processor(model, max_model_len=10_000, rope_scaling="yarn")
    found = tokenizer.model_info
    assert found.max_model_len == 10_000
    assert found.config.max_position_embeddings == 10_000
    scaled = {name: scaling_of(found.config)[name] for name in ("rope_type", "factor")}
    assert scaled == {"rope_type": "yarn", "factor": 3.0}
    assert getattr(found.config, "rope_theta", None) or scaling_of(found.config)["rope_theta"] == 10_000.0
    assert swiftcore.get_template(tokenizer).max_length == 10_000


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
import swiftcore
info, meta = swiftcore.get_model_info_meta(sys.argv[1])
model, tokenizer = swiftcore.get_model_tokenizer(sys.argv[1], load_model=False)
print(model, info.torch_dtype, len(swiftcore.get_template(tokenizer).encode(
    {"messages": [{"role": "user", "content": "Hi"}]})["input_ids"]) > 0)
try:
    swiftcore.get_model_tokenizer(sys.argv[1])
except ImportError as error:
    print(error)
"""


def test_without_torch(model):
    (model / "config.json").write_text(
        json.dumps({**json.loads((model / "config.json").read_text()), "dtype": "float16"})
    )
    ran = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, model], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    first, second = ran.stdout.splitlines()
    assert first == "None float16 True"
    assert "needs torch, which is not installed: pip install 'swiftcore[models]'" in second


# What is refused.


@pytest.mark.parametrize("function", [swiftcore.get_model_tokenizer, swiftcore.get_processor])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"atn_impl": "sdpa"}, "argument 'atn_impl': unknown; did you mean 'attn_impl'?"),
        ({"dtype": "bf16", "torch_dtype": "bf16"}, "argument 'dtype': another name of torch_dtype, which is given"),
        ({"zzz": 1}, "argument 'zzz': unknown; expected one of model_id_or_path, torch_dtype, device_map"),
        ({"torch_dtype": "bfloat61"}, "argument 'torch_dtype': unknown dtype 'bfloat61'; did you mean 'bfloat16'"),
        ({"torch_dtype": int}, "argument 'torch_dtype': unknown dtype <class 'int'>"),
        ({"attn_impl": "flash"}, "argument 'attn_impl': unknown attention 'flash'; did you mean 'flash_attn'"),
        ({"task_type": "seqcls"}, "argument 'task_type': unknown value 'seqcls'; did you mean 'seq_cls'"),
        ({"task_type": "seq_cls"}, "argument 'num_labels': missing; task_type='seq_cls' needs it"),
        ({"num_labels": 0}, "argument 'num_labels': expected a positive int or None, got 0"),
        ({"num_labels": 2, "problem_type": "classes"}, "argument 'problem_type': unknown value 'classes'"),
        ({"max_model_len": "8k"}, "argument 'max_model_len': expected a positive number of tokens or None, got '8k'"),
        (
            {"rope_scaling": "yarm"},
            "argument 'rope_scaling': unknown type 'yarm'; expected one of linear, dynamic",
        ),
        ({"rope_scaling": "yarn"}, "argument 'rope_scaling': 'yarn' has no factor; add one, or pass"),
        ({"rope_scaling": {"factor": 2}}, "argument 'rope_scaling': {'factor': 2} has no rope_type"),
        ({"new_special_tokens": "<a>"}, "argument 'new_special_tokens': expected a list of strings"),
        (
            {"init_strategy": "orthogona"},
            "argument 'init_strategy': unknown strategy 'orthogona'; did you mean 'orthogonal'",
        ),
        ({"attn_implementation": "sdpa", "attn_impl": "sdpa"}, "argument 'attn_implementation': another name of"),
    ],
)
def test_arguments_that_make_no_sense(model, function, arguments, said):
    if function is swiftcore.get_model_tokenizer:
        pytest.importorskip("torch")
    with pytest.raises(ArgumentError, match=said):
        function(model, **arguments)


def test_unknown_arguments_of_the_information(model):
    with pytest.raises(ArgumentError, match="argument 'modeltype': unknown; did you mean 'model_type'"):
        get_model_info_meta(model, modeltype="qwen3")


def test_a_type_that_nobody_registered(model):
    with pytest.raises(ModelError, match="no model type 'qwen33'; did you mean 'qwen3'"):
        swiftcore.get_processor(model, model_type="qwen33")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "has no config.json: expected a folder written by save_pretrained"),
        ({"adapter_config.json": "{}"}, "according to its adapter_config.json, it contains an adapter. Load the model"),
        ({"model_index.json": "{}"}, "it contains a pipeline for diffusers"),
        ({"mine.gguf": ""}, "its weights are GGUF"),
        ({"checkpoint-9/config.json": "{}"}, "there is one in '.*checkpoint-9'. Pass that folder"),
        ({"config.json": "[]"}, "config.json: expected a JSON object"),
        ({"config.json": "{"}, "config.json: "),
    ],
)
def test_a_folder_that_holds_no_model(tmp_path, files, said):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    with pytest.raises(swiftcore.SwiftcoreError, match=said):
        swiftcore.get_processor(tmp_path)


def test_a_folder_that_is_not_there():
    with pytest.raises(HubError, match="there is no folder './nothing'"):
        swiftcore.get_processor("./nothing")


def test_a_folder_without_a_tokenizer(tmp_path):
    folder = save_config(tmp_path / "Qwen3-8B", architectures=["Qwen3ForCausalLM"], model_type="qwen3")
    with pytest.raises(TokenizerError, match="tokenizer: '.*Qwen3-8B' contains no tokenizer. Copy tokenizer.json"):
        swiftcore.get_processor(folder)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(TokenizerError, match="tokenizer: '.*Qwen3-8B': transformers cannot load it"):
        swiftcore.get_processor(folder)


def test_a_model_that_transformers_does_not_know(folder):
    save_tokenizer(folder)
    with pytest.raises(ModelError, match="has no model type 'made_up', .* A newer version may"):
        swiftcore.get_processor(save_config(folder, model_type="made_up"))
    with pytest.raises(ModelError, match="its config.json has no model_type"):
        swiftcore.get_processor(save_config(folder, architectures=["MadeUp"]))


def test_what_a_model_requires_is_named(model):
    needs = ["transformers>=4", "transformers>=1000", "no-such-package"]
    swiftcore.register_model(ModelMeta("needy", [], template="chatml", requires=needs))
    with pytest.warns(UserWarning, match="model type 'needy' needs packages .*: pip install 'transformers>=1000' no-"):
        swiftcore.get_processor(model, model_type="needy")
    save_config(model, model_type="made_up")
    with (
        pytest.warns(UserWarning),
        pytest.raises(ModelError, match="may: pip install 'transformers>=1000'"),
    ):
        swiftcore.get_processor(model, model_type="needy")


# Code that a folder brings along.

CODE = """
import pathlib
from transformers import PretrainedConfig
pathlib.Path(__file__).with_name("ran").touch()
class MineConfig(PretrainedConfig):
    model_type = "mine_{name}"
"""


def with_code(folder: Path, name: str) -> Path:
    save_tokenizer(folder)
    (folder / f"configuration_{name}.py").write_text(CODE.replace("{name}", name))
    mapping = {"AutoConfig": f"configuration_{name}.MineConfig", "AutoModelForCausalLM": "other/repo--modeling.Mine"}
    return save_config(folder, model_type=f"mine_{name}", auto_map=mapping)


def test_code_of_a_folder_does_not_run(folder):
    with pytest.raises(ModelError) as caught:
        swiftcore.get_processor(with_code(folder, "one"))
    said = str(caught.value)
    assert "needs code of its own, and configuration_one.py would have run (and other/repo/modeling.py)" in said
    assert f"Read it in {str(folder)!r}, and pass trust_remote_code=True if you trust it" in said


def test_code_of_a_folder_runs_where_it_is_trusted(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    tokenizer = swiftcore.get_processor(with_code(folder, "two"), trust_remote_code=True)
    assert type(tokenizer.model_info.config).__name__ == "MineConfig"


def test_the_limit_is_the_same_for_a_folder_and_its_tokenizer(tmp_path: Path) -> None:
    """Wherever in `config.json` it stands."""
    pytest.importorskip("transformers")
    for number, config in enumerate(
        (
            {"max_position_embeddings": 300},
            {"text_config": {"max_position_embeddings": 300}},
            {"thinker_config": {"text_config": {"max_position_embeddings": 300}}},
            {"llm_config": {"text_config": {"seq_length": 300, "max_position_embeddings": 900}}},
        )
    ):
        folder = save_config(tmp_path / str(number), **config)
        save_tokenizer(folder)
        assert swiftcore.get_template(folder, template_type="qwen3").max_length == 300
        assert get_model_info_meta(folder)[0].max_model_len == 300
