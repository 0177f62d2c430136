"""Registering models: in ms-swift's forms, as its users have written them, and with errors that say where."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import swiftcore
from swiftcore import (
    MODEL_ARCH_MAPPING,
    MODEL_MAPPING,
    TEMPLATE_MAPPING,
    Model,
    ModelError,
    ModelGroup,
    ModelKeys,
    ModelMeta,
    MultiModelKeys,
    get_model_arch,
    match_model,
    register_model,
    register_model_arch,
)


@pytest.fixture(autouse=True)
def registries_as_they_were() -> Iterator[None]:
    mappings: tuple[dict[str, Any], ...] = (MODEL_MAPPING, TEMPLATE_MAPPING, MODEL_ARCH_MAPPING)
    before = [dict(mapping) for mapping in mappings]
    yield
    for mapping, entries in zip(mappings, before, strict=True):
        mapping.clear()
        mapping.update(entries)


# As published with ms-swift 3, but for its first lines, which import from swift.llm there.
PUBLISHED = """
from swiftcore import (Model, ModelGroup, ModelMeta, TemplateMeta,
                       get_model_tokenizer_with_flash_attn, register_model, register_template)

register_template(
    TemplateMeta(
        template_type='custom',
        prefix=['<extra_id_0>System\\n{{SYSTEM}}\\n'],
        prompt=['<extra_id_1>User\\n{{QUERY}}\\n<extra_id_1>Assistant\\n'],
        chat_sep=['\\n']))

register_model(
    ModelMeta(
        model_type='custom',
        model_groups=[
            ModelGroup([Model('AI-ModelScope/Nemotron-Mini-4B-Instruct', 'nvidia/Nemotron-Mini-4B-Instruct')])
        ],
        template='custom',
        get_function=get_model_tokenizer_with_flash_attn,
        ignore_patterns=['nemo'],
        is_multimodal=False,
    ))
"""


def test_the_published_example() -> None:
    exec(PUBLISHED, {"__name__": "published"})
    found = match_model("nvidia/Nemotron-Mini-4B-Instruct")
    assert (found.model_type, found.template_type) == ("custom", "custom")
    meta = MODEL_MAPPING["custom"]
    assert meta.ignore_patterns == ["nemo"]
    assert meta.get_function is meta.loader is swiftcore.get_model_tokenizer_with_flash_attn
    template = swiftcore.get_template("deepseek", model_type="custom")
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who are you?"}]
    text = "".join(segment.text or "" for segment in template.render({"messages": messages}))
    assert text == "<extra_id_0>System\nBe brief.\n<extra_id_1>User\nWho are you?\n<extra_id_1>Assistant\n"


def test_the_registration_that_the_page_describes() -> None:
    """Each parameter that ms-swift 3's page on custom models lists, with the values that it gives for qwen."""

    class MyTemplate(swiftcore.Template):
        pass

    def load(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("it is kept, not called")

    swiftcore.register_template(
        swiftcore.TemplateMeta(
            template_type="my_qwen",
            prefix=[],
            prompt=["<|im_start|>user\n{{QUERY}}<|im_end|>\n<|im_start|>assistant\n"],
            chat_sep=["<|im_end|>\n"],
            suffix=["<|im_end|>"],
            template_cls=MyTemplate,
            system_prefix=["<|im_start|>system\n{{SYSTEM}}<|im_end|>\n"],
            default_system="You are a helpful assistant.",
            stop_words=["<|endoftext|>"],
        )
    )
    register_model(
        ModelMeta(
            model_type="my_qwen",
            model_groups=[
                ModelGroup([Model("mine/my-qwen", "me/my-qwen", "/data/my-qwen")], ignore_patterns=["*.pth"])
            ],
            template="my_qwen",
            get_function=load,
            model_arch="qwen2_vl",
            architectures=["MyQwenForCausalLM"],
            additional_saved_files=["extra.json"],
            torch_dtype=None,
            is_multimodal=True,
            ignore_patterns=[],
        )
    )
    meta = swiftcore.get_matched_model_meta("/data/my-qwen")
    assert meta is not None
    assert meta.ignore_patterns == ["*.pth"]
    assert meta.model_arch is get_model_arch("qwen2_vl")
    made = swiftcore.get_template("deepseek", model_type="my_qwen", mode="train")
    assert type(made) is MyTemplate
    text = "".join(segment.text or "" for segment in made.render({"messages": [{"role": "user", "content": "Hi"}] * 1}))
    assert text == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


# Positions.


class Loader:
    pass


def load() -> None:
    pass


@pytest.mark.parametrize("loader", [Loader, load])
@pytest.mark.parametrize(
    "make",
    [
        lambda loader: ModelMeta("mine", [], "chatml", loader),
        lambda loader: ModelMeta("mine", [], loader, "chatml"),
        lambda loader: ModelMeta("mine", [], loader, template="chatml"),
        lambda loader: ModelMeta("mine", [], "chatml", get_function=loader),
        lambda loader: ModelMeta("mine", [], "chatml", loader=loader),
        lambda loader: ModelMeta(model_type="mine", model_groups=[], template="chatml", loader=loader),
        lambda loader: ModelMeta(model_type="mine", model_groups=[], template="chatml", get_function=loader),
    ],
)
def test_both_orders(loader: Any, make: Any) -> None:
    meta = make(loader)
    assert (meta.template, meta.get_function, meta.loader) == ("chatml", loader, loader)


def test_orders_to_the_end() -> None:
    rest = (["a.json"], "float32", True, True, "prm", ["*.pth"], ["x"], ["t"])
    third = ModelMeta("mine", [], "chatml", load, "llama", ["A"], *rest)
    fourth = ModelMeta("mine", [], load, "chatml", "llama", "mcore", ["A"], *rest)
    assert dataclasses.replace(third, mcore_model_type="mcore") == fourth
    assert (fourth.architectures, fourth.tags, fourth.requires, fourth.is_reward) == (["A"], ["t"], ["x"], True)
    assert ModelMeta("mine", [], None, load).get_function is load
    assert ModelMeta("mine", [], None, "chatml").template == "chatml"
    assert ModelMeta("mine", [], None, None, None, None, ["A"]).architectures == ["A"]
    with pytest.raises(ModelError, match="ModelMeta takes 15 positional arguments, 16 given"):
        ModelMeta("mine", [], load, "chatml", *[None] * 12)
    with pytest.raises(ModelError, match="ModelMeta: template is given twice, by position and by name"):
        ModelMeta("mine", [], "chatml", template="qwen")
    with pytest.raises(ModelError, match="loader and get_function are two names of one argument"):
        ModelMeta("mine", [], get_function=load, loader=Loader)


def test_orders_of_groups() -> None:
    models = [Model("mine/a")]
    assert ModelGroup(models, ["*.pth"], ["x"], ["t"]) == ModelGroup(models, None, ["*.pth"], ["x"], ["t"])
    assert ModelGroup(models, "qwen", ["*.pth"]).template == "qwen"
    assert ModelGroup(models, None, ["*.pth"]).ignore_patterns == ["*.pth"]
    assert ModelGroup(models, tags=["t"]).tags == ["t"]
    with pytest.raises(ModelError, match="ModelGroup takes 4 positional arguments, 5 given"):
        ModelGroup(models, ["*.pth"], None, None, None)


def test_defaults() -> None:
    meta = ModelMeta("mine", ModelGroup([Model("mine/a")]))
    assert [group.models[0].names for group in meta.model_groups] == [("mine/a",)]
    assert (meta.template, meta.get_function, meta.model_arch, meta.torch_dtype) == (None, None, None, None)
    assert (meta.architectures, meta.additional_saved_files, meta.requires, meta.tags) == ([], [], [], [])
    assert (meta.is_multimodal, meta.is_reward, meta.task_type, meta.ignore_patterns) == (False, False, None, None)
    other = ModelMeta("mine", [])
    assert meta.architectures is not other.architectures
    assert pickle.loads(pickle.dumps(meta)) == copy.deepcopy(meta) == meta


# Registering.


def mine(name: Any = "mine", **fields: Any) -> ModelMeta:
    return ModelMeta(name, [ModelGroup([Model("mine/a")])], **{"template": "chatml", **fields})


def test_duplicates_say_where_the_first_is() -> None:
    register_model(mine())
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]
    with pytest.raises(ModelError) as caught:
        register_model(mine())
    assert str(caught.value) == (
        f"model 'mine' is registered already, at {__file__}:{line}; choose another model_type, or pass exist_ok=True "
        "to replace it"
    )
    register_model(mine(template="qwen"), exist_ok=True)
    assert MODEL_MAPPING["mine"].template == "qwen"
    with pytest.raises(ModelError, match=r"model 'qwen3' is registered already, built in in .*qwen3\.py; "):
        register_model(mine("qwen3"))
    MODEL_MAPPING["other"] = mine("other")
    with pytest.raises(ModelError, match="put into MODEL_MAPPING directly"):
        register_model(mine("other"))


@pytest.mark.parametrize(
    ("meta", "text"),
    [
        ("mine", "register_model takes a ModelMeta, got 'mine'"),
        (mine(None), "model None, model_type: expected a name, a string that is not empty; got None"),
        (mine(template=3), "model 'mine', template: expected the name of a template or None, got 3"),
        (mine(get_function="f"), "model 'mine', get_function: expected a function or a class, got 'f'"),
        (mine(architectures="A"), "architectures: expected a list of strings, got the string 'A'; write ['A']"),
        (mine(tags=[3]), "model 'mine', tags: expected a list of strings, got [3]"),
        (mine(ignore_patterns="*.pth"), "ignore_patterns: expected a list of strings, got the string '*.pth'"),
        (mine(is_multimodal=1), "model 'mine', is_multimodal: expected True or False, got 1"),
        (mine(model_arch=3), "model 'mine', model_arch: expected ModelKeys or the name of some, got 3"),
        (mine(model_arch="lama"), "model_arch: no architecture 'lama'; did you mean 'llama'"),
        (ModelMeta("mine", [Model("a")]), "model_groups[0]: expected a ModelGroup, got Model("),  # type: ignore[list-item]
        (ModelMeta("mine", [ModelGroup(["a"])]), "model_groups[0].models[0]: expected a Model, got 'a'; write Model"),
        (ModelMeta("mine", [ModelGroup([Model()])]), "model_groups[0].models[0]: has no id and no path"),
        (ModelMeta("mine", [ModelGroup("a")]), "model_groups[0].models: expected a list of Model, got 'a'"),
    ],
)
def test_registration_checks(meta: Any, text: str) -> None:
    with pytest.raises(ModelError) as caught:
        register_model(meta)
    assert text in str(caught.value)
    assert "mine" not in MODEL_MAPPING


# Architectures.


def test_module_names() -> None:
    keys = MultiModelKeys("mine", language_model=["model", "lm_head"], vision_tower="visual", aligner=None)  # type: ignore[arg-type]
    assert (keys.language_model, keys.vision_tower, keys.aligner, keys.generator) == (
        ["model", "lm_head"],
        ["visual"],
        [],
        [],
    )
    register_model_arch(keys)
    assert get_model_arch("mine") is keys
    register_model(mine(model_arch="mine"))
    assert MODEL_MAPPING["mine"].model_arch is keys
    with pytest.raises(ModelError, match="model architecture 'mine' is registered already"):
        register_model_arch(ModelKeys("mine"))
    register_model_arch(ModelKeys("mine"), exist_ok=True)
    assert get_model_arch(None) is get_model_arch("nothing") is None
    for wrong in ("mine", ModelKeys(), ModelKeys("other", lm_head=3)):  # type: ignore[arg-type]
        with pytest.raises(ModelError):
            register_model_arch(wrong)  # type: ignore[arg-type]


def test_built_in_architectures_are_resolved() -> None:
    keys = MODEL_MAPPING["qwen2_vl"].model_arch
    assert isinstance(keys, MultiModelKeys)
    assert keys is get_model_arch("qwen2_vl")


# Base metas.


def test_base_metas_can_be_subclassed() -> None:
    @dataclasses.dataclass
    class MyTemplateMeta(swiftcore.QwenTemplateMeta):
        default_system: str | None = "Mine."

    swiftcore.register_template(MyTemplateMeta("my_qwen"))
    swiftcore.register_template(swiftcore.ChatmlTemplateMeta("my_chatml", auto_add_bos=False))
    swiftcore.register_template(swiftcore.Llama3TemplateMeta("my_llama3", default_system="Mine."))
    assert TEMPLATE_MAPPING["my_qwen"].default_system == "Mine."
    assert TEMPLATE_MAPPING["my_qwen"].suffix == TEMPLATE_MAPPING["qwen"].suffix
    bases = [name for name in swiftcore.__all__ if name.endswith("TemplateMeta") and name != "TemplateMeta"]
    assert len(bases) >= 25
    for name in bases:
        assert issubclass(getattr(swiftcore, name), swiftcore.TemplateMeta)
