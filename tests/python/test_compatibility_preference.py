"""Each line of COMPATIBILITY.md about preference and other tasks, shown."""

import re
from pathlib import Path

import pytest
import swiftcore
from swiftcore import ArgumentError, RowError

ROOT = Path(__file__).resolve().parents[2]

TALK = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]


def template(**arguments):
    arguments = {"template_type": "chatml", **arguments}
    return swiftcore.get_template("deepseek", **arguments)


def test_every_line_has_a_test():
    lines = re.findall(r"^\| (P\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_p\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_p01_a_response_that_is_null_is_none():
    row = {"messages": TALK, "rejected_response": None}
    assert "rejected_input_ids" not in template(mode="kto").encode({**row, "label": True})
    rejected = [*TALK[:1], {"role": "assistant", "content": "b"}]
    assert "rejected_input_ids" in template(mode="rlhf").encode({**row, "rejected_messages": rejected})


def test_p12_padding_is_not_a_rejected_conversation():
    row = {"messages": TALK, "label": True, "rejected_messages": None}
    assert template(mode="kto").encode(row).keys() == {"chosen_input_ids", "chosen_labels", "chosen_length", "label"}
    with pytest.raises(RowError, match="'rejected_response': is missing"):
        template(mode="rlhf").encode(row)


def test_p02_other_sides_are_looked_at_where_they_are_used():
    plain = template(mode="train")
    row = {"messages": TALK, "rejected_response": "a", "margin": "x", "label": {}, "positive_messages": 3}
    assert plain.encode(row) == plain.encode({"messages": TALK})
    with pytest.raises(RowError, match="field 'positive_messages'"):
        template(mode="train", task_type="embedding").encode(row)


def test_p03_rejected_equal_to_chosen_however_many_messages():
    answer = [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}]
    row = {"messages": [*TALK[:1], *answer], "rejected_response": answer}
    with pytest.raises(RowError, match="field 'rejected_response': is the same as the chosen response"):
        template(mode="rlhf").encode(row)


@pytest.mark.parametrize("label", [{}, {"label": None}, {"label": -1}, {"label": 2}, {"label": "false"}])
def test_p04_a_desirable_response_is_true_or_one(label):
    with pytest.raises(RowError, match="field 'label': .*; give true or false"):
        template(mode="kto").encode({"messages": TALK, **label})
    assert template(mode="kto").encode({"messages": TALK, "label": 1})["label"] is True


@pytest.mark.parametrize(
    ("problem", "label"),
    [
        ("single_label_classification", 0.5),
        ("single_label_classification", -1),
        ("single_label_classification", [1]),
        ("multi_label_classification", 1),
        ("multi_label_classification", [0.5]),
        ("regression", "high"),
        ("regression", [1, 2]),
    ],
)
def test_p05_labels_fit_their_problem(problem, label):
    with pytest.raises(RowError, match="field 'label': "):
        template(mode="train", task_type="seq_cls", problem_type=problem).encode({"messages": TALK, "label": label})


def test_p06_a_reranker_row_has_texts():
    row = {"messages": TALK[:1], "positive_messages": [], "negative_messages": None, "label": 1}
    with pytest.raises(RowError, match="field 'positive_messages': is missing"):
        template(mode="train", task_type="reranker").encode(row)


def test_p07_the_end_of_a_step_is_text_without_a_token_for_it():
    row = {"messages": [TALK[0], {"role": "assistant", "content": "a<cot-process>b"}]}
    encoded = template(mode="train", task_type="prm").encode(row)
    assert encoded == template(mode="train").encode(row)


def test_p08_a_tuple_is_a_list():
    answer = ({"role": "assistant", "content": "b"},)
    made = template(mode="rlhf")
    row = {"messages": TALK, "rejected_response": answer}
    assert made.encode(row) == made.encode({**row, "rejected_response": list(answer)})


def test_p09_patterns_that_only_python_runs():
    for pattern in ("(?=a)", r"(a)\1", "a$"):
        with pytest.raises(ArgumentError, match="argument 'scale'"):
            swiftcore.register_loss_scale("compatibility", {pattern: [1.0]})


def test_p10_parts_are_of_the_text(monkeypatch):
    from swiftcore.template import loss_scale

    class Upper(swiftcore.LossScale):
        def get_loss_scale(self, context, *, query=None, **kwargs):
            return [context.upper()], [1.0]

    monkeypatch.setattr(loss_scale, "_REGISTERED", {})
    swiftcore.register_loss_scale("upper", Upper)
    with pytest.raises(RowError, match="changed the text"):
        template(mode="train", loss_scale="upper").encode({"messages": TALK})


def test_p11_a_classified_row_is_not_split():
    arguments = {"max_length": 10, "truncation_strategy": "split"}
    made = template(mode="train", task_type="seq_cls", num_labels=2, **arguments)
    for label in ({}, {"label": 1}):
        with pytest.raises(swiftcore.MaxLengthError, match="cannot be split"):
            made.encode({"messages": [{"role": "user", "content": "long " * 20}], **label})


@pytest.mark.parametrize("margin", ["0.5", True])
def test_p13_a_margin_is_a_number(margin):
    with pytest.raises(RowError, match="field 'margin'"):
        template(mode="rlhf").encode({"messages": TALK, "rejected_response": "b", "margin": margin})


def test_p14_a_pair_has_two_answers():
    with pytest.raises(RowError, match="field 'rejected_response': is empty"):
        template(mode="rlhf").encode({"messages": TALK, "rejected_response": []})
