"""What an accelerated template is, and which rows and templates it leaves to ms-swift."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from swift.template import TEMPLATE_MAPPING, MaxLengthError, Template, TemplateMeta, register_template
from swift_support import outcome, template
from swiftcore.integrations.swift import accelerate

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]


class Plain(Template):
    """A class that changes nothing."""


class Shouting(Template):
    """A class that changes what is encoded."""

    def _get_system(self, inputs: Any) -> str | None:
        system = super()._get_system(inputs)
        return None if system is None else system.upper()


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    before = dict(TEMPLATE_MAPPING)
    for name, cls in (("mine", Template), ("mine_plain", Plain), ("mine_shouting", Shouting)):
        meta = TemplateMeta(
            name,
            prefix=["<s>"],
            prompt=["[user]{{QUERY}}[bot]"],
            chat_sep=["[end]\n"],
            suffix=["[end]"],
            system_prefix=["<s>[system]{{SYSTEM}}\n"],
            default_system="Be brief.",
            template_cls=cls,
        )
        register_template(meta)
    yield
    TEMPLATE_MAPPING.clear()
    TEMPLATE_MAPPING.update(before)


def assert_alike(theirs: Any, ours: Any, row: Any, **arguments: Any) -> Any:
    wanted = outcome(theirs.encode, copy.deepcopy(row), **arguments)
    assert outcome(ours.encode, row, **arguments) == wanted
    return wanted


ROWS = [
    {"messages": TALK},
    {"messages": [{"role": "system", "content": "Say it in French."}, *TALK, *TALK]},
    {"messages": TALK[:1], "channel": "a"},
    {"messages": [*TALK, {"role": "user", "content": "é" * 50}]},
    {"messages": []},
    {"messages": [{"role": "robot", "content": "Beep"}]},
    {"messages": [{"role": "user", "content": None}, TALK[1]]},
    {},
]


@pytest.mark.parametrize("mode", ["train", "transformers", "vllm"])
@pytest.mark.parametrize(("name", "native"), [("mine", True), ("mine_plain", True), ("mine_shouting", False)])
def test_templates_of_the_users_own(name: str, native: bool, mode: str) -> None:
    theirs = template(name, "qwen3", mode)
    ours = accelerate(theirs)
    for row in ROWS:
        assert_alike(theirs, ours, row, return_length=True)
    assert ours.counts.total == len(ROWS)
    if native:
        assert ours.handed_over is None
        assert ours.counts.native == 4
    else:
        assert ours.handed_over == "Shouting has its own _get_system"
        assert ours.counts.handed == {"class": len(ROWS)}


def test_it_is_the_template_itself_in_all_else() -> None:
    theirs = template("qwen3", "qwen3")
    ours = accelerate(theirs)
    assert isinstance(ours, type(theirs))
    assert accelerate(ours) is ours
    assert ours.template_meta is theirs.template_meta
    ours.padding_side = "left"
    assert theirs.padding_side == "left"
    batch = [ours.encode({"messages": TALK}), ours.encode({"messages": TALK[:1] + TALK[1:]})]
    assert ours.data_collator(batch)["input_ids"].tolist() == theirs.data_collator(batch)["input_ids"].tolist()


def test_what_is_set_on_the_template_takes_effect() -> None:
    theirs = template("qwen2_5", "qwen3")
    ours = accelerate(theirs)
    row = {"messages": TALK}
    changes = [
        lambda: theirs.set_mode("transformers"),
        lambda: setattr(ours, "mode", "train"),
        lambda: setattr(theirs, "max_length", 9),
        lambda: setattr(theirs, "truncation_strategy", "right"),
        lambda: setattr(theirs, "max_length", None),
        lambda: setattr(theirs.template_meta, "default_system", "Be brief."),
        lambda: theirs.template_meta.prompt.append("..."),
        lambda: setattr(theirs, "_loss_scale", "all"),
        lambda: setattr(theirs, "remove_unused_columns", False),
    ]
    seen = []
    for change in changes:
        change()
        seen.append(assert_alike(theirs, ours, row | {"source": "test"}, return_length=True))
    assert len({str(one) for one in seen}) >= 7
    assert not ours.counts.handed


def test_copies_and_pickles_are_accelerated_too() -> None:
    theirs = template("qwen3", "qwen3")
    ours = accelerate(theirs)
    ours.encode({"messages": TALK})
    for again in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert again.encode({"messages": TALK}) == theirs.encode({"messages": TALK})
        assert again.counts.native == 1
        assert again.template_meta is not theirs.template_meta


OWN_ROWS = {
    "media": {"messages": TALK, "images": ["no-such-image.png"]},
    "placeholder": {"messages": [{"role": "user", "content": "{{ROUND0}} and {{QUERY}}"}, TALK[1]]},
    "loss": {"messages": [TALK[0], TALK[1] | {"loss": 1.0}]},
    "content": {"messages": [TALK[0], {"role": "assistant", "content": [11, 12]}]},
    "preference": {"messages": TALK, "rejected_response": None},
    "keywords": {"messages": TALK, "chat_template_kwargs": {"reasoning_effort": "high"}},
    "tools": {"messages": TALK, "tools": '["{\\"name\\": \\"f\\"}"]'},
    "refused": {"messages": [{"role": "assistant", "content": "a"}, {"role": "system", "content": "b"}]},
    "object": [1],
    "messages": {"messages": ({"role": "user", "content": "Hi"},)},
}


@pytest.mark.parametrize("reason", OWN_ROWS)
def test_rows_that_are_left_to_ms_swift(reason: str) -> None:
    theirs = template("qwen3", "qwen3")
    ours = accelerate(theirs)
    assert_alike(theirs, ours, OWN_ROWS[reason])
    assert ours.counts.handed == {reason: 1}
    assert ours.counts.native == 0


@pytest.mark.parametrize("task_type", ["seq_cls", "prm", "embedding", "reranker"])
@pytest.mark.parametrize("mode", ["train", "transformers"])
def test_other_tasks(task_type: str, mode: str) -> None:
    theirs = template("qwen3", "qwen3", mode)
    theirs.task_type = task_type
    ours = accelerate(theirs)
    rows = [
        {"messages": TALK[:1], "label": 1},
        {"messages": TALK, "label": 0},
        {"messages": TALK[:1]},
        {"messages": TALK[:1], "positive_messages": [TALK[:1]], "negative_messages": [TALK[:1]] * 2},
        {"messages": TALK[:1], "label": 0.3, "positive_messages": [TALK[1:]]},
        {"messages": [TALK[0], {"role": "assistant", "content": "One.<cot-process>Two.<cot-process>"}]},
    ]
    for row in rows:
        assert_alike(theirs, ours, row, return_length=True)
    assert ours.counts.native > 0


def test_template_inputs_are_ms_swifts() -> None:
    from swift.template import TemplateInputs

    theirs = template("qwen3", "qwen3")
    ours = accelerate(theirs)
    inputs = TemplateInputs.from_dict({"messages": TALK})
    assert ours.encode(inputs) == theirs.encode(inputs)
    given = ours.encode({"messages": TALK}, return_template_inputs=True)
    assert given["template_inputs"].messages == theirs.encode({"messages": TALK}, True)["template_inputs"].messages
    assert ours.counts.handed == {"object": 1, "inputs wanted": 1}


def test_a_row_that_is_too_long_raises_ms_swifts_error_at_once() -> None:
    theirs = template("qwen3", "qwen3", max_length=5)
    ours = accelerate(theirs)
    with pytest.raises(MaxLengthError) as theirs_raised:
        theirs.encode({"messages": TALK})
    with pytest.raises(MaxLengthError) as ours_raised:
        ours.encode({"messages": TALK})
    assert str(ours_raised.value) == str(theirs_raised.value)
    assert not ours.counts.handed


def test_a_backend_that_is_not_ours() -> None:
    theirs = template("qwen3", "qwen3", template_backend="jinja")
    ours = accelerate(theirs)
    with pytest.warns(UserWarning, match="are encoded by ms-swift: template_backend is 'jinja'"):
        assert ours.handed_over == "template_backend is 'jinja'"
    assert_alike(theirs, ours, {"messages": TALK})


def test_a_method_that_was_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = template("qwen3", "qwen3")
    ours = accelerate(theirs)
    monkeypatch.setattr(theirs, "_tokenize", lambda text, **_: [1] * len(text), raising=False)
    assert ours.handed_over == "_tokenize was replaced on the template"
    assert_alike(theirs, ours, {"messages": TALK})
    monkeypatch.undo()
    monkeypatch.setattr(Template, "_tokenize", lambda self, text, **_: [2] * len(text))
    again = template("qwen3", "qwen3")
    assert "Template._tokenize was replaced" in str(accelerate(again).handed_over)


def test_a_loss_scale_of_the_users_own() -> None:
    from swift.loss_scale import LossScale, loss_scale_map

    class Half(LossScale):
        is_binary = False

        def get_loss_scale(self, context: str, **_: Any) -> tuple[list[str], list[float]]:
            return [context], [0.5]

    loss_scale_map["half"] = Half
    try:
        theirs = template("qwen3", "qwen3", loss_scale="half")
        ours = accelerate(theirs)
        assert "Half is a class of" in str(ours.handed_over)
        assert 0.5 in ours.encode({"messages": TALK})["loss_scale"]
    finally:
        del loss_scale_map["half"]
