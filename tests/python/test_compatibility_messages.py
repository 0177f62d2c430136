"""Each line of COMPATIBILITY.md about messages, shown. `test_message_forms.py` has more of each kind."""

import json
import re
from pathlib import Path

import pytest
import swiftcore
from swiftcore import RowError

ROOT = Path(__file__).resolve().parents[2]
USER = {"role": "user", "content": "q"}
FINE = {"role": "assistant", "content": "a"}
TOOL = {"name": "f", "description": "d", "parameters": {"type": "object"}}


def template(**arguments):
    return swiftcore.get_template("deepseek", template_type="qwen2_5", mode="train", **arguments)


def text_of(*messages, **fields):
    return "".join(segment.text or "" for segment in template().render({"messages": [USER, *messages, FINE], **fields}))


def call(**fields):
    return {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f"}, **fields}]}


def test_every_line_has_a_test():
    lines = re.findall(r"^\| (F\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_f\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_f01_an_answer_of_parts_is_their_text():
    answer = {"role": "tool", "content": [{"type": "text", "text": "10525"}]}
    assert "<tool_response>\n10525\n</tool_response>" in text_of(call(), answer)


@pytest.mark.parametrize("images", ["", [""], [None], [{"path": None, "bytes": None}]], ids=repr)
def test_f02_what_is_empty_is_no_medium(images):
    assert text_of(images=images) == text_of()


def test_f03_other_names_of_roles():
    row = {
        "messages": [{"role": "developer", "content": "s"}, USER, call(), {"role": "function", "content": "r"}, FINE]
    }
    same = {"messages": [{"role": "system", "content": "s"}, USER, call(), {"role": "tool", "content": "r"}, FINE]}
    assert template().encode(row) == template().encode(same)


def test_f04_a_function_call_and_a_refusal():
    called = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    assert text_of(called) == text_of(call())
    refused = {"role": "assistant", "content": None, "refusal": "No."}
    assert "No." in text_of(refused, USER)


def test_f05_blocks_are_read_on_all_ways_in():
    thinking = [{"type": "thinking", "thinking": "t", "signature": "x"}, {"type": "redacted_thinking", "data": "x"}]
    used = {"role": "assistant", "content": [*thinking, {"type": "tool_use", "id": "1", "name": "f", "input": {}}]}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "r"}]}
    made = swiftcore.get_template("deepseek", template_type="qwen3", mode="train")
    thought = {**call(), "content": "<think>\nt\n</think>\n\n"}
    expected = {"messages": [USER, thought, {"role": "tool", "content": "r"}, FINE]}
    assert made.encode({"messages": [USER, used, result, FINE]}) == made.encode(expected)


def test_f06_calls_may_be_text():
    assert text_of({**call(), "tool_calls": json.dumps(call()["tool_calls"])}) == text_of(call())


def test_f07_a_schema_is_parameters():
    anthropic = {"name": "f", "description": "d", "input_schema": {"type": "object"}}
    assert text_of(tools=[anthropic]) == text_of(tools=[TOOL])


def test_f08_one_tool_and_no_tools():
    assert text_of(tools=TOOL) == text_of(tools=[TOOL])
    for none in ("{}", "null", [None]):
        assert text_of(tools=none) == text_of()


def test_f09_an_id_is_a_string_or_a_number():
    with pytest.raises(RowError, match=r"message 1, field 'tool_calls\[0\].id': is a list"):
        text_of(call(id=[1]))


def test_f10_an_empty_object_is_not_content():
    with pytest.raises(RowError, match="message 1, field 'content': is an object without `token_ids`"):
        text_of({"role": "user", "content": {}})
