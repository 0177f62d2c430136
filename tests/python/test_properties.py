"""What holds for every row, shown with real tokenizers."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import swiftcore
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import row
from swiftcore.template.rules import NeedsProcessor, QueryDocument
from swiftcore.tokenizer import packaged_tokenizer

Make = Callable[..., swiftcore.Template]

# The seams that templates and tokenizers care about, between arbitrary characters.
SEAMS = [
    " ",
    "\n",
    "\r\n",
    "the",
    "'s",
    "é",
    "e\u0301",
    "字",
    "👩\u200d👩\u200d👧",
    "\x1c",
    "\0",
    "12",
    "<",
    "{{",
    "▁",
]
TEXT = st.text() | st.lists(st.sampled_from(SEAMS), max_size=12).map("".join)
SPECIAL = ["<｜User｜>", "<|im_end|>", "<|eot_id|>", "<eos>", "<|end|>", "<think>", "</think>", "<bos>"]
ANY_TEXT = TEXT | st.lists(st.sampled_from(SEAMS + SPECIAL) | st.text(max_size=3), max_size=15).map("".join)


@st.composite
def texts(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXT) -> list[str]:
    """Queries and responses in turn."""
    rounds = draw(st.integers(1, 3))
    # A number at the end, so that no response is empty and none ends with what ends a turn.
    return [f"{draw(text)}{index}" for index in range(2 * rounds)]


TERMINATORS = {
    "deepseek_v2_5": "<｜end▁of▁sentence｜>",
    "chatml": "<|im_end|>\n",
    "llama3": "<|eot_id|>",
    "qwen2_5": "<|im_end|>\n",
    "qwen3": "<|im_end|>\n",
}


def trained_text(template: swiftcore.Template, encoded: dict[str, Any]) -> str:
    return template.tokenizer.decode([label for label in encoded["labels"] if label != -100])


@pytest.fixture(scope="module")
def marked() -> Any:
    """A tokenizer to which each terminator is a token, so that no id reaches across the end of a turn."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(packaged_tokenizer("deepseek")))
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>", "<|eot_id|>"])
    return swiftcore.Tokenizer.from_json(tokenizer.to_str(), special_tokens={"eos_token": "<|im_end|>"})


@pytest.mark.parametrize("template_type", TERMINATORS)
@given(texts=texts())
def test_labels_decode_to_responses_and_terminators(marked: Any, template_type: str, texts: list[str]) -> None:
    template = template_of(marked, template_type)
    expected = "".join(text + TERMINATORS[template_type] for text in texts[1::2])
    assert trained_text(template, template.encode(row(*texts))) == expected


@functools.cache
def template_of(tokenizer: Any, template_type: str) -> swiftcore.Template:
    return swiftcore.get_template(tokenizer, template_type=template_type, mode="train", add_non_thinking_prefix=False)


@pytest.mark.parametrize(
    ("template_type", "folder"), [("qwen2_5", "qwen3"), ("qwen3", "qwen3"), ("llama3", "llama3_1")]
)
@given(texts=texts())
def test_labels_decode_with_their_own_tokenizers(
    shared: Path, template_type: str, folder: str, texts: list[str]
) -> None:
    template = template_of(shared / "tokenizers" / folder, template_type)
    expected = "".join(text + TERMINATORS[template_type] for text in texts[1::2])
    if folder == "qwen3":  # this tokenizer composes its text first
        expected = unicodedata.normalize("NFC", expected)
    assert trained_text(template, template.encode(row(*texts))) == expected


def refused_rows() -> st.SearchStrategy[Any]:
    return st.sampled_from(
        [
            {"messages": []},
            {"messages": [{"role": "narrator", "content": "x"}]},
            {"messages": [{"role": "user", "content": "\ud800"}]},
            None,
            "row",
        ]
    )


def outcome(template: swiftcore.Template, rows: list[Any]) -> tuple[list[Any], list[str]]:
    """What `encode` makes of the rows, one by one: the encodings, and the errors."""
    encoded, errors = [], []
    for index, one in enumerate(rows):
        try:
            result = template.encode(one)
        except swiftcore.RowError as error:
            errors.append((index, error.kind, error.detail))
        else:
            encoded += [(index, part) for part in (result if isinstance(result, list) else [result])]
    return encoded, errors


@given(
    rows=st.lists(texts(ANY_TEXT).map(lambda texts: row(*texts)) | refused_rows(), max_size=70),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=40)
@pytest.mark.filterwarnings("ignore:.*refused")
@pytest.mark.parametrize("limit", [{}, {"max_length": 9, "truncation_strategy": "split"}], ids=["whole", "split"])
def test_a_batch_is_its_rows(make: Make, limit: dict[str, Any], rows: list[Any], random: Any) -> None:
    template = make(mode="train", **limit)
    order = list(range(len(rows)))
    random.shuffle(order)
    for arranged in (rows, [rows[index] for index in order]):
        expected, errors = outcome(template, arranged)
        for threads in (1, 2, 3, 8):
            batch = template.encode_batch(arranged, num_threads=threads)
            assert list(zip(memoryview(batch.row_index).tolist(), batch, strict=True)) == expected
            assert [(error.row, error.kind, error.detail) for error in batch.refused] == errors


ENGINES: dict[str, list[swiftcore.Tokenizer]] = {}


@pytest.fixture(params=["deepseek", "qwen3", "llama3_1", "gemma3", "gptoss"])
def engines(request: pytest.FixtureRequest) -> list[swiftcore.Tokenizer]:
    """One tokenizer with either engine."""
    name = request.param
    if name not in ENGINES:
        place = name if name == "deepseek" else request.getfixturevalue("shared") / "tokenizers" / name
        ENGINES[name] = [swiftcore.Tokenizer.from_pretrained(place, engine=e) for e in ("fast", "reference")]
    return ENGINES[name]


@given(text=ANY_TEXT)
@settings(max_examples=300)
@example(text="a" * 5000)
@example(text=" " * 5000 + "\n" * 500)
@example(text="the 字 <｜User｜>\n" * 12_000)
def test_both_engines_give_the_same_ids(engines: list[swiftcore.Tokenizer], text: str) -> None:
    fast, reference = engines
    assert (fast.engine, reference.engine) == ("fast", "reference")
    assert fast.encode(text) == reference.encode(text)
    assert fast.encode(text, add_special_tokens=True) == reference.encode(text, add_special_tokens=True)


@given(texts=texts(ANY_TEXT), limit=st.integers(1, 30))
def test_a_split_row_is_the_whole_in_parts(make: Make, texts: list[str], limit: int) -> None:
    whole = make(mode="train").encode(row(*texts))
    template = make(mode="train", max_length=limit, truncation_strategy="split")
    parts = template.encode(row(*texts))
    parts = parts if isinstance(parts, list) else [parts]
    assert [len(part["input_ids"]) for part in parts[:-1]] == [limit] * (len(parts) - 1)
    assert list(itertools.chain(*(part["input_ids"] for part in parts))) == whole["input_ids"]
    labels = [-100 if index % limit == 0 else label for index, label in enumerate(whole["labels"])]
    assert list(itertools.chain(*(part["labels"] for part in parts))) == labels


@pytest.mark.parametrize("strategy", ["left", "right", "raise"])
@pytest.mark.parametrize("over", [-1, 0, 1, 2])
def test_rows_about_as_long_as_they_may_be(make: Make, strategy: str, over: int) -> None:
    example = row("Hi, who are you?", "Hello! I am a model.")
    whole = make(mode="train").encode(example)
    limit = len(whole["input_ids"]) - over
    template = make(mode="train", max_length=limit, truncation_strategy=strategy)
    if strategy == "raise" and over > 0:
        with pytest.raises(swiftcore.MaxLengthError):
            template.encode(example)
        return
    kept = slice(-limit, None) if strategy == "left" else slice(limit)
    got = template.encode(example)
    assert got["input_ids"] == whole["input_ids"][kept]
    assert got["labels"] == [-100, *whole["labels"][kept][1:]]


PLACEHOLDERS = ("{{QUERY}}", "{{SYSTEM}}", "{{ROUND0}}", "{{ROUND1}}", "{{RESPONSE}}")
ONE_ROUND = {name for name, meta in swiftcore.TEMPLATE_MAPPING.items() if not meta.support_multi_round}


@pytest.mark.parametrize("template_type", sorted(swiftcore.TEMPLATE_MAPPING))
def test_text_of_messages_is_never_searched_for_placeholders(make: Make, template_type: str) -> None:
    try:
        template = make(template_type, mode="train")
    except swiftcore.TemplateError as error:
        pytest.skip(str(error))  # this tokenizer lacks a token that the template asks for
    everything = "".join(PLACEHOLDERS)
    fields = [f"q {everything}!", f"a {everything}!", f"Q {everything}!", f"A {everything}!"]
    meta = swiftcore.get_template_meta(template_type)
    if any(isinstance(rule, NeedsProcessor) and not rule.for_system for rule in meta.rules):
        pytest.skip("it refuses rows without their media")
    said = fields[2:] if template_type in ONE_ROUND else fields[:]
    if any(isinstance(rule, QueryDocument) for rule in meta.rules):
        said = fields[:2]
    system = f"s {everything}!" if meta.support_system else None
    # A placeholder in lower case is not filled in, as in ms-swift.
    if system and "{{system}}" not in "".join(map(str, meta.system_prefix or ())):
        said.append(system)
    text = "".join(segment.text or "" for segment in template.render(row(*fields, system=system)))
    assert [text.count(field) for field in said] == [1] * len(said)
    assert text.count(everything) == len(said)
    for place in PLACEHOLDERS:
        assert text.count(place) == len(said)


@pytest.mark.parametrize("loss_scale", ["default", "all", "last_round", "react", "all+ignore_empty_think"])
@given(texts=texts(ANY_TEXT))
@settings(max_examples=30)
def test_rendering_then_encoding_segments_is_encoding(make: Make, loss_scale: str, texts: list[str]) -> None:
    for template_type in ("deepseek_v2_5", "qwen3", "chatglm2"):
        template = make(template_type, mode="train", loss_scale=loss_scale)
        example = row(*texts)
        assert template.encode_segments(template.render(example)) == template.encode(example)


ROW_KEYS = ["messages", "tools", "images", "objects", "chat_template_kwargs", "response_prefix", "add_eos"]
MESSAGE_KEYS = [
    "role",
    "content",
    "loss",
    "loss_scale",
    "tool_calls",
    "token_ids",
    "type",
    "text",
    "image_url",
]
KEYS = st.sampled_from([*ROW_KEYS, *MESSAGE_KEYS])
WORDS = st.sampled_from(["user", "assistant", "system", "tool", "text", "image", "auto", ""])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=4),
    st.text(st.characters(), max_size=8),
    WORDS,
    st.sampled_from([object(), Ellipsis, int, SimpleNamespace(), range(3), frozenset([1])]),
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(KEYS | st.integers() | st.text(max_size=3), inner, max_size=6),
    ),
    max_leaves=20,
)


def refusal(template: swiftcore.Template, candidate: Any) -> swiftcore.RowError | None:
    try:
        template.encode(candidate)
    except swiftcore.RowError as error:
        return error
    return None


@given(junk=JUNK, other=JUNK)
@settings(max_examples=300)
@pytest.mark.filterwarnings("ignore:.*refused")
def test_junk_is_encoded_or_refused(make: Make, junk: Any, other: Any) -> None:
    template = make(mode="train")
    rows = [
        junk,
        {"messages": junk},
        {"messages": [junk, {"role": "assistant", "content": other}]},
        {"messages": [{"role": "user", "content": junk}, other]},
        {**row("a", "b"), "chat_template_kwargs": junk, "add_eos": other},
    ]
    alone = [error for error in (refusal(template, candidate) for candidate in rows) if error]
    together = template.encode_batch(rows).refused
    assert [(error.kind, error.detail) for error in together] == [(e.kind, e.detail) for e in alone]
    assert all(error.detail for error in alone)
    assert "internal" not in {error.kind for error in alone}


def nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = wrap(value)
    return value


@dataclasses.dataclass
class Request:
    messages: Any


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: [inner],
        lambda inner: (inner,),
        lambda inner: {"messages": inner},
        lambda inner: {"content": [inner]},
        lambda inner: {"type": "text", "text": inner},
    ],
    ids=["lists", "tuples", "messages", "contents", "parts"],
)
def test_deep_nesting_is_refused(make: Make, wrap: Callable[[Any], Any]) -> None:
    template = make()
    deep = nested(200_000, wrap)
    for candidate in (
        deep,
        {"messages": deep},
        {"messages": [{"role": "user", "content": deep}]},
        {"messages": [{"role": "user", "content": [deep]}]},
        SimpleNamespace(messages=deep),
        Request(deep),
    ):
        with pytest.raises(swiftcore.RowError):
            template.encode(candidate)


def test_a_row_that_holds_itself_is_refused(make: Make) -> None:
    circle: dict[str, Any] = {"role": "user"}
    circle["messages"] = [circle]
    circle["content"] = circle
    with pytest.raises(swiftcore.RowError, match="an object without `token_ids`"):
        make().encode(circle)
