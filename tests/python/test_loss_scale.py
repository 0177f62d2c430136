"""Loss scales of one's own, declared and as classes."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import ArgumentError, LossScale, RowError, register_loss_scale
from swiftcore.template import loss_scale as module

Make = Callable[..., swiftcore.Template]


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    before = dict(module._REGISTERED)
    yield
    module._REGISTERED.clear()
    module._REGISTERED.update(before)


class Halves(LossScale):
    """The first half of a text weighs 0.5."""

    is_binary = False

    def get_loss_scale(self, context: str, *, query: str | None = None, **kwargs: Any) -> Any:
        half = len(context) // 2
        if query == "whole":
            return [context], [3.0]
        return [context[:half], context[half:]], [0.5, 1.0]


def parts(tokenizer: swiftcore.Tokenizer, scale: str, one: dict[str, Any]) -> list[tuple[str | None, float]]:
    template = swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale=scale)
    return [(segment.text, segment.weight) for segment in template.render(one) if segment.weight]


@pytest.mark.parametrize(
    ("table", "like"),
    [
        ({"<tool_call>.+?</tool_call>": [2.0]}, "hermes"),
        ({r"^<think>\s*</think>\s*": [0.0], r"^</think>\s*": 0}, "ignore_empty_think"),
        (
            {"Action:": [2.0, 2.0], "Action Input:": [2.0, 2.0], "Thought:": [1.0, 1.0]}
            | {"Final Answer:": [1.0, 1.0], "Observation:": [2.0, 0.0]},
            "react",
        ),
    ],
    ids=["hermes", "ignore_empty_think", "react"],
)
def test_a_table_does_what_the_one_built_in_does(tokenizer: swiftcore.Tokenizer, table: Any, like: str) -> None:
    register_loss_scale("mine", table)
    text = "<think>\n\n</think>\n\nThought: a\nAction: b<tool_call>{}</tool_call> Observation: c"
    one = row("q", text, "r", "</think> d")
    assert parts(tokenizer, "mine", one) == parts(tokenizer, like, one)
    template = swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale="mine")
    built_in = swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale=like)
    assert template.encode(one) == built_in.encode(one)
    assert list(template.encode_batch([one] * 3)) == list(built_in.encode_batch([one] * 3))


def test_texts_of_a_query_settle_the_weight(tokenizer: swiftcore.Tokenizer) -> None:
    register_loss_scale("mine", {"response": {"x": [2.0, 2.0]}, "query": {"why": [3.0], "how": 4}})
    assert [part for part in parts(tokenizer, "mine", row("why?", "axb", "how?", "axb")) if part[0] == "axb"] == [
        ("axb", 3.0),
        ("axb", 4.0),
    ]
    assert parts(tokenizer, "mine", row("what?", "axb"))[:2] == [("a", 1.0), ("xb", 2.0)]


def test_a_class_is_called_text_by_text(tokenizer: swiftcore.Tokenizer) -> None:
    register_loss_scale("halves", Halves)
    assert parts(tokenizer, "halves", row("q", "abcd"))[:2] == [("ab", 0.5), ("cd", 1.0)]
    assert parts(tokenizer, "halves", row("whole", "abcd"))[0] == ("abcd", 3.0)
    assert parts(tokenizer, "halves+hermes", row("q", "ab<tool_call>x</tool_call>"))[0][1] == 0.5
    template = swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale="halves")
    rows = [row("q", "word " * count) for count in range(1, 40)]
    batch = template.encode_batch(rows, num_threads=3)
    assert list(batch) == [template.encode(one) for one in rows]
    assert "loss_scale" in batch.column_names


def test_whether_weights_come_out(tokenizer: swiftcore.Tokenizer) -> None:
    class Binary(Halves):
        is_binary = True

    register_loss_scale("binary", Binary)
    register_loss_scale("ones", {"a": [1.0], "b": [0.0]})
    for name in ("binary", "ones"):
        template = swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale=name)
        assert "loss_scale" not in template.encode(row("q", "ab"))


class Failing(LossScale):
    def get_loss_scale(self, context: str, *, query: str | None = None, **kwargs: Any) -> Any:
        if "bad" in context:
            raise ValueError("too bad")
        return (
            ([context[1:]], [1.0]) if "cut" in context else ([context], [float("nan")] if "nan" in context else [1.0])
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bad", "field 'loss_scale': the registered loss scale failed: ValueError: too bad"),
        ("cut", "field 'loss_scale': the registered loss scale changed the text"),
        ("nan", "field 'loss_scale': the registered loss scale gave the weight NaN"),
    ],
)
def test_a_class_that_fails_costs_one_row(tokenizer: swiftcore.Tokenizer, text: str, expected: str) -> None:
    register_loss_scale("failing", Failing)
    template = swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale="failing")
    with pytest.raises(RowError, match=re.escape(expected)):
        template.encode(row("q", text))
    with pytest.warns(UserWarning, match="1 row refused"):
        batch = template.encode_batch([row("q", "good"), row("q", text), row("q", "good")])
    assert memoryview(batch.row_index).tolist() == [0, 2]


def test_templates_bring_their_scales_along(tokenizer: swiftcore.Tokenizer) -> None:
    register_loss_scale("mine", {"a": [2.0]})
    register_loss_scale("halves", Halves)
    made = [
        swiftcore.get_template(tokenizer, template_type="chatml", mode="train", loss_scale=name)
        for name in ("mine", "last_round+halves")
    ]
    expected = [template.encode(row("q", "bab")) for template in made]
    pickled = pickle.dumps(made)
    module._REGISTERED.clear()
    copies = pickle.loads(pickled)
    assert [template.encode(row("q", "bab")) for template in copies] == expected
    copies[0].set_mode("train")
    assert copies[0].encode(row("q", "bab")) == expected[0]
    with pytest.raises(ArgumentError, match="'mine' is no loss scale"):
        swiftcore.get_template(tokenizer, template_type="chatml", loss_scale="mine")


@pytest.mark.parametrize(
    ("name", "scale", "expected"),
    [
        ("", {"a": [1]}, "argument 'name': '' is no name"),
        ("a+b", {"a": [1]}, "argument 'name': 'a+b' is no name; give text without '+'"),
        ("default", {"a": [1]}, "argument 'name': 'default' is a base strategy"),
        ("hermes", {"a": [1]}, "argument 'name': loss scale 'hermes' is there already, built in; choose another name"),
        ("mine", 3, "argument 'scale': is 3; give a mapping of patterns to weights, or a class with get_loss_scale"),
        ("mine", {}, "argument 'scale': is empty"),
        ("mine", {3: [1]}, "argument 'scale': has the key 3"),
        ("mine", {"a": "b"}, "argument 'scale': 'a' has 'b'; give a list of numbers"),
        ("mine", {"a": [1, 2, 3]}, "argument 'scale': 'a' has 3 weights; give one behind a pattern, two behind a"),
        ("mine", {"a": [-1]}, "argument 'scale': holds the weight -1; give finite numbers from 0"),
        ("mine", {"a": [1], "b": [1, 2]}, "argument 'scale': mixes patterns (one weight) and delimiters (two)"),
        ("mine", {"(": [1]}, "argument 'scale': '(' is no pattern that can be run"),
        ("mine", {"(?<=a)b": [1]}, "argument 'scale': '(?<=a)b' is no pattern that can be run"),
        ("mine", {"a$": [1]}, "argument 'scale': 'a$' holds '$'"),
        ("mine", {"response": {"a": [1]}, "other": {}}, "argument 'scale': holds 'other' beside 'response'"),
    ],
)
def test_registrations_that_make_no_sense(name: str, scale: Any, expected: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        register_loss_scale(name, scale)
    assert str(raised.value).startswith(expected)


def test_a_name_is_replaced_on_purpose_only(tokenizer: swiftcore.Tokenizer) -> None:
    register_loss_scale("mine", {"a": [2.0]})
    with pytest.raises(ArgumentError, match=r"'mine' is there already, at .*test_loss_scale.py:\d+; .*exist_ok=True"):
        register_loss_scale("mine", {"a": [3.0]})
    register_loss_scale("mine", {"a": [3.0]}, exist_ok=True)
    assert parts(tokenizer, "mine", row("q", "a"))[0] == ("a", 3.0)
    register_loss_scale("hermes", {"a": [4.0]}, exist_ok=True)
    assert parts(tokenizer, "hermes", row("q", "a"))[0] == ("a", 4.0)


@pytest.mark.parametrize("name", ["hermess", "default+react+last", "hermes+default", "", "+", "all+x"])
def test_unknown_names_list_those_that_are_known(tokenizer: swiftcore.Tokenizer, name: str) -> None:
    register_loss_scale("mine", {"a": [2.0]})
    with pytest.raises(ArgumentError, match="any of ignore_empty_think, .*, alpha_umi, mine") as raised:
        swiftcore.get_template(tokenizer, template_type="chatml", loss_scale=name)
    if name == "hermess":
        assert str(raised.value).endswith("did you mean 'hermes'?")
