"""Tiny real models, loaded on the CPU: each dtype, what they say, how they are spread, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from model_support import ASK, EOS, WORD, save, save_config, save_tokenizer, scaling_of, tiny
from swiftcore import ModelError, get_model_tokenizer

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

BEFORE_5 = transformers.__version__.startswith("4.")

# A class of transformers, the name of a folder, what is registered for it, and sizes that it needs beside the usual.
FAMILIES = {
    "LlamaForCausalLM": ("Llama-3.2-1B-Instruct", "llama", {}),
    "Qwen3ForCausalLM": ("Qwen3-8B", "qwen3", {}),
    "Gemma3ForCausalLM": ("gemma-3-1b-it", "gemma3_text", {"sliding_window": 16, "query_pre_attn_scalar": 8}),
}


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each family, with weights in bfloat16."""
    place = tmp_path_factory.mktemp("models")
    made = {}
    for name, (folder, _, sizes) in FAMILIES.items():
        made[name] = save(tiny(name, **sizes), place / folder, "bfloat16")
    return made


@pytest.fixture(scope="module")
def qwen3(models: dict[str, Path]) -> Path:
    return models["Qwen3ForCausalLM"]


@pytest.fixture
def copy(qwen3: Path, tmp_path: Path) -> Path:
    """A model of the test's own."""
    return Path(shutil.copytree(qwen3, tmp_path / qwen3.name))


def edit(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **values}), "utf-8")


def tensors(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def write(folder: Path, weights: dict[str, Any]) -> None:
    from safetensors.torch import save_file

    save_file(weights, folder / "model.safetensors", {"format": "pt"})


# Models as they are.


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_is_loaded_says_its_word_and_stops(models, name, dtype):
    model, tokenizer = get_model_tokenizer(models[name], dtype, "cpu")
    assert type(model).__name__ == name
    assert not model.training
    assert {weight.dtype for weight in model.parameters()} == {getattr(torch, dtype)}
    assert model.model_info.torch_dtype == getattr(torch, dtype)
    assert model.model_meta.model_type == tokenizer.model_meta.model_type == FAMILIES[name][1]
    assert model.model_dir == str(models[name])
    ids = tokenizer(f"Say it.{ASK}", return_tensors="pt", add_special_tokens=False, return_token_type_ids=False)
    said = model.generate(**ids, max_new_tokens=10, do_sample=False)[0, ids["input_ids"].shape[1] :]
    assert tokenizer.convert_ids_to_tokens(said) == [WORD, EOS]


def test_a_template_of_the_tokenizer_encodes_what_the_model_takes(qwen3):
    model, tokenizer = get_model_tokenizer(qwen3, device_map="cpu")
    template = swiftcore.get_template(tokenizer)
    assert (template.template_meta.template_type, template.max_length) == ("qwen3", 128)
    encoded = template.encode({"messages": [{"role": "user", "content": "Hi"}]})
    with torch.inference_mode():
        assert model(torch.tensor([encoded["input_ids"]])).logits.shape[-1] == 261


def test_the_dtype_of_the_configuration(qwen3, monkeypatch):
    monkeypatch.setattr("swiftcore.model.placement.is_slow_on_cpu", lambda name: False)
    assert get_model_tokenizer(qwen3, device_map="cpu")[0].dtype == torch.bfloat16
    monkeypatch.setattr("swiftcore.model.placement.is_slow_on_cpu", lambda name: True)
    with pytest.warns(UserWarning, match="no instructions for bfloat16: loading the weights as float32"):
        assert get_model_tokenizer(qwen3, device_map="cpu")[0].dtype == torch.float32
    assert get_model_tokenizer(qwen3, torch.bfloat16, "cpu")[0].dtype == torch.bfloat16


@pytest.mark.parametrize("asked", ["sdpa", "eager"])
def test_the_attention_that_is_asked_for(qwen3, asked):
    assert get_model_tokenizer(qwen3, device_map="cpu", attn_impl=asked)[0].config._attn_implementation == asked


def test_a_sharded_model(qwen3, tmp_path):
    model, _ = get_model_tokenizer(qwen3, "float32", "cpu")
    folder = save(model, tmp_path / "Qwen3-8B", max_shard_size="10KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    again, _ = get_model_tokenizer(folder, device_map="cpu")
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    shards[0].unlink()
    with pytest.raises(ModelError, match=f"is incomplete, without {shards[0].name}. Download the model again"):
        get_model_tokenizer(folder, device_map="cpu")


def test_how_generation_goes_is_read(copy):
    said = {"eos_token_id": [257, 258], "temperature": 0.5, "do_sample": True}
    (copy / "generation_config.json").write_text(json.dumps(said))
    generation = get_model_tokenizer(copy, device_map="cpu")[0].generation_config
    assert (generation.eos_token_id, generation.temperature, generation.do_sample) == ([257, 258], 0.5, True)
    assert generation.pad_token_id == 257
    (copy / "generation_config.json").write_text(json.dumps({"temperature": 0}))
    generation = get_model_tokenizer(copy, device_map="cpu")[0].generation_config
    assert (generation.eos_token_id, generation.do_sample, generation.temperature) == (257, False, 1.0)


def test_a_model_without_weights(copy):
    (copy / "model.safetensors").unlink()
    model, tokenizer = get_model_tokenizer(copy, return_dummy_model=True)
    assert {weight.device.type for weight in model.parameters()} == {"meta"}
    assert (model.dtype, tokenizer.eos_token) == (torch.bfloat16, EOS)


def test_a_longer_limit_and_other_positions(qwen3):
    model, _ = get_model_tokenizer(qwen3, device_map="cpu", rope_scaling="linear", max_model_len=512)
    assert model.config.max_position_embeddings == model.model_info.max_model_len == 512
    assert scaling_of(model.config)["factor"] == 4.0
    with torch.inference_mode():
        assert model(torch.ones(1, 300, dtype=torch.long)).logits.isfinite().all()


@pytest.mark.skipif(BEFORE_5, reason="this transformers has one attribute for each kind")
def test_positions_of_a_model_that_has_two_kinds(models):
    yarn = {"rope_type": "yarn", "factor": 2.0}
    model, _ = get_model_tokenizer(models["Gemma3ForCausalLM"], device_map="cpu", rope_scaling=yarn)
    kinds = {kind: part["rope_type"] for kind, part in model.config.rope_parameters.items()}
    assert kinds == {"sliding_attention": "default", "full_attention": "yarn"}


def test_what_else_is_passed_on(qwen3, monkeypatch):
    given = {}

    def from_pretrained(folder, **kwargs):
        given.update(kwargs)
        raise RuntimeError("seen")

    monkeypatch.setattr(transformers.Qwen3ForCausalLM, "from_pretrained", from_pretrained)
    kwargs = {"low_cpu_mem_usage": True}
    with pytest.raises(ModelError, match="cannot load the weights: seen"):
        get_model_tokenizer(
            qwen3,
            device_map="auto",
            max_memory={"cpu": "1GiB"},
            attn_impl="sdpa",
            model_kwargs=kwargs,
            experts_impl="eager",
        )
    assert given["device_map"] == "auto"
    assert given["max_memory"] == {"cpu": "1GiB"}
    assert given["low_cpu_mem_usage"] is True
    assert given["config"]._attn_implementation == "sdpa"
    assert given["experts_implementation"] == "eager"
    assert given["dtype"] == torch.bfloat16
    assert kwargs == {"low_cpu_mem_usage": True}


# Other tasks.


@pytest.mark.parametrize(("labels", "problem"), [(3, "single_label_classification"), (1, "regression")])
def test_a_classifier(qwen3, labels, problem):
    with pytest.warns(UserWarning, match="the head of the classifier is new and has to be trained: score.weight"):
        model, tokenizer = get_model_tokenizer(qwen3, "float32", "cpu", num_labels=labels)
    assert type(model).__name__ == "Qwen3ForSequenceClassification"
    assert (model.config.num_labels, model.config.problem_type, model.config.pad_token_id) == (labels, problem, 257)
    ids = tokenizer(["one", "twenty"], padding=True, return_tensors="pt")
    with torch.inference_mode():
        assert model(**ids).logits.shape == (2, labels)
    assert swiftcore.get_template(tokenizer, mode="train").task_type == "seq_cls"


def test_a_classifier_that_was_trained(qwen3, tmp_path):
    with pytest.warns(UserWarning, match="is new"):
        model, tokenizer = get_model_tokenizer(qwen3, "float32", "cpu", num_labels=3)
    model.save_pretrained(tmp_path / "Qwen3-8B")
    tokenizer.save_pretrained(tmp_path / "Qwen3-8B")
    again, _ = get_model_tokenizer(tmp_path / "Qwen3-8B", device_map="cpu")
    assert torch.equal(again.score.weight, model.score.weight)
    assert again.model_info.num_labels == 3
    with pytest.warns(UserWarning, match="is new and has to be trained: score.weight"):
        other, _ = get_model_tokenizer(tmp_path / "Qwen3-8B", device_map="cpu", num_labels=5)
    assert other.score.weight.shape == (5, 16)


# New tokens.


def test_new_tokens_grow_the_embeddings_to_a_multiple_of_128(qwen3):
    model, tokenizer = get_model_tokenizer(qwen3, "float32", "cpu", new_special_tokens=["<a>", EOS, "<b>"])
    assert tokenizer.convert_tokens_to_ids(["<a>", "<b>", EOS]) == [261, 262, 257]
    assert model.get_input_embeddings().weight.shape[0] == model.get_output_embeddings().weight.shape[0] == 384
    assert model.config.vocab_size == 384
    before, _ = get_model_tokenizer(qwen3, "float32", "cpu", new_special_tokens=[EOS])
    assert before.config.vocab_size == 261
    assert torch.equal(model.get_input_embeddings().weight[:261], before.get_input_embeddings().weight)


def test_new_tokens_that_fit_leave_the_embeddings_as_they_are(tmp_path):
    folder = save(tiny("Qwen3ForCausalLM", vocab_size=300), tmp_path / "Qwen3-8B")
    model, tokenizer = get_model_tokenizer(folder, device_map="cpu", new_special_tokens=["<a>"])
    assert (len(tokenizer), model.config.vocab_size) == (262, 300)


# What is refused.


def test_weights_that_lack_tensors(copy):
    weights = tensors(copy)
    del weights["model.layers.1.mlp.up_proj.weight"], weights["model.norm.weight"]
    write(copy, weights)
    with pytest.raises(ModelError) as caught:
        get_model_tokenizer(copy, device_map="cpu")
    said = str(caught.value)
    assert "lack 2 of the tensors of Qwen3ForCausalLM: model.layers.1.mlp.up_proj.weight, model.norm.weight" in said
    with pytest.raises(ModelError, match="lack 2 of the tensors of Qwen3ForSequenceClassification"):
        get_model_tokenizer(copy, device_map="cpu", num_labels=2)


def test_tensors_that_are_missing_are_made_up_where_that_is_asked_for(copy):
    weights = tensors(copy)
    missing = ["model.layers.1.mlp.up_proj.weight", "model.norm.weight"]
    for name in missing:
        del weights[name]
    write(copy, weights)
    for strategy in ("zero", "normal", "kaiming_uniform", "kaiming_normal", "xavier_normal", "orthogonal"):
        with pytest.warns(UserWarning, match=f"2 missing tensors were initialised with '{strategy}': model.layers"):
            model, _ = get_model_tokenizer(copy, "float32", "cpu", init_strategy=strategy)
        made = model.get_parameter(missing[0])
        assert made.isfinite().all()
        assert bool(made.any()) is (strategy != "zero")
    kept = "model.layers.1.mlp.gate_proj.weight"
    assert torch.equal(model.get_parameter(kept), weights[kept].float())


def test_weights_of_other_sizes(copy):
    edit(copy / "config.json", intermediate_size=24)
    sizes = "" if BEFORE_5 else r": expected \(16, 24\), got \(16, 16\)"
    with pytest.raises(ModelError, match=f"down_proj.weight{sizes}, .* and 3 more"):
        get_model_tokenizer(copy, device_map="cpu")


def test_damaged_weights(copy):
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match="a file of the weights is damaged .* Download it again"):
        get_model_tokenizer(copy, device_map="cpu")


def test_no_weights(copy):
    (copy / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="is incomplete, without its weights"):
        get_model_tokenizer(copy, device_map="cpu")


def test_weights_of_another_task(qwen3, tmp_path):
    with pytest.warns(UserWarning, match="is new"):
        model, tokenizer = get_model_tokenizer(qwen3, device_map="cpu", num_labels=3)
    model.save_pretrained(tmp_path / "Qwen3-8B")
    save_tokenizer(tmp_path / "Qwen3-8B")
    with pytest.raises(
        ModelError, match="lack 1 of the tensors of Qwen3ForCausalLM: lm_head.weight. .*pass the task_type"
    ):
        get_model_tokenizer(tmp_path / "Qwen3-8B", device_map="cpu", task_type="causal_lm")


@pytest.mark.parametrize(
    ("method", "advice"),
    [("gptq", "pip install optimum gptqmodel"), ("awq", "pip install gptqmodel"), ("hqq", "pip install hqq")],
)
def test_quantized_weights_name_what_they_need(copy, method, advice, monkeypatch):
    monkeypatch.setattr("swiftcore.model.requirements.missing_requirements", lambda requires: list(requires))
    edit(copy / "config.json", quantization_config={"quant_method": method, "bits": 4})
    (copy / "model.safetensors").unlink()
    with (
        pytest.warns(UserWarning),
        pytest.raises(ModelError, match=f"{method} weights need packages that are not installed: {advice}"),
    ):
        get_model_tokenizer(copy, device_map="cpu")
    with pytest.warns(UserWarning, match="model type 'qwen3' needs packages that are not installed"):
        nothing, tokenizer = get_model_tokenizer(copy, load_model=False)
    assert (nothing, tokenizer.model_info.quant_method) == (None, method)


def test_a_model_that_transformers_does_not_know(tmp_path):
    save_tokenizer(tmp_path)
    with pytest.raises(ModelError, match="has no model type 'made_up'"):
        get_model_tokenizer(save_config(tmp_path, model_type="made_up"), device_map="cpu")
