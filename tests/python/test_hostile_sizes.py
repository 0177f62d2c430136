"""Time grows about linearly with the size of hostile input: four times the input takes about four times as long."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import swiftcore
from swiftcore import _native

Make = Callable[..., swiftcore.Template]

FORMATS = _native.agent_formats()
# Linear work grows four times, quadratic work sixteen times. The rest is for caches and busy machines.
GROWTH = 9.0
# Times below this are noise.
SECONDS = 0.01


def cpu_seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of this process, all threads together, that `run` takes."""
    before = time.process_time()
    run()
    return time.process_time() - before


def check_growth(run: Callable[[Any], object], make: Callable[[int], Any], size: int) -> None:
    """Check that four times `size` takes not much more than four times as long. A slow measurement is repeated."""
    small, large = make(size), make(4 * size)
    run(make(64))
    for _ in range(3):
        before = max(cpu_seconds(lambda: run(small)), SECONDS)
        after = cpu_seconds(lambda: run(large))
        if after < GROWTH * before:
            return
    pytest.fail(f"{size}: {before:.3f} s, {4 * size}: {after:.3f} s")


def repeated(text: str) -> Callable[[int], str]:
    """Make texts of at least so many characters out of `text`."""
    return lambda size: text * (size // len(text) + 1)


def written_call(make: Make, agent: str) -> str:
    """Return a call as the format writes it."""
    arguments = {"city": "Zurich", "days": [1, {"a": 2}]}
    call = {"role": "tool_call", "content": {"name": "weather", "arguments": arguments}}
    row = {"messages": [{"role": "user", "content": "?"}, call]}
    segments = make("qwen2_5", mode="train", agent_template=agent).render(row)
    return "".join(segment.text or "" for segment in segments if segment.weight)


# What is tried at every opening: a comment, and strings that a repetition never closes.
TRIED_AGAIN = ["{", "{#", "[#", "''''", '""""', '{"a": [', "{a:", '<|"|>']


@pytest.mark.parametrize("agent", FORMATS)
def test_unclosed_tool_calls(make: Make, agent: str) -> None:
    parse = make("qwen2_5", mode="train", agent_template=agent).parse_tool_calls
    call = written_call(make, agent)
    cuts = [at for at in range(1, len(call)) if not call[at].isalnum() or not call[at - 1].isalnum()]
    texts = [call[:at] for at in cuts[:: max(1, len(cuts) // 16)]]
    begin = call[: call.find("weather")]
    for text in [*texts, *(begin + tried for tried in TRIED_AGAIN)]:
        check_growth(parse, repeated(text), 40_000)


@pytest.mark.parametrize("agent", FORMATS)
def test_openings_before_one_close(make: Make, agent: str) -> None:
    parse = make("qwen2_5", mode="train", agent_template=agent).parse_tool_calls
    call = written_call(make, agent)
    begin, end = call[: call.find("weather")] or "\n", call[call.rfind("}") :]
    for text in (begin, begin + "weather", call[: call.find("days")]):
        check_growth(parse, lambda size, text=text: text * (size // len(text) + 1) + end, 40_000)


def test_many_calls_of_a_tool_with_many_parameters(make: Make) -> None:
    parse = make("qwen2_5", mode="train", agent_template="qwen3_coder").parse_tool_calls

    def calls(size: int) -> tuple[str, list[dict[str, Any]]]:
        fields = "".join(f"<parameter=k{i}>{i}</parameter>" for i in range(size))
        properties = {f"k{i}": {"type": "integer"} for i in range(size)}
        tools = [{"name": f"f{i}", "parameters": {"properties": properties if i == 0 else {}}} for i in range(size)]
        text = f"<function=f0>{fields}</function>" + f"<function=f{size - 1}></function>" * size
        return text, tools

    check_growth(lambda given: parse(*given), calls, 4_000)


def test_objects_of_many_keys(make: Make) -> None:
    template = make("qwen2_5", mode="train")

    def row(size: int) -> dict[str, Any]:
        answer = {f"key{i}": i for i in range(size)}
        call = {"role": "tool_call", "content": json.dumps({"name": "f", "arguments": answer})}
        messages = [{"role": "user", "content": "?"}, call, {"role": "tool", "content": answer}]
        return {"messages": messages, "tools": [{"name": "f", "parameters": answer}]}

    check_growth(template.encode, row, 8_000)


def test_many_rounds_and_calls(make: Make) -> None:
    template = make("qwen2_5", mode="train")
    call = {"role": "tool_call", "content": '{"name": "f", "arguments": {}}'}
    tool, said = {"role": "tool", "content": "1"}, {"role": "assistant", "content": "b"}
    unasked = make("qwen2_5", mode="train", agent_template="chatglm4")
    question = {"role": "user", "content": "?"}

    def answered_by_id(size: int) -> dict[str, Any]:
        calls = [{"id": f"c{i}", "function": {"name": "f", "arguments": "{}"}} for i in range(size)]
        answers = [{"role": "tool", "tool_call_id": f"c{i}", "content": str(i)} for i in reversed(range(size))]
        return {"messages": [question, {"role": "assistant", "content": "", "tool_calls": calls}, *answers]}

    def rounds(*messages: dict[str, str]) -> Callable[[int], dict[str, Any]]:
        return lambda size: {"messages": [question, *(list(messages) * size)]}

    check_growth(template.encode, rounds(call, tool), 4_000)
    check_growth(template.encode, rounds(call, tool, said), 4_000)
    check_growth(template.encode, rounds(call), 4_000)
    check_growth(template.encode, rounds(*[tool] * 2), 4_000)
    check_growth(template.encode, rounds(said, question), 4_000)
    check_growth(unasked.render, rounds(tool, said, question), 4_000)
    check_growth(template.encode, answered_by_id, 4_000)
