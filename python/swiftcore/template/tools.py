"""What a template does with tools beside writing them: reading calls back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .. import _native
from ..errors import ArgumentError

__all__ = ["ToolsMixin"]


class ToolsMixin:
    """The part of `Template` that reads calls out of what a model answered."""

    _agent: _native.Agent | None

    def parse_tool_calls(
        self, text: str, tools: Sequence[Mapping[str, Any] | str] | str | None = None
    ) -> list[dict[str, Any]]:
        """The calls in a model's text, each a dict with `name` and `arguments`, in the template's agent format.

        Some formats write all arguments as text; `tools`, in any form in which a row may bring them, says
        which of them are numbers, objects and so on. Where the format finds no call of its own, ReAct is
        looked for. Malformed text is no call: nothing is raised for it.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="qwen3")
        >>> template.parse_tool_calls('<tool_call>\\n{"name": "add", "arguments": {"a": 1}}\\n</tool_call>')
        [{'name': 'add', 'arguments': {'a': 1}}]
        >>> template.parse_tool_calls("<tool_call>{")
        []

        Raises:
            ArgumentError: The template has no agent format, or an argument has the wrong type.
        """
        if self._agent is None:
            text = "this template has no agent format; give get_template(agent_template=...)"
            raise ArgumentError(f"argument 'agent_template': {text}", argument="agent_template")
        if not isinstance(text, str):
            raise ArgumentError(f"argument 'text': is {type(text).__name__}; give a string", argument="text")
        # A lone surrogate is no text; models' decoders never give one.
        return self._agent.parse(text.encode("utf-8", "replace").decode(), _tools(tools))


def _tools(tools: Any) -> list[Any]:
    """The tools as dicts; what is none says nothing of types."""
    if isinstance(tools, str):
        tools = _read(tools)
    if isinstance(tools, Mapping):
        tools = [tools]
    if not isinstance(tools, Sequence):
        return []
    return [_read(tool) if isinstance(tool, str) else tool for tool in tools]


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
