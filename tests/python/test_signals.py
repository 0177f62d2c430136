"""Signals end long work soon, in the middle of a row, too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import swiftcore
from cli_support import command
from support import row

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

Make = Callable[..., swiftcore.Template]

# Half a second is promised; the rest is for busy machines.
SECONDS = 2.0
# After so long the work is under way.
DELAY = 0.15


class Alarm(Exception):
    """Raised by the handler of the signal."""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def ring(number: int, frame: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def check_ends(run: Callable[[Any], object], given: Any) -> None:
    """Check that what the handler of a signal raises ends `run` soon, and that the work was under way."""
    begun = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, DELAY)
    with pytest.raises(Alarm):
        run(given)
    assert DELAY <= time.monotonic() - begun < DELAY + SECONDS


@pytest.fixture(scope="module")
def text() -> str:
    """Text that takes seconds to encode: no two words are equal."""
    return " ".join(str(number) + "x" for number in range(10**7, 10**7 + 5_000_000))


@pytest.fixture
def template(make: Make) -> swiftcore.Template:
    return make("qwen2_5", mode="train", max_length=10**9)


def test_a_huge_text(template: swiftcore.Template, text: str) -> None:
    check_ends(template.encode, row("q", text))


@pytest.mark.parametrize("word", ["a", "<｜end▁of▁sentence｜>", "a\u0301"])
def test_a_huge_text_of_one_word(template: swiftcore.Template, word: str) -> None:
    check_ends(template.encode, row("q", word * (100_000_000 // len(word.encode()))))


def test_a_few_huge_rows_in_a_batch(template: swiftcore.Template, text: str) -> None:
    check_ends(template.encode_batch, [row("q", text)] * 3)
    # What was interrupted leaves nothing behind.
    assert len(template.encode_batch([row("q", "a")] * 3)) == 3


def test_a_table(template: swiftcore.Template, text: str) -> None:
    check_ends(template.encode_batch, pa.table({"messages": [row("q", text)["messages"]] * 3}))


def test_many_rows(template: swiftcore.Template, text: str) -> None:
    rows = [row("q", text[at : at + 3000]) for at in range(0, 30_000_000, 3000)]
    check_ends(template.encode_batch, rows)
    check_ends(template.map_rows, {"messages": [row["messages"] for row in rows]})


@pytest.mark.parametrize("count", [1, 400_000])
def test_many_messages(template: swiftcore.Template, count: int) -> None:
    check_ends(template.encode_batch, [row(*["a", "b"] * (400_000 // count) * 3)] * count)


def test_calls_and_tools(template: swiftcore.Template) -> None:
    call = {"role": "tool_call", "content": '{"name": "f", "arguments": {"a": [1, 2, 3]}}'}
    tools = [{"name": f"f{at}", "parameters": {"a": 1}} for at in range(400_000)]
    check_ends(template.encode, {"messages": [{"role": "user", "content": "?"}, *[call] * 1_000_000]})
    check_ends(template.encode, {**row("a", "b"), "tools": tools})


@pytest.mark.parametrize("text", ['<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>', "<tool_call>[#"])
def test_tool_calls_of_a_huge_text(make: Make, text: str) -> None:
    template = make("qwen2_5", mode="train", agent_template="hermes")
    check_ends(template.parse_tool_calls, text * (80_000_000 // len(text)))


def started(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the output is being written."""
    deadline = time.monotonic() + 60
    while not any(path.name.startswith(".out") for path in folder.iterdir()):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(DELAY)


NUMBERS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["row", "brackets", "blank"])
def test_the_command_on_a_hostile_file(tmp_path: Path, text: str, number: signal.Signals, kind: str) -> None:
    path = tmp_path / "in.jsonl"
    writer = None
    if kind == "row":
        path.write_text(json.dumps(row("q", text * 2)))
    elif kind == "brackets":
        path.write_text('{"a": [\n' + "[" * 300_000_000)
    else:
        os.mkfifo(path)
        code = f"with open({str(path)!r}, 'w') as pipe:\n  while True: pipe.write('\\n' * 10**6)"
        writer = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    arguments = ("encode", path, "-o", tmp_path / "out.jsonl", "--template", "qwen2_5", "--tokenizer", "deepseek")
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        started(process, tmp_path)
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=60) == NUMBERS[number]
        assert time.monotonic() - begun < SECONDS
        assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]
    finally:
        process.kill()
        if writer is not None:
            writer.kill()
            writer.wait()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); sys.argv = ['swiftcore', '--version']\n"
        "from swiftcore.cli import main\n"
        "try: main()\n"
        "finally: assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, timeout=60).returncode == 0
