"""Calls in damaged text: a call that lost one of its tags takes nothing from the calls around it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import swiftcore

Make = Callable[..., swiftcore.Template]

FIRST = {"name": "f", "arguments": {"a": "x", "b": "y"}}
SECOND = {"name": "g", "arguments": {"c": "z"}}
FORMATS = [name for name in swiftcore.agent_template_names() if not name.startswith(("react", "qwen_", "toolbench"))]


def written(template: swiftcore.Template, *calls: dict[str, Any]) -> str:
    """The calls as the template writes them."""
    messages = [{"role": "user", "content": "q"}, *({"role": "tool_call", "content": call} for call in calls)]
    prompt, *said = (segment.text or "" for segment in template.render({"messages": messages}))
    assert "q" in prompt
    return "".join(said)


@pytest.fixture
def read(make: Make) -> Callable[[str, str], list[Any]]:
    def read(agent: str, text: str) -> list[Any]:
        return make("qwen2_5", mode="train", agent_template=agent).parse_tool_calls(text)

    return read


@pytest.mark.parametrize(
    "agent, text",
    [
        # The end of a value.
        (
            "qwen3_coder",
            "<function=f>\n<parameter=a>\nx\n</param>\n</function>\n"
            "<function=g>\n<parameter=c>\nz\n</parameter>\n</function>",
        ),
        (
            "glm4_5",
            "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>x</arg_val>\n</tool_call>"
            "<tool_call>g\n<arg_key>c</arg_key>\n<arg_value>z</arg_value>\n</tool_call>",
        ),
        # The end of a call.
        (
            "minimax_m2",
            '<invoke name="f">\n<parameter name="a">x</parameter>\n</inv>\n'
            '<invoke name="g">\n<parameter name="c">z</parameter>\n</invoke>',
        ),
        (
            "minicpm5",
            '<function name="f"><param name="a">x</param><function name="g"><param name="c">z</param></function>',
        ),
        # The end of a key, and the beginning of a value.
        (
            "xing4_0",
            "<tool_call>f<param_key>a</key><param_value>x</param_value></tool_call>"
            "<tool_call>g<param_key>c</param_key><param_value>z</param_value></tool_call>",
        ),
        (
            "spark2_5",
            "<tool_call>f<arg_key>a</arg_key><value>x</arg_value></tool_call>"
            "<tool_call>g<arg_key>c</arg_key><arg_value>z</arg_value></tool_call>",
        ),
        # One value of several.
        (
            "hy_v3_preview",
            "<tool_call>f<tool_sep>\n<arg_key>a</arg_key>\n<arg_value>x\n<arg_key>b</arg_key>\n"
            "<arg_value>y</arg_value>\n</tool_call>\n"
            "<tool_call>g<tool_sep>\n<arg_key>c</arg_key>\n<arg_value>z</arg_value>\n</tool_call>",
        ),
        (
            "deepseek_v4",
            '<｜DSML｜invoke name="f">\n<｜DSML｜parameter name="a">x</｜DSML｜parameter>\n</｜DSML｜invoke>\n'
            '<｜DSML｜invoke name="g">\n<｜DSML｜parameter name="c" string="true">z</｜DSML｜parameter>\n'
            "</｜DSML｜invoke>",
        ),
        ("hermes", '<tool_call>\n{"name": "f"}\n<tool_call>\n{"name": "g", "arguments": {"c": "z"}}\n</tool_call>'),
        ("mistral", '[TOOL_CALLS][\n{"name": "f", "arg\n{"name": "g", "arguments": {"c": "z"}}\n]</s>'),
        (
            "kimi_k25",
            '<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"a": "x"}<|tool_call>'
            '<|tool_call_begin|>functions.g:1<|tool_call_argument_begin|>{"c": "z"}<|tool_call_end|>',
        ),
        ("gemma4", '<|tool_call>call:f{a:<|"|>x}<tool_call|><|tool_call>call:g{c:<|"|>z<|"|>}<tool_call|>'),
    ],
)
def test_a_damaged_call_leaves_the_next_one_whole(read: Callable[..., Any], agent: str, text: str) -> None:
    assert read(agent, text) == [SECOND]


@pytest.mark.parametrize("agent", FORMATS)
def test_no_call_takes_arguments_of_another(make: Make, agent: str) -> None:
    """Cut a few characters out of two calls, anywhere: what is read has a name and its own arguments."""
    template = make("qwen2_5", mode="train", agent_template=agent)
    text = written(template, FIRST, SECOND)
    assert template.parse_tool_calls(text) == [FIRST, SECOND]
    draw = random.Random(1)
    values = "xyz"
    for _ in range(300):
        start = draw.randrange(len(text))
        damaged = text[:start] + text[start + draw.randint(1, 12) :]
        for call in template.parse_tool_calls(damaged):
            found = str(call["arguments"])
            of_first = any(f"'{value}'" in found for value in values[:2])
            assert not (of_first and "'z'" in found), damaged


def test_text_about_tool_calls_is_a_value(make: Make) -> None:
    values = [
        "use <tool_call> and </tool_call>",
        "<function=f>",
        "</function>\n<function=g>",
        "<arg_key>",
        "[TOOL_CALLS][",
    ]
    for agent in ("qwen3_coder", "glm4_5", "minimax_m2", "hermes", "mistral", "xing4_0", "minicpm5", "kimi_k25"):
        template = make("qwen2_5", mode="train", agent_template=agent)
        for value in values:
            call = {"name": "write", "arguments": {"text": value}}
            assert template.parse_tool_calls(written(template, call)) == [call], (agent, value)


def test_an_observation_ends_the_name_of_an_action(read: Callable[..., Any]) -> None:
    text = "Action: f\nObservation: lost\nAction Input: {}"
    assert read("react_en", text) == [{"name": "f", "arguments": {}}]
