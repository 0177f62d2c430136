"""What a user's callback raises to end everything goes through: it does not become a refused row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import row

FINAL = (KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit)
ROWS = [row("Hi", "Hello!"), row("So?", "So.")] * 8


class Raising:
    """Raises an exception at the third call of a method."""

    def __init__(self, exception: type[BaseException]) -> None:
        self.exception = exception
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == 3:
            raise self.exception("asked for")


def scaled(raising: Raising, **arguments: Any) -> swiftcore.Template:
    class Scale(swiftcore.LossScale):
        def get_loss_scale(self, context: str, *, query: str | None = None, **kwargs: Any) -> Any:
            raising()
            return [context], [1.0]

    swiftcore.register_loss_scale("raising", Scale, exist_ok=True)
    return swiftcore.get_template("deepseek", template_type="qwen3", mode="train", loss_scale="raising", **arguments)


def with_tools(raising: Raising, **arguments: Any) -> swiftcore.Template:
    class Format(swiftcore.BaseAgentTemplate):
        def _format_tools(self, tools: Any, system: Any = None, user_message: Any = None) -> str:
            raising()
            return "tools"

        def get_toolcall(self, response: str, tools: Any = None) -> list[Any]:
            raise raising.exception

    return swiftcore.get_template("deepseek", template_type="qwen3", mode="train", agent_template=Format, **arguments)


def hooked(raising: Raising, **arguments: Any) -> swiftcore.Template:
    class Hooked(swiftcore.Template):
        def _encode(self, inputs: Any) -> Any:
            raising()
            return super()._encode(inputs)

    meta = swiftcore.TemplateMeta(
        "raising", ["{{SYSTEM}}"], ["{{QUERY}}"], [], template_cls=Hooked, agent_template="hermes"
    )
    swiftcore.register_template(meta, exist_ok=True)
    return swiftcore.get_template("deepseek", template_type="raising", mode="train", **arguments)


MAKERS = [scaled, with_tools, hooked]


def tooled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    return [{**one, "tools": [tool]} for one in rows]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exception", FINAL)
@pytest.mark.parametrize("make", MAKERS)
def test_rows_one_by_one(make: Any, exception: type[BaseException]) -> None:
    template = make(Raising(exception))
    with pytest.raises(exception, match="asked for"):
        for one in tooled(ROWS):
            template.encode(one)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exception", FINAL)
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("count", [16, 4000])
def test_a_batch(make: Any, exception: type[BaseException], count: int) -> None:
    raising = Raising(exception)
    template = make(raising)
    with pytest.raises(exception, match="asked for"):
        template.encode_batch(tooled(ROWS) * (count // 16))
    assert count < 100 or raising.calls < count  # the others were not encoded to the end


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exception", FINAL)
@pytest.mark.parametrize("make", MAKERS)
def test_files(make: Any, exception: type[BaseException], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(one) + "\n" for one in tooled(ROWS)))
    template = make(Raising(exception))
    with pytest.raises(exception, match="asked for"):
        swiftcore.encode_files(template, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize("exception", FINAL)
def test_reading_calls_back(exception: type[BaseException]) -> None:
    with pytest.raises(exception):
        with_tools(Raising(exception)).parse_tool_calls("any")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", MAKERS)
def test_other_exceptions_refuse_the_row_and_are_its_cause(make: Any) -> None:
    template = make(Raising(ValueError))
    rows = tooled(ROWS)
    batch = template.encode_batch(rows, on_error="ignore")
    assert len(batch.refused) == 1 and len(batch) == len(rows) - 1
    template = make(Raising(ValueError))
    with pytest.raises(swiftcore.RowError) as caught:
        for one in rows:
            template.encode(one)
    assert isinstance(caught.value.__cause__, ValueError)
