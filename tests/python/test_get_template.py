"""`get_template`: its two forms, its arguments, and what it takes for a tokenizer."""

from __future__ import annotations

import datetime
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import get_template
from swiftcore.tokenizer import folder as folders
from swiftcore.tokenizer import packaged_tokenizer
from tokenizer_support import content, description, hub_folder, load, verdicts

ROW = row("Hi, who are you? 字", "A model.\n")
FORMS = (
    "get_template(processor, default_system, max_length, template_type=...)",
    "get_template(template_type, processor, default_system, max_length)",
)


@pytest.mark.parametrize(
    "make",
    [
        lambda tokenizer: get_template(tokenizer, "Be brief.", 300, template_type="qwen3"),
        lambda tokenizer: get_template("deepseek", "Be brief.", 300, template_type="qwen3"),
        lambda tokenizer: get_template("qwen3", tokenizer, "Be brief.", 300),
        lambda tokenizer: get_template("qwen3", "deepseek", "Be brief.", 300),
        lambda tokenizer: get_template("qwen3", "deepseek", default_system="Be brief.", max_length=300),
        lambda tokenizer: get_template("qwen3", processor=tokenizer, default_system="Be brief.", max_length=300),
        lambda tokenizer: get_template(
            template_type="qwen3", max_length=300, processor=tokenizer, default_system="Be brief."
        ),
    ],
)
def test_both_forms_mean_the_same(tokenizer: swiftcore.Tokenizer, make: Callable[[Any], Any]) -> None:
    template = make(tokenizer)
    assert (template.template_meta.template_type, template.max_length) == ("qwen3", 300)
    assert template.template_meta.default_system == "Be brief."
    assert template.encode(ROW) == make(tokenizer).encode(row("Hi, who are you? 字", "A model.\n", system="Be brief."))


def two_ways(first: str, second: str) -> str:
    return (
        f"get_template({first!r}, {second!r}, ...) can be read in two ways; give the arguments by name: "
        f"get_template(processor={first!r}, default_system={second!r}, template_type=...) or "
        f"get_template(template_type={first!r}, processor={second!r})"
    )


TYPE = (
    "argument 'template_type': is missing; give the name of a registered template, such as 'qwen3' "
    "(`swiftcore templates` lists them)"
)


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        (("qwen3", "Be brief."), {}, two_ways("qwen3", "Be brief.")),
        (("deepseek", "deepseek"), {}, two_ways("deepseek", "deepseek")),
        (("deepseek", "Be brief."), {}, two_ways("deepseek", "Be brief.")),
        (("nowhere", "Be brief."), {}, two_ways("nowhere", "Be brief.")),
        ((), {}, f"argument 'processor': is missing; call {FORMS[0]}"),
        ((None,), {"template_type": "qwen3"}, f"argument 'processor': is missing; call {FORMS[0]}"),
        (("deepseek",), {}, TYPE),
        (("deepseek",), {"template_type": None}, TYPE),
        (
            ("deepseek", "a", 1, 2),
            {"template_type": "qwen3"},
            f"get_template takes 3 positional arguments, 4 given; call {FORMS[0]} or {FORMS[1]}",
        ),
        (
            ("qwen3", Path("x"), "a", 1, 2),
            {},
            f"get_template takes 4 positional arguments, 5 given; call {FORMS[0]} or {FORMS[1]}",
        ),
        (
            ("deepseek",),
            {"processor": "deepseek", "template_type": "qwen3"},
            f"argument 'processor': is given twice; call {FORMS[0]}",
        ),
        (
            ("qwen3", "deepseek", None, 4),
            {"max_length": 4},
            f"argument 'max_length': is given twice; call {FORMS[0]}",
        ),
    ],
)
def test_calls_that_cannot_be_read(args: tuple[Any, ...], kwargs: dict[str, Any], text: str) -> None:
    with pytest.raises(swiftcore.ArgumentError) as raised:
        get_template(*args, **kwargs)
    assert str(raised.value) == text


SCALES = (
    "is no loss scale; join with '+' a base strategy (default, last_round, all) and any of "
    "ignore_empty_think, ignore_think_prefix, react, hermes, qwen, agentflan, alpha_umi"
)
LIMIT = "give at least 1, or None for the model's own limit"
MODES = "is no mode; give one of train, rlhf, kto, transformers, vllm, lmdeploy, sglang"
STRATEGY = "argument 'truncation_strategy':"
DATE = "is no date; give 'YYYY-MM-DD' or a datetime.date"


def flags(name: str, *values: Any, expected: str) -> list[tuple[str, Any, str]]:
    return [(name, value, f"argument '{name}': is {value!r}; give {expected}") for value in values]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        *flags("default_system", 5, b"x", ["x"], "\ud800", expected="Unicode text or None"),
        *flags("response_prefix", 5, b"x", True, "\ud800", expected="Unicode text or None"),
        *(("max_length", value, f"argument 'max_length': is {value!r}; {LIMIT}") for value in (0, -1, "5", 1.5)),
        *(("max_length", value, f"argument 'max_length': is {value!r}; {LIMIT}") for value in (True, 2**70)),
        ("mode", "fast", f"argument 'mode': 'fast' {MODES}"),
        ("mode", 5, f"argument 'mode': 5 {MODES}"),
        ("mode", ["train"], f"argument 'mode': ['train'] {MODES}"),
        (
            "truncation_strategy",
            "drop",
            f"{STRATEGY} unknown strategy 'drop'; expected one of raise, left, right, split, delete",
        ),
        ("truncation_strategy", None, f"{STRATEGY} is None; give one of raise, left, right, split, delete"),
        *flags("use_chat_template", "no", None, 1, expected="True or False"),
        *flags("add_non_thinking_prefix", "no", None, 0, expected="True or False"),
        *flags("is_binary_loss_scale", "no", 1, expected="True, False or None"),
        *flags("enable_thinking", "yes", 1, expected="True, False or None"),
        *flags("preserve_thinking", "yes", 0, expected="True, False or None"),
        ("padding_side", "up", "argument 'padding_side': 'up' is no side; give 'left' or 'right'"),
        ("padding_side", None, "argument 'padding_side': None is no side; give 'left' or 'right'"),
        ("loss_scale", "hermess", f"argument 'loss_scale': 'hermess' {SCALES}; did you mean 'hermes'?"),
        ("loss_scale", "", f"argument 'loss_scale': '' {SCALES}"),
        ("loss_scale", "react+default", f"argument 'loss_scale': 'default' {SCALES}"),
        *flags("loss_scale", None, 5, expected="a string such as 'default' or 'last_round+hermes'"),
        ("engine", "quick", "argument 'engine': 'quick' is no engine; give one of auto, reference, fast"),
        *flags("engine", None, 5, expected="one of auto, reference, fast"),
        (
            "engine",
            "reference",
            "argument 'engine': this tokenizer has the engine fast; load it with 'reference'",
        ),
        *(
            ("current_date", value, f"argument 'current_date': {value!r} {DATE}")
            for value in ("2026-13-01", "today", "", 5)
        ),
    ],
)
def test_arguments_that_make_no_sense(tokenizer: swiftcore.Tokenizer, name: str, value: Any, text: str) -> None:
    with pytest.raises(swiftcore.ArgumentError) as raised:
        get_template(tokenizer, template_type="deepseek_v2_5", **{name: value})
    assert (str(raised.value), raised.value.argument) == (text, name)


@pytest.mark.parametrize(
    ("template_type", "text"),
    [
        ("qwen33", "no template 'qwen33'; did you mean 'qwen3' or"),
        ("", "no template ''; list(TEMPLATE_MAPPING) names all"),
        (5, "a template is looked up by its name, a string; got 5"),
        (["x"], "a template is looked up by its name, a string; got ['x']"),
    ],
)
def test_unknown_templates(tokenizer: swiftcore.Tokenizer, template_type: Any, text: str) -> None:
    with pytest.raises(swiftcore.TemplateError) as raised:
        get_template(tokenizer, template_type=template_type)
    assert str(raised.value).startswith(text)


def test_a_template_that_asks_for_a_token_the_tokenizer_lacks() -> None:
    tokenizer = swiftcore.Tokenizer.from_file(packaged_tokenizer("deepseek"), special_tokens={})
    with pytest.raises(swiftcore.TemplateError) as raised:
        get_template(tokenizer, template_type="default")
    assert str(raised.value) == (
        "template 'default', field 'suffix': asks for the tokenizer's eos_token_id, and this tokenizer has "
        "none; give it one, or another template"
    )


def test_modes_by_their_older_names(tokenizer: swiftcore.Tokenizer) -> None:
    text = "the mode 'pt' is deprecated, it is 'transformers' now"
    with pytest.warns(DeprecationWarning, match=text) as warned:
        template = get_template(tokenizer, template_type="deepseek_v2_5", mode="pt")
    assert [warning.filename for warning in warned] == [__file__]
    template.set_mode("train")
    with pytest.warns(DeprecationWarning, match=text) as warned:
        template.set_mode("pt")
    assert [warning.filename for warning in warned] == [__file__]
    assert template.mode == "transformers"


@pytest.mark.parametrize(
    "date", ["2026-11-22", datetime.date(2026, 11, 22), datetime.datetime(2026, 11, 22, 5)], ids=str
)
def test_the_date(tokenizer: swiftcore.Tokenizer, date: Any) -> None:
    meta = swiftcore.TemplateMeta("dated", ["{{DATE:%d %b %Y}}"], ["{{QUERY}}"], [])
    template = meta.template_cls(tokenizer, meta, current_date=date)
    assert template.render(row("!"))[0].text == "22 Nov 2026!"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_folder(tmp_path_factory.mktemp("hub") / "model")


@pytest.fixture(scope="module")
def automatic(hub: Path) -> Any:
    """A transformers tokenizer."""
    return pytest.importorskip("transformers").AutoTokenizer.from_pretrained(str(hub))


PROCESSORS: dict[str, Callable[[pytest.FixtureRequest], Any]] = {
    "name": lambda request: "deepseek",
    "folder": lambda request: request.getfixturevalue("hub"),
    "folder as text": lambda request: str(request.getfixturevalue("hub")),
    "file": lambda request: request.getfixturevalue("hub") / "tokenizer.json",
    "swiftcore": lambda request: request.getfixturevalue("tokenizer"),
    "transformers": lambda request: request.getfixturevalue("automatic"),
    "processor": lambda request: SimpleNamespace(tokenizer=request.getfixturevalue("automatic")),
}


@pytest.mark.parametrize("kind", PROCESSORS)
@pytest.mark.filterwarnings("error")
def test_whatever_holds_the_tokenizer(
    request: pytest.FixtureRequest, make: Callable[..., swiftcore.Template], kind: str
) -> None:
    template = get_template(PROCESSORS[kind](request), template_type="default", mode="train")
    assert template.encode(ROW) == make("default", mode="train").encode(ROW)
    assert template.tokenizer.eos_token_id == 1
    packaged = kind in ("name", "swiftcore")
    assert template.max_length == (1048576 if packaged else 512)


def test_a_bare_tokenizers_tokenizer_has_no_eos(make: Callable[..., swiftcore.Template]) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    bare = tokenizers.Tokenizer.from_file(str(packaged_tokenizer("deepseek")))
    template = get_template(bare, template_type="deepseek_v2_5", mode="train")
    assert template.encode(ROW) == make(mode="train").encode(ROW)
    with pytest.raises(swiftcore.TemplateError, match="asks for the tokenizer's eos_token_id"):
        get_template(bare, template_type="default")


def test_a_limit_given_beats_the_models_own(hub: Path) -> None:
    template = get_template(hub, max_length=5, template_type="default")
    with pytest.raises(swiftcore.MaxLengthError, match="more than max_length 5;"):
        template.encode(ROW)


BACKEND = (
    "has no tokenizer.json behind it; give a transformers fast tokenizer, a folder, a tokenizer.json or a "
    "swiftcore.Tokenizer. A slow tokenizer is converted by loading it with "
    "AutoTokenizer.from_pretrained(folder, use_fast=True) and saving it with save_pretrained(folder)"
)
NOWHERE = (
    "give a folder with a tokenizer.json, such a file, a model's id such as 'Qwen/Qwen3-8B', a transformers tokenizer, "
    "or the name of a packaged one (deepseek)"
)


@pytest.mark.parametrize(
    ("processor", "text"),
    [
        (5, f"tokenizer: int {BACKEND}"),
        (b"deepseek", f"tokenizer: bytes {BACKEND}"),
        (["deepseek"], f"tokenizer: list {BACKEND}"),
        (SimpleNamespace(tokenizer=5), f"tokenizer: int {BACKEND}"),
        ("nowhere", f"tokenizer: there is no 'nowhere'; {NOWHERE}"),
        (Path("/no/where"), f"tokenizer: there is no '/no/where'; {NOWHERE}"),
        ("", f"tokenizer: there is no ''; {NOWHERE}"),
        ("a/b.json", f"tokenizer: there is no 'a/b.json'; {NOWHERE}"),
        ("qwen3-8b", f"tokenizer: there is no 'qwen3-8b' (did you mean 'Qwen/Qwen3-8B'?); {NOWHERE}"),
    ],
    ids=str,
)
def test_what_is_no_tokenizer(processor: Any, text: str) -> None:
    for arguments in ({"template_type": "default"}, {"model_type": "longchat"}):
        with pytest.raises(swiftcore.TokenizerError) as raised:
            get_template(processor, **arguments)
        assert str(raised.value) == text


def test_a_slow_tokenizer() -> None:
    slow = pytest.importorskip("transformers").ByT5Tokenizer()
    with pytest.raises(swiftcore.TokenizerError) as raised:
        get_template(slow, template_type="default")
    assert str(raised.value) == f"tokenizer: ByT5Tokenizer {BACKEND}"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"model": 5}'], ids=str)
def test_a_file_that_is_no_tokenizer(tmp_path: Path, content: str) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text(content)
    with pytest.raises(swiftcore.TokenizerError, match=r"^tokenizer: "):
        get_template(file, template_type="default")


@pytest.mark.parametrize("name", ["tokenizer_config.json", "config.json", "special_tokens_map.json"])
def test_a_configuration_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    place = hub_folder(tmp_path / "model")
    (place / name).write_text("{")
    with pytest.raises(swiftcore.DataError) as raised:
        get_template(place / "tokenizer.json", template_type="default")
    assert str(raised.value).startswith(f"{place / name}: ")
    assert raised.value.path == str(place / name)


def test_tokens_added_later_are_seen(hub: Path) -> None:
    original = pytest.importorskip("transformers").AutoTokenizer.from_pretrained(str(hub))
    template = get_template(original, template_type="deepseek_v2_5")
    before = template.encode(row("a<|new|>b"))["input_ids"]
    added = len(original)
    for number, add in enumerate((original.add_tokens, lambda names: original.add_tokens(names, True))):
        add([f"<|new|>{number}"])
        ids = template.encode(row(f"a<|new|>{number}b"))["input_ids"]
        assert added + number in ids
    assert template.encode(row("a<|new|>b"))["input_ids"] == before
    original.add_tokens(["<|newest|>"])
    template.set_mode("train")
    batch = template.encode_batch([row("a<|newest|>b", "c")])
    assert added + 2 in batch[0]["input_ids"]
    assert "labels" in batch[0]


def test_tokenizers_of_transformers_are_snapshots(hub: Path) -> None:
    original = pytest.importorskip("transformers").AutoTokenizer.from_pretrained(str(hub))
    template = get_template(original, template_type="deepseek_v2_5")
    expected = template.encode(ROW)
    original.backend_tokenizer.enable_truncation(3)
    original.backend_tokenizer.enable_padding(length=50)
    assert template.encode(ROW) == expected
    assert get_template(original, template_type="deepseek_v2_5").encode(ROW) == expected


def without_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_transformers_version", lambda: None)
    monkeypatch.setattr(folders, "auto_tokenizer", lambda place: pytest.fail("transformers was asked"))


def test_a_folder_without_transformers(
    monkeypatch: pytest.MonkeyPatch, hub: Path, make: Callable[..., swiftcore.Template]
) -> None:
    without_transformers(monkeypatch)
    template = get_template(hub, template_type="default", mode="train")
    assert template.encode(ROW) == make("default", mode="train").encode(ROW)


def test_a_folder_that_only_transformers_can_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_transformers(monkeypatch)
    place = hub_folder(tmp_path / "model", tokenizer_class="LlamaTokenizerFast")
    with pytest.raises(swiftcore.TokenizerError) as raised:
        get_template(place, template_type="default")
    file = place / "tokenizer.json"
    assert str(raised.value) == (
        f"tokenizer: for LlamaTokenizer, transformers may build another tokenizer than {file} says; install "
        "it (pip install transformers), or give the file itself to have it as it is written"
    )
    assert get_template(file, template_type="default").tokenizer.path == str(file)
    file.unlink()
    with pytest.raises(swiftcore.TokenizerError) as raised:
        get_template(place, template_type="default")
    assert str(raised.value) == (
        f"tokenizer: {place} holds no tokenizer.json; install transformers (pip install transformers) and "
        "convert it: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
    )


@pytest.mark.parametrize("name", ["deepseek_v4", "gptoss", "llama2", "llama3_1", "qwen3", "gemma3"])
@pytest.mark.filterwarnings("ignore:the fast engine cannot be used")
def test_a_folder_taken_without_transformers_is_what_transformers_makes_of_it(
    monkeypatch: pytest.MonkeyPatch, shared: Path, name: str
) -> None:
    pytest.importorskip("transformers")
    place = shared / "tokenizers" / name
    theirs = swiftcore.Tokenizer.from_pretrained(place)
    without_transformers(monkeypatch)
    try:
        ours = swiftcore.Tokenizer.from_pretrained(place)
    except swiftcore.TokenizerError as error:
        pytest.skip(f"refused: {error}")
    inputs = json.loads((shared / "conformance/inputs.json").read_text("utf-8"))
    texts = {str(message["content"]) for one in inputs.values() for message in one["messages"]}
    assert [ours.encode(text, True) for text in texts] == [theirs.encode(text, True) for text in texts]
    for token in ("bos_token_id", "eos_token_id"):
        assert getattr(ours, token) == getattr(theirs, token)


REASONS = [
    "tokenizer: its model has no bytes to fall back to",
    "tokenizer: pre-tokenizer error: unsupported pre-tokenizer type: Metaspace",
]
UNSUPPORTED = "; ".join(REASONS)
SLOWER = f"the fast engine cannot be used for this tokenizer, the slower reference is: {UNSUPPORTED}"


def test_a_tokenizer_that_the_fast_engine_refuses(cache: Path) -> None:
    made = description()
    made["pre_tokenizer"] = {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": "first",
        "split": False,
    }
    for _ in range(2):  # the second time from the cache
        with pytest.warns(UserWarning) as warned:  # noqa: PT030
            tokenizer = load(made)
        assert [str(warning.message) for warning in warned] == [SLOWER]
        assert tokenizer.engine == "reference"
        with pytest.raises(swiftcore.TokenizerError) as raised:
            load(made, "fast")
        assert str(raised.value) == f"tokenizer: the fast engine cannot be used: {UNSUPPORTED}"
    assert sorted(map(content, verdicts(cache))) == [f"refused: {reason}" for reason in REASONS]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(made, "reference").encode("Hi") == tokenizer.encode("Hi")


def test_the_warning_points_at_the_caller(cache: Path, tmp_path: Path) -> None:
    made = description()
    made["pre_tokenizer"] = {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": "first",
        "split": False,
    }
    place = hub_folder(tmp_path / "model")
    (place / "tokenizer.json").write_text(json.dumps(made))
    with pytest.warns(UserWarning, match="the fast engine cannot be used") as warned:
        get_template(place / "tokenizer.json", template_type="default")
    assert [warning.filename for warning in warned] == [__file__]


def test_an_engine_that_differs_is_refused_with_the_text(cache: Path) -> None:
    made = json.loads(packaged_tokenizer("deepseek").read_text("utf-8"))
    # A pattern on whose meaning the two engines do not agree.
    made["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            {
                "type": "Split",
                "pattern": {"Regex": r"\w+|\s+|[^\w\s]+"},
                "behavior": "Isolated",
                "invert": False,
            },
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        ],
    }
    with pytest.warns(UserWarning, match="it differs from the reference on"):
        tokenizer = load(made)
    assert tokenizer.engine == "reference"
    own, other = sorted(map(content, verdicts(cache)))
    assert own.startswith("refused: it differs from the reference on")
    assert other == "refused: tokenizer: its pre-tokenizer splits by a pattern of its own"
