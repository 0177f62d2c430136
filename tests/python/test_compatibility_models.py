"""Each line of COMPATIBILITY.md about models, shown."""

import json
import re
from pathlib import Path

import pytest
import swiftcore
from swiftcore import (
    MODEL_MAPPING,
    TEMPLATE_MAPPING,
    ArgumentError,
    Model,
    ModelError,
    ModelGroup,
    ModelMeta,
    TemplateError,
    match_model,
    register_model,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def registry_as_it_was():
    before = dict(MODEL_MAPPING)
    yield
    MODEL_MAPPING.clear()
    MODEL_MAPPING.update(before)


def config(folder, **content):
    (folder / "config.json").write_text(json.dumps(content))
    return folder


def mine(**fields):
    return ModelMeta("mine", [ModelGroup([Model("mine/Qwen3-8B")])], **{"template": "chatml", **fields})


def test_every_line_has_a_test():
    lines = re.findall(r"^\| ([MV]\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_[mv]\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_m01_an_unknown_model_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="give the name of a registered template"):
        match_model(config(tmp_path, architectures=["MadeUpForCausalLM"]))


def test_m02_an_id_in_full_goes_before_one_that_ends_alike():
    register_model(mine())
    assert match_model("mine/Qwen3-8B").model_type == "mine"
    assert match_model("other/Qwen3-8B").model_type == "qwen3"


def test_m03_no_architecture_is_said(tmp_path):
    with pytest.raises(ArgumentError, match="no config.json in it names its architectures"):
        match_model(config(tmp_path, hidden_size=16))


def test_m04_an_adapter_without_args_json(tmp_path):
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "Qwen/Qwen3-8B"}))
    assert match_model(tmp_path).template_type == "qwen3"


def test_m05_an_unknown_model_arch():
    with pytest.raises(ModelError, match="no architecture 'lama'; did you mean 'llama'"):
        register_model(mine(model_arch="lama"))


def test_m06_registration_checks():
    with pytest.raises(ModelError, match=r"model_groups\[0\]: expected a ModelGroup"):
        register_model(ModelMeta("mine", [Model("mine/a")], template="chatml"))


def test_m07_text_through_a_multimodal_template():
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}
    made = [swiftcore.get_template("deepseek", template_type=name, mode="train") for name in ("minicpmo", "qwen2_5")]
    assert made[0].template_meta.is_multimodal
    assert made[0].encode(row) == made[1].encode(row)


def test_m08_a_placeholder_in_lower_case():
    meta = TEMPLATE_MAPPING["llava1_6_mistral"]
    assert "{{system}}" in meta.system_prefix[0]
    with pytest.raises(TemplateError, match=r"write \{\{system\}\} as \{\{SYSTEM\}\}"):
        swiftcore.register_template(meta, exist_ok=True)


def test_m09_a_template_that_is_named_needs_no_type(tmp_path):
    folder = config(tmp_path, architectures=["Qwen2ForCausalLM"])
    assert match_model(folder, template_type="chatml").template_type == "chatml"
    (folder / "args.json").write_text(json.dumps({"template": "qwen2_5"}))
    assert match_model(folder).template_type == "qwen2_5"


def test_v01_the_suffix_of_qwen():
    assert TEMPLATE_MAPPING["qwen"].suffix == ["<|im_end|>\n"]


def test_v02_the_system_texts_of_qwen():
    assert TEMPLATE_MAPPING["qwen"].default_system == "You are a helpful assistant."
    names = [match_model(name).template_type for name in ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen3-8B")]
    assert names == ["qwen2_5", "qwen3"]
    systems = [TEMPLATE_MAPPING[name].default_system for name in names]
    assert systems == ["You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", None]


def test_v03_what_may_be_left_out():
    register_model(ModelMeta("mine", [ModelGroup([Model("mine/a")], "chatml")]))
    assert match_model("mine/a").template_type == "chatml"


def test_v04_ignore_patterns():
    assert mine().ignore_patterns is None


@pytest.mark.parametrize("arguments", [("chatml", print), (print, "chatml")])
def test_v05_orders_of_a_type(arguments):
    meta = ModelMeta("mine", [], *arguments)
    assert (meta.template, meta.get_function, meta.loader) == ("chatml", print, print)


def test_v06_orders_of_a_group():
    assert ModelGroup([], ["*.pth"]).ignore_patterns == ModelGroup([], "qwen", ["*.pth"]).ignore_patterns == ["*.pth"]


def test_v07_types_of_many_templates(tmp_path):
    assert MODEL_MAPPING["qwen2"].template is None
    assert {"qwen", "qwen2_5"} <= set(MODEL_MAPPING["qwen2"].candidate_templates)
    with pytest.raises(ArgumentError, match="template_type='chatml' or template_type='mimo_rl'|give "):
        match_model(config(tmp_path, architectures=["Qwen2ForCausalLM"]))
