"""Each line of COMPATIBILITY.md on row shapes, shown."""

import json
import re
from pathlib import Path

import pytest
import swiftcore
from swiftcore import RowError
from swiftcore.data import encode_files

ROOT = Path(__file__).resolve().parents[2]

TALK = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]


def template(mode="train", **arguments):
    return swiftcore.get_template("deepseek", template_type="chatml", mode=mode, **arguments)


def same(row, messages=TALK):
    return template().encode(row) == template().encode({"messages": messages})


def test_every_line_has_a_test():
    lines = re.findall(r"^\| (S\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_s\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_s01_columns_are_found_in_any_case():
    added = [{"role": "user", "content": "Add.\n1+1"}, {"role": "assistant", "content": "2"}]
    assert same({"Instruction": "Add.", "Input": "1+1", "output": "2"}, added)
    assert same({"instruction": "q2", "input": "", "output": "a2", "History": [["q", "a"]]}, [
        *TALK, {"role": "user", "content": "q2"}, {"role": "assistant", "content": "a2"}
    ])  # fmt: skip
    assert same({"Conversations": TALK})


def test_s02_a_null_is_as_good_as_no_column():
    assert same({"question": "q", "answer": None, "solution": "a"})
    with pytest.raises(RowError, match="'answer' or 'solution'"):
        template().encode({"question": "q", "answer": "a", "solution": "a"})


def test_s03_the_first_rows_settle_the_shape_of_a_file(tmp_path):
    path, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"query": "q", "response": "a"}] * 2 + [{"messages": TALK}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = encode_files(template(), path, output)
    assert (summary.rows_written, summary.refused) == (2, 1)
    assert "in.jsonl:3: field 'query': is missing; the first rows of the file have a query" in summary.examples[0]


def test_s04_chosen_and_rejected_are_a_pair():
    pair = template("rlhf").encode({"messages": TALK, "rejected_response": "b"})
    assert template("rlhf").encode({"prompt": "q", "chosen": "a", "rejected": "b"}) == pair
    assert same({"prompt": "q", "answer": "x", "chosen": "a", "rejected": "b"})


def test_s05_a_text_alone_is_plain_text():
    plain = template(use_chat_template=False, loss_scale="all")
    assert template().encode({"text": "a"}) == plain.encode({"messages": [{"role": "assistant", "content": "a"}]})


def test_s06_a_prompt_may_be_messages():
    assert same({"prompt": TALK[:1], "completion": TALK[1:]})


@pytest.mark.parametrize("role", ["model", "chatgpt", "bing", "bard"])
def test_s07_more_names_of_roles(role):
    assert same({"conversations": [{"from": "human", "value": "q"}, {"from": role, "value": "a"}]})


def test_s08_the_first_of_several_responses_counts(monkeypatch):
    monkeypatch.setenv("RANDOM_DATASET_RESPONSE", "True")
    assert all(same({"query": "q", "response": ["a", *"bcdefgh"]}) for _ in range(5))


def test_s09_conversation_or_conversations():
    assert same({"conversation": TALK, "conversations": None})
    with pytest.raises(RowError, match="'conversation' or 'conversations'"):
        template().encode({"conversation": TALK, "conversations": TALK})


def test_s10_the_label_of_llama_factory():
    row = {"messages": TALK, "kto_tag": False}
    assert template("kto").encode(row) == template("kto").encode({"messages": TALK, "label": False})
    assert template("kto").encode({**row, "label": True})["label"] is True


def test_s11_rejected_messages_of_any_shape():
    pair = template("rlhf").encode({"messages": TALK, "rejected_response": "b"})
    rejected = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "b"}]
    assert template("rlhf").encode({"query": "q", "response": "a", "rejected_messages": rejected}) == pair
    assert template("rlhf").encode({"messages": TALK, "rejected_messages": str(rejected)}) == pair
