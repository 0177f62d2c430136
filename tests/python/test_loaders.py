"""Loaders of one's own, as functions and as classes; multimodal models; tasks that need another head."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from model_support import EOS, SIZES, save, save_tokenizer, tiny
from swiftcore import (
    ArgumentError,
    Model,
    ModelError,
    ModelGroup,
    ModelLoader,
    ModelMeta,
    get_model_tokenizer,
    get_model_tokenizer_from_local,
    get_model_tokenizer_multimodal,
    get_model_tokenizer_with_flash_attn,
    register_model,
)

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that tests register in their ways."""
    return save(tiny("Qwen3ForCausalLM"), tmp_path_factory.mktemp("models") / "mine-7b")


def register(loader: Any, **fields: Any) -> None:
    groups = [ModelGroup([Model("me/mine-7b")])]
    meta = ModelMeta("mine", groups, loader, template="chatml", **fields)
    register_model(meta, exist_ok=True)


# Functions, as in ms-swift 3.


def test_a_function_is_called_as_in_version_3(mine):
    seen: dict[str, Any] = {}

    def get_mine(model_dir, model_info, model_kwargs, load_model=True, **kwargs):
        seen.update(kwargs, model_dir=model_dir, info=model_info, model_kwargs=model_kwargs, load_model=load_model)
        tokenizer = transformers.AutoTokenizer.from_pretrained(model_dir)
        model = None
        if load_model:
            dtype = model_info.torch_dtype
            model = transformers.AutoModelForCausalLM.from_pretrained(model_dir, dtype=dtype, **model_kwargs)
        return model, tokenizer

    register(get_mine)
    model, tokenizer = get_model_tokenizer(mine, "bfloat16", "cpu", attn_impl="sdpa", mine_too=7)
    assert model.dtype == torch.bfloat16
    assert (seen["model_dir"], seen["load_model"], seen["mine_too"]) == (str(mine), True, 7)
    assert seen["model_kwargs"] == {"device_map": "cpu"}
    assert seen["info"].max_model_len == 128
    assert (seen["attn_impl"], seen["automodel_class"], seen["model_meta"].model_type) == ("sdpa", None, "mine")
    assert (tokenizer.pad_token, model.config.pad_token_id, model.model_info) == (EOS, 257, seen["info"])
    assert swiftcore.get_template(tokenizer).template_meta.template_type == "chatml"
    assert get_model_tokenizer(mine, load_model=False)[0] is None
    assert seen["model_kwargs"] == {}


def test_an_argument_of_a_loader_that_is_found_by_the_architecture(mine, tmp_path):
    def get_mine(model_dir, model_info, model_kwargs, load_model=True, *, size=1):
        return None, transformers.AutoTokenizer.from_pretrained(model_dir, size=size)

    folder = Path(shutil.copytree(mine, tmp_path / "nameless"))
    (folder / "config.json").write_text('{"architectures": ["MineForCausalLM"], "model_type": "qwen3"}')
    register(get_mine, architectures=["MineForCausalLM"])
    _, tokenizer = get_model_tokenizer(folder, load_model=False, size=3)
    assert tokenizer.init_kwargs["size"] == 3
    (folder / "config.json").write_text('{"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}')
    with pytest.raises(ArgumentError, match="argument 'size': unknown"):
        get_model_tokenizer(folder, load_model=False, model_type="qwen3", size=3)


def test_a_function_that_takes_little_is_given_little(mine):
    def get_mine(model_dir, model_info, model_kwargs, load_model=True, *, size=1):
        return size, transformers.AutoTokenizer.from_pretrained(model_dir)

    register(get_mine)
    with pytest.raises(ArgumentError, match="argument 'sise': unknown"):
        get_model_tokenizer(mine, load_model=False, sise=2)


@pytest.mark.parametrize("given", [None, (None,), (None, None)])
def test_a_function_that_gives_something_else(mine, given):
    register(lambda *args, **kwargs: given)
    with pytest.raises(
        ModelError, match="model 'mine', get_function: expected <lambda> to return a model or None, and a tok"
    ):
        get_model_tokenizer(mine, load_model=False)


@pytest.mark.parametrize("function", [get_model_tokenizer_from_local, get_model_tokenizer_with_flash_attn])
def test_the_functions_of_version_3(mine, function):
    register(function)
    model, tokenizer = get_model_tokenizer(mine, "float16", "cpu", attn_impl="eager")
    assert (model.dtype, model.config._attn_implementation, tokenizer.pad_token) == (torch.float16, "eager", EOS)
    info, meta = swiftcore.get_model_info_meta(mine)
    config = transformers.AutoConfig.from_pretrained(mine)
    config.marked = True
    model, same = function(
        str(mine), info, {"device_map": "cpu"}, tokenizer=tokenizer, model_config=config, model_meta=meta
    )
    assert same is tokenizer
    assert model.config.marked
    assert function(str(mine), info, load_model=False)[0] is None


def test_a_function_that_goes_on_from_another(mine):
    def get_mine(model_dir, model_info, model_kwargs, load_model=True, **kwargs):
        kwargs["automodel_class"] = transformers.Qwen3ForCausalLM
        model, tokenizer = get_model_tokenizer_with_flash_attn(
            model_dir, model_info, model_kwargs, load_model, **kwargs
        )
        tokenizer.marked = True
        return model, tokenizer

    register(get_mine)
    model, tokenizer = get_model_tokenizer(mine, device_map="cpu")
    assert (type(model).__name__, tokenizer.marked) == ("Qwen3ForCausalLM", True)


# Classes, as in ms-swift 4.


def test_a_class_that_changes_a_step(mine):
    class MineLoader(ModelLoader):
        def get_model(self, model_dir, config, processor, model_kwargs):
            self.auto_model_cls = self.auto_model_cls or transformers.Qwen3ForCausalLM
            model = super().get_model(model_dir, config, processor, model_kwargs)
            model.marked = len(processor)
            return model

    register(MineLoader)
    model, tokenizer = get_model_tokenizer(mine, "float32", "cpu")
    assert (model.marked, model.model_meta.model_type, tokenizer.model_info.model_type) == (261, "mine", "mine")
    with pytest.raises(ArgumentError, match="argument 'atn_impl': unknown; did you mean 'attn_impl'"):
        get_model_tokenizer(mine, atn_impl="sdpa")


def test_a_class_with_arguments_of_its_own(mine):
    class MineLoader(ModelLoader):
        def __init__(self, model_info, model_meta, *, size=1, **kwargs):
            super().__init__(model_info, model_meta, **kwargs)
            self.size = size

        def get_processor(self, model_dir, config):
            tokenizer = super().get_processor(model_dir, config)
            tokenizer.size = self.size
            return tokenizer

    register(MineLoader)
    assert get_model_tokenizer(mine, load_model=False, size=3)[1].size == 3
    with pytest.raises(ArgumentError, match="argument 'sise': unknown"):
        get_model_tokenizer(mine, load_model=False, sise=3)


def test_a_class_that_loads_the_model_itself(mine):
    class MineLoader(ModelLoader):
        def get_model(self, model_dir, config, processor, model_kwargs):
            return transformers.AutoModelForCausalLM.from_pretrained(model_dir, config=config, **model_kwargs)

    register(MineLoader)
    model, _ = get_model_tokenizer(mine, "bfloat16", "cpu", attn_impl="eager", max_model_len=99)
    assert (model.dtype, model.config._attn_implementation) == (torch.bfloat16, "eager")
    assert model.config.max_position_embeddings == 99


def test_a_class_of_its_own(mine):
    class Other:
        def __init__(self, model_info, model_meta, *args, load_model=False, **kwargs):
            self.info, self.load_model, self.kwargs = model_info, load_model, kwargs

        def load(self):
            tokenizer = transformers.AutoTokenizer.from_pretrained(self.info.model_dir)
            tokenizer.given = self.kwargs
            return None, tokenizer

    register(Other)
    nothing, tokenizer = get_model_tokenizer(
        mine, device_map="cpu", rope_scaling={"type": "linear", "factor": 2.0}, own=1
    )
    assert nothing is None
    assert tokenizer.pad_token == EOS
    given = tokenizer.given
    assert given["rope_scaling"] == {"rope_type": "linear", "factor": 2.0}
    assert (given["max_model_len"], given["own"], given["model_kwargs"]) == (256, 1, {"device_map": "cpu"})


def test_the_registered_dtype(mine):
    register(None, torch_dtype=torch.float16)
    assert get_model_tokenizer(mine, device_map="cpu")[0].dtype == torch.float16
    assert get_model_tokenizer(mine, "float32", "cpu")[0].dtype == torch.float32


def test_another_class_of_transformers(mine):
    register(None)
    model, _ = get_model_tokenizer(mine, device_map="cpu", auto_model_cls=transformers.AutoModel)
    assert type(model).__name__ == "Qwen3Model"
    model, _ = get_model_tokenizer(mine, device_map="cpu", automodel_class=transformers.AutoModel)
    assert type(model).__name__ == "Qwen3Model"


# Files that are saved too.


def test_files_that_are_saved_too(mine, tmp_path):
    register(None, additional_saved_files=["words.txt", "1_Pooling", "not-there.pt"])
    (mine / "words.txt").write_text("one")
    (mine / "1_Pooling").mkdir()
    (mine / "1_Pooling" / "config.json").write_text("{}")
    model, tokenizer = get_model_tokenizer(mine, device_map="cpu")
    found = [mine / "words.txt", mine / "1_Pooling"]
    assert swiftcore.additional_saved_files(model) == swiftcore.additional_saved_files(tokenizer) == found
    swiftcore.copy_additional_saved_files(model, tmp_path / "out")
    swiftcore.copy_additional_saved_files(model, tmp_path / "out")
    assert (tmp_path / "out/words.txt").read_text() == "one"
    assert (tmp_path / "out/1_Pooling/config.json").is_file()


# Multimodal models.

requires = pytest.mark.filterwarnings("ignore:model type 'qwen2_audio' needs packages")


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that hears: with a processor, which needs no package for media."""
    folder = tmp_path_factory.mktemp("models") / "Qwen2-Audio-7B-Instruct"
    heard = {
        "d_model": 16,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "num_mel_bins": 16,
    }
    sizes = {name: value for name, value in SIZES.items() if name != "head_dim"}
    text = {"model_type": "qwen2", **sizes}
    config = transformers.Qwen2AudioConfig(audio_config=heard, text_config=text, audio_token_id=260)
    transformers.Qwen2AudioForConditionalGeneration(config).to(torch.bfloat16).save_pretrained(folder)
    save_tokenizer(folder)
    listens = transformers.WhisperFeatureExtractor(feature_size=16)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    transformers.Qwen2AudioProcessor(listens, tokenizer).save_pretrained(folder)
    return folder


@requires
def test_a_multimodal_model_comes_with_its_processor(audio, tmp_path):
    model, processor = get_model_tokenizer(audio, "bfloat16", "cpu")
    assert type(model).__name__ == "Qwen2AudioForConditionalGeneration"
    assert type(processor).__name__ == "Qwen2AudioProcessor"
    assert model.model_info.is_multimodal
    assert processor.tokenizer.pad_token == EOS
    template = swiftcore.get_template(processor)
    assert (template.template_meta.template_type, template.max_length) == ("qwen2_audio", 128)
    assert template.encode({"messages": [{"role": "user", "content": "Hi"}]})["input_ids"]
    processor.save_pretrained(tmp_path)
    again = transformers.AutoProcessor.from_pretrained(tmp_path)
    assert again.tokenizer("Hi")["input_ids"] == processor.tokenizer("Hi")["input_ids"]
    assert "model_info" not in (tmp_path / "processor_config.json").read_text("utf-8")


@requires
def test_the_processor_alone(audio):
    nothing, processor = get_model_tokenizer(audio, load_model=False)
    assert nothing is None
    assert type(processor).__name__ == type(swiftcore.get_processor(audio)).__name__ == "Qwen2AudioProcessor"
    assert swiftcore.get_template(processor).template_meta.template_type == "qwen2_audio"


@requires
def test_new_tokens_of_a_multimodal_model(audio):
    model, processor = get_model_tokenizer(audio, "float32", "cpu", new_special_tokens=["<a>"])
    assert processor.tokenizer.convert_tokens_to_ids("<a>") == len(processor.tokenizer) - 1
    assert model.get_input_embeddings().weight.shape[0] == 384
    assert model.config.text_config.vocab_size == 384


@requires
def test_the_multimodal_function_of_version_3(audio):
    info, meta = swiftcore.get_model_info_meta(audio)
    model, processor = get_model_tokenizer_multimodal(str(audio), info, {"device_map": "cpu"}, model_meta=meta)
    assert type(processor).__name__ == "Qwen2AudioProcessor"
    assert type(model).__name__ == "Qwen2AudioForConditionalGeneration"


@requires
def test_a_classifier_that_transformers_does_not_have(audio):
    with pytest.raises(
        ModelError, match="has no model of Qwen2AudioConfig for task_type='seq_cls'. Pass auto_model_cls"
    ):
        get_model_tokenizer(audio, "float32", "cpu", num_labels=2)


# Tasks that need another head.


def test_an_embedding(mine):
    register(None)
    model, tokenizer = get_model_tokenizer(mine, "float32", "cpu", task_type="embedding")
    plain, _ = get_model_tokenizer(mine, "float32", "cpu")
    texts = ["one", "twenty-one"]
    for side in ("right", "left"):
        tokenizer.padding_side = side
        ids = tokenizer(texts, padding=True, return_tensors="pt")
        with torch.inference_mode():
            got = model(**ids)["last_hidden_state"]
            hidden = plain.model(**ids).last_hidden_state
        last = [int(row.nonzero()[-1]) for row in ids["attention_mask"]]
        expected = torch.nn.functional.normalize(hidden[torch.arange(2), last], dim=1)
        torch.testing.assert_close(got, expected)


def test_a_generative_reranker(mine, monkeypatch):
    register(None)
    monkeypatch.setenv("GENERATIVE_RERANKER_POSITIVE_TOKEN", "y")
    with pytest.raises(
        ModelError, match="the tokenizer has no token 'no'. Set the environment variable GENERATIVE_RERANKER_NEGA"
    ):
        get_model_tokenizer(mine, "float32", "cpu", task_type="generative_reranker")
    monkeypatch.setenv("GENERATIVE_RERANKER_NEGATIVE_TOKEN", "n")
    model, tokenizer = get_model_tokenizer(mine, "float32", "cpu", task_type="generative_reranker")
    plain, _ = get_model_tokenizer(mine, "float32", "cpu")
    with torch.no_grad():
        plain.lm_head.weight.normal_()
        model.lm_head.weight.copy_(plain.lm_head.weight)
    ids = tokenizer("fits?", return_tensors="pt")
    with torch.inference_mode():
        logits = plain(**ids).logits
        yes, no = tokenizer.convert_tokens_to_ids(["y", "n"])
        torch.testing.assert_close(model(**ids).logits, logits[..., yes : yes + 1] - logits[..., no : no + 1])


def test_a_reranker(mine):
    register(None)
    with pytest.warns(UserWarning, match="is new"):
        model, _ = get_model_tokenizer(mine, "float32", "cpu", task_type="reranker")
    assert (type(model).__name__, model.config.num_labels) == ("Qwen3ForSequenceClassification", 1)


def test_a_reward_model_gives_one_number(mine):
    register(None, is_reward=True)
    with pytest.warns(UserWarning, match="is new"):
        model, tokenizer = get_model_tokenizer(mine, "float32", "cpu")
    assert (model.model_info.task_type, model.config.num_labels) == ("seq_cls", 1)
    assert swiftcore.get_template(tokenizer).task_type == "seq_cls"
