"""Which template a model has: by its name, by what was saved with it, by its architecture."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from swiftcore import (
    MODEL_MAPPING,
    TEMPLATE_MAPPING,
    ArgumentError,
    DataError,
    Model,
    ModelError,
    ModelGroup,
    ModelMeta,
    TemplateError,
    TemplateMeta,
    get_matched_model_meta,
    get_model_name,
    get_template,
    match_model,
    register_model,
    register_template,
)


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    before = dict(MODEL_MAPPING)
    yield
    MODEL_MAPPING.clear()
    MODEL_MAPPING.update(before)


def save(folder: Path, name: str, **content: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Qwen/Qwen3-8B", "Qwen3-8B"),
        ("Qwen3-8B", "Qwen3-8B"),
        ("/data/Qwen3-8B///", "Qwen3-8B"),
        ("./Qwen/Qwen2___5-7B", "Qwen2.5-7B"),
        ("/c/hub/models--Qwen--Qwen3-8B/snapshots/0123abc", "Qwen3-8B"),
        ("/c/hub/models--Qwen--Qwen3-8B/snapshots/0123abc/", "Qwen3-8B"),
        ("/c/hub/models--gpt2/snapshots/0123abc", "gpt2"),
        ("/c/models/Qwen--Qwen3-8B/snapshots/master", "Qwen3-8B"),
        ("/c/models/Qwen/Qwen3-8B", "Qwen3-8B"),
        (Path("/data/Qwen3-8B"), "Qwen3-8B"),
        ("", ""),
    ],
)
def test_name(given: Any, name: str) -> None:
    assert get_model_name(given) == name


@pytest.mark.parametrize(
    ("given", "template"),
    [
        ("Qwen/Qwen3-8B", "qwen3"),
        ("qwen/qwen3-8b", "qwen3"),
        ("/data/QWEN3-8B/", "qwen3"),
        ("/c/hub/models--Qwen--Qwen2.5-7B-Instruct/snapshots/0123abc", "qwen2_5"),
        ("/c/models/Qwen/Qwen2___5-7B-Instruct", "qwen2_5"),
        ("/c/models/qwen--Qwen2.5-VL-7B-Instruct/snapshots/master/", "qwen2_5_vl"),
        ("meta-llama/Llama-3.2-1B-Instruct", "llama3_2"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek_r1"),
    ],
)
def test_by_name(given: str, template: str) -> None:
    assert match_model(given).template_type == template


def test_a_name_must_be_whole() -> None:
    for given in ("Qwen/Qwen3-8B-mine", "mine-Qwen3-8B", "8B", "", "/"):
        assert get_matched_model_meta(given) is None


def test_a_group_goes_before_its_type() -> None:
    groups = [
        ModelGroup([Model("mine/a")]),
        ModelGroup([Model("mine/b")], "qwen", tags=["b"], requires=["x"], ignore_patterns=["*.pth"]),
    ]
    register_model(ModelMeta("mine", groups, template="chatml", tags=["a"], requires=["y"]))
    plain, special = get_matched_model_meta("a"), get_matched_model_meta("b")
    assert plain is not None
    assert special is not None
    assert (plain.template, plain.tags, plain.requires, plain.ignore_patterns) == ("chatml", ["a"], ["y"], None)
    assert (special.template, special.tags, special.requires) == ("qwen", ["b"], ["x"])
    assert special.ignore_patterns == ["*.pth"]
    assert MODEL_MAPPING["mine"].template == "chatml"


def test_a_path_is_a_name_too(tmp_path: Path) -> None:
    register_model(ModelMeta("mine", [ModelGroup([Model(model_path=tmp_path / "best-7b")])], template="chatml"))
    assert match_model(tmp_path / "best-7b").template_type == "chatml"
    assert match_model("elsewhere/Best-7B").template_type == "chatml"


def test_of_types_with_one_name_the_first_unless_an_id_is_whole() -> None:
    register_model(ModelMeta("mine", [ModelGroup([Model("mine/Qwen3-8B")])], template="chatml"))
    assert match_model("Qwen/Qwen3-8B").template_type == "qwen3"
    assert match_model("/data/Qwen3-8B").template_type == "qwen3"
    assert match_model("mine/Qwen3-8B").template_type == "chatml"


def test_arguments_override() -> None:
    assert match_model("Qwen/Qwen3-8B", template_type="chatml").template_type == "chatml"
    found = match_model("Qwen/Qwen3-8B", model_type="longchat")
    assert (found.template_type, found.model_type) == ("longchat", "longchat")
    assert match_model("Qwen/Qwen3-8B", model_type="qwen3").template_type == "qwen3"
    with pytest.raises(ArgumentError, match="template_type='qwen' or template_type='qwen2_5'") as caught:
        match_model("Qwen/Qwen3-8B", model_type="qwen2")
    assert caught.value.argument == "template_type"
    with pytest.raises(ModelError, match=r"no model type 'qwen9'; did you mean '.+'\?; list\(MODEL_MAPPING\) names"):
        match_model("Qwen/Qwen3-8B", model_type="qwen9")


def test_args_json_names_a_template(tmp_path: Path) -> None:
    folder = save(tmp_path / "checkpoint-100", "args.json", template="qwen2_5", model="Qwen/Qwen3-8B")
    assert match_model(folder).template_type == "qwen2_5"
    # Also where the folder is called as a model is.
    folder = save(tmp_path / "Qwen3-8B", "args.json", template="qwen2_5")
    assert match_model(folder).template_type == "qwen2_5"
    assert match_model(folder, template_type="chatml").template_type == "chatml"


def test_args_json_names_a_type(tmp_path: Path) -> None:
    folder = save(tmp_path / "run", "args.json", model_type="longchat", template=None, swift_version="4.0.0.dev0")
    assert match_model(folder).template_type == "longchat"
    save(folder, "args.json", model_type="nothing", swift_version="4.6.0")
    with pytest.raises(ModelError, match=r"args\.json, model_type: no model type 'nothing'"):
        match_model(folder)


def test_a_type_of_version_3_is_not_read(tmp_path: Path) -> None:
    for version in ({"swift_version": "3.12.0"}, {}):
        folder = save(tmp_path / "run", "args.json", model_type="qwen2", model="Qwen/Qwen3-8B", **version)
        assert match_model(folder).template_type == "qwen3"


@pytest.mark.parametrize("place", [".", "default"])
def test_an_adapter_has_the_template_of_its_base(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "adapter"
    save(folder / place, "adapter_config.json", base_model_name_or_path="Qwen/Qwen3-8B", peft_type="LORA")
    found = match_model(folder)
    assert (found.template_type, found.model_type) == ("qwen3", "qwen3")
    assert found.why.startswith("adapter_config.json in ")
    base = save(tmp_path / "base", "args.json", template="chatml")
    save(folder / place, "adapter_config.json", base_model_name_or_path=str(base))
    assert match_model(folder).template_type == "chatml"
    save(folder, "args.json", template="qwen2_5")
    assert match_model(folder).template_type == "qwen2_5"


def test_adapters_in_a_circle(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    save(one, "adapter_config.json", base_model_name_or_path=str(two))
    save(two, "adapter_config.json", base_model_name_or_path=str(one))
    with pytest.raises(ArgumentError, match="no config.json in it names its architectures"):
        match_model(one)


def test_by_architecture(tmp_path: Path) -> None:
    save(tmp_path, "config.json", architectures=["LongcatFlashForCausalLM"], model_type="anything")
    found = match_model(tmp_path)
    assert (found.template_type, found.model_type) == ("longchat", "longchat")
    assert found.why == "the architecture 'LongcatFlashForCausalLM' is that of model type 'longchat'"


def test_of_several_architectures_the_first_counts(tmp_path: Path) -> None:
    save(tmp_path, "config.json", architectures=["LongcatFlashForCausalLM", "Qwen3ForCausalLM"])
    assert match_model(tmp_path).template_type == "longchat"


def test_several_types(tmp_path: Path) -> None:
    save(tmp_path, "config.json", architectures=["Qwen2ForCausalLM"])
    with pytest.raises(ArgumentError) as caught:
        match_model(tmp_path)
    text = str(caught.value)
    assert text.startswith(f"argument 'model_type': is missing, and cannot be told from {str(tmp_path)!r}: ")
    assert "2 model types have the architecture 'Qwen2ForCausalLM': qwen2_gte (the template dummy), qwen2 (" in text
    assert "give model_type='qwen2_gte' or model_type='qwen2', or template_type= with" in text
    assert caught.value.argument == "model_type"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (None, "no config.json in it names its architectures"),
        ({}, "no config.json in it names its architectures"),
        ({"architectures": []}, "no config.json in it names its architectures"),
        ({"architectures": "X"}, "no config.json in it names its architectures"),
        ({"architectures": ["MadeUp"]}, "no registered model has that name or the architecture 'MadeUp'"),
    ],
)
def test_unknown_models(tmp_path: Path, config: Any, problem: str) -> None:
    if config is not None:
        save(tmp_path, "config.json", **config)
    with pytest.raises(ArgumentError, match=problem) as caught:
        match_model(tmp_path)
    assert caught.value.argument == "template_type"
    assert "template_type='qwen3' (`swiftcore templates` lists them)" in str(caught.value)


def test_what_is_no_id() -> None:
    with pytest.raises(ArgumentError, match="argument 'model': is 3; give the id or the folder of a model"):
        match_model(3)  # type: ignore[arg-type]


def test_no_such_folder() -> None:
    with pytest.raises(ArgumentError, match="no registered model has that name, and it is no folder here"):
        match_model("somebody/nothing-known")


@pytest.mark.parametrize("file", ["args.json", "config.json", "adapter_config.json"])
def test_files_that_are_not_json(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text('{"template": ')
    with pytest.raises(DataError, match=file):
        match_model(tmp_path)


# get_template without a template.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from swiftcore.tokenizer import packaged_tokenizer

    place = tmp_path_factory.mktemp("models") / "DeepSeek-V2___5"
    place.mkdir()
    shutil.copy(packaged_tokenizer("deepseek"), place / "tokenizer.json")
    config = packaged_tokenizer("deepseek").with_name("tokenizer_config.json")
    if config.exists():
        shutil.copy(config, place)
    return place


def test_get_template_of_a_folder(folder: Path) -> None:
    file = folder / "tokenizer.json"
    assert get_template(file).template_meta.template_type == "deepseek_v2_5"
    assert get_template(file, mode="train").mode == "train"
    assert get_template(swiftcore.Tokenizer.from_file(file)).template_meta.template_type == "deepseek_v2_5"
    assert get_template(file, template_type="chatml").template_meta.template_type == "chatml"
    assert get_template(file, model_type="longchat").template_meta.template_type == "longchat"


def test_get_template_of_a_tokenizer_that_says_where_it_is_from() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    from swiftcore.tokenizer import packaged_tokenizer

    class Fast:
        backend_tokenizer = tokenizers.Tokenizer.from_file(str(packaged_tokenizer("deepseek")))
        name_or_path = "deepseek-ai/DeepSeek-V2.5"
        bos_token, eos_token = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"

    assert get_template(Fast()).template_meta.template_type == "deepseek_v2_5"
    Fast.name_or_path = ""
    with pytest.raises(ArgumentError, match="argument 'template_type': is missing; give the name"):
        get_template(Fast())


def test_get_template_without_any_hint() -> None:
    with pytest.raises(ArgumentError, match="argument 'template_type': is missing; give the name"):
        get_template("deepseek")
    assert get_template("deepseek", model_type="longchat").template_meta.template_type == "longchat"
    with pytest.raises(ModelError, match="no model type 'longcaht'; did you mean 'longchat'"):
        get_template("deepseek", template_type="chatml", model_type="longcaht")


def test_a_model_whose_template_is_not_registered(folder: Path) -> None:
    near = r"no template 'qwen33'; did you mean 'qwen3'.*\?; register_template adds one: call it before register_model"
    with pytest.raises(ModelError, match=f"model 'mine', template: {near}"):
        register_model(ModelMeta("mine", [], template="qwen33"))
    groups = [ModelGroup([Model("a/b", "a/b")]), ModelGroup([Model("a/c", "a/c")], template="qwen33")]
    with pytest.raises(ModelError, match=rf"model 'mine', model_groups\[1\].template: {near}"):
        register_model(ModelMeta("mine", groups, template="qwen3"))
    assert "mine" not in MODEL_MAPPING
    # What is taken out afterwards is looked up when it is needed.
    register_template(TemplateMeta("passing", [], ["{{QUERY}}"], None))
    register_model(ModelMeta("mine", [], template="passing"))
    del TEMPLATE_MAPPING["passing"]
    with pytest.raises(TemplateError, match="no template 'passing'"):
        get_template(folder / "tokenizer.json", model_type="mine")


def test_a_template_whose_agent_format_is_not_registered() -> None:
    meta = TemplateMeta("mine", [], ["{{QUERY}}"], None, agent_template="herms")
    with pytest.raises(
        TemplateError, match="template 'mine', agent_template: no agent format 'herms'; did you mean"
    ) as caught:
        register_template(meta)
    assert (caught.value.template_type, caught.value.field) == ("mine", "agent_template")
    assert "'hermes'" in str(caught.value)
    assert "mine" not in TEMPLATE_MAPPING


def test_an_id_that_is_nearly_registered() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'meta-llama/Meta-Llama-3.1-8B-Instruct'"):
        match_model("meta-llama/Llama-3.1-8B-Instruct")


def test_text_through_a_multimodal_template(folder: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}
    text = get_template(folder / "tokenizer.json", template_type="qwen2_5", mode="train").encode(row)
    media = get_template(folder / "tokenizer.json", template_type="minicpmo", mode="train").encode(row)
    assert media == text
