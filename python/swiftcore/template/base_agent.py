"""`BaseAgentTemplate`: an agent format as a class, with ms-swift's methods.

Its own methods write ReAct; a subclass says how the tools are listed, and overrides what it writes otherwise.
"""

from __future__ import annotations

import ast
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _native

if TYPE_CHECKING:
    from .meta import TemplateMeta

__all__ = ["AgentKeyword", "BaseAgentTemplate"]

Messages = list[dict[str, Any]]
Pieces = list[str | list[int]]


@dataclass
class AgentKeyword:
    """What stands before an action, its input, and what came of it.

    >>> AgentKeyword().observation
    'Observation:'
    """

    action: str = "Action:"
    action_input: str = "Action Input:"
    observation: str = "Observation:"


class BaseAgentTemplate(ABC):
    """A format for tools; subclass it and pass the class to `register_agent_template`.

    Messages are dicts with `role` and `content`; the content of a tool call is JSON text.

    >>> class Plain(BaseAgentTemplate):
    ...     def _format_tools(self, tools, system=None, user_message=None):
    ...         return (system or "") + " ".join(tool["function"]["name"] for tool in tools)
    >>> Plain()._format_tool_calls([{"role": "tool_call", "content": '{"name": "f", "arguments": {"a": 1}}'}])
    "Action: f\\nAction Input: {'a': 1}\\nObservation:"

    Attributes:
        keyword: The keywords of ReAct.
        template_meta: The template that the format is used with.
    """

    keyword = AgentKeyword()
    template_meta: TemplateMeta | None = None

    @abstractmethod
    def _format_tools(
        self, tools: list[dict[str, Any]], system: str | None = None, user_message: dict[str, Any] | None = None
    ) -> str:
        """The system text with the tools in it; `user_message["content"]` may be changed instead."""

    def _format_tool_calls(self, tool_call_messages: Messages) -> str:
        """A run of tool calls, as the assistant's text."""
        written = []
        for message in tool_call_messages:
            call = self._parse_tool_call(message["content"])
            written.append(f"{self.keyword.action} {call['name']}\n{self.keyword.action_input} {call['arguments']}\n")
        return "".join(written) + self.keyword.observation

    def _add_tool_call_prefix(self, tool_content: str, pre_message: dict[str, Any] | None = None) -> str:
        """The calls as they stand behind `pre_message`, the assistant's message before them, or None."""
        return tool_content

    def _format_tool_responses(
        self, assistant_content: str | list[Any], tool_messages: Messages
    ) -> tuple[str | list[Any], Pieces]:
        """The assistant's text (a list where it has several parts), and what stands in place of the next prompt."""
        if isinstance(assistant_content, list):
            last, pieces = self._format_tool_responses(assistant_content[-1], tool_messages)
            return [*assistant_content[:-1], last], pieces
        keyword, contents = self.keyword, [message["content"] for message in tool_messages]
        if keyword.action not in assistant_content or keyword.action_input not in assistant_content:
            return assistant_content, contents
        if not assistant_content.endswith(keyword.observation):
            line = "" if assistant_content.endswith("\n") else "\n"
            assistant_content += line + keyword.observation
        res: Pieces = []
        for index, content in enumerate(contents):
            res += [keyword.observation] if index else []
            res += [content] if content.endswith("\n") else [content, "\n"]
        return assistant_content, res

    def _format_standalone_tool_responses(self, tool_messages: Messages) -> list[str]:
        """What tools said right behind a user's message: it is put behind the user's text.

        Raises:
            NotImplementedError: The format cannot write that; the row is then refused.
        """
        raise NotImplementedError(f"{type(self).__name__} does not write answers that nobody asked for")

    def get_toolcall(self, response: str, tools: list[dict[str, Any]] | None = None) -> list[Any]:
        """The calls in a model's text, each a dict or an object with `name` and `arguments`."""
        react = _native.Agent.built_in("react_en")
        return [] if react is None else react.parse(response, tools)

    @staticmethod
    def _parse_json(json_str: Any) -> Any:
        """A value out of JSON text or a Python literal; None where it is neither, any other value as it is."""
        if not isinstance(json_str, str):
            return json_str
        try:
            return json.loads(json_str)
        except ValueError:
            pass
        try:
            return ast.literal_eval(json_str)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None

    @classmethod
    def _parse_tool_call(cls, content: str) -> dict[str, Any]:
        """The name and the arguments of a tool call.

        >>> BaseAgentTemplate._parse_tool_call('{"name": "f", "parameters": "{}"}')
        {'name': 'f', 'arguments': {}}
        """
        call = cls._parse_json(content)
        arguments = call.get("arguments")
        return {
            "name": call["name"],
            "arguments": cls._parse_json(call.get("parameters") if arguments is None else arguments),
        }

    @staticmethod
    def unwrap_tool(tool: dict[str, Any]) -> dict[str, Any]:
        """What is in a tool of OpenAI's form.

        >>> BaseAgentTemplate.unwrap_tool({"type": "function", "function": {"name": "f"}})
        {'name': 'f'}
        """
        function: dict[str, Any] = tool["function"] if "type" in tool and "function" in tool else tool
        return function

    @staticmethod
    def wrap_tool(tool: dict[str, Any]) -> dict[str, Any]:
        """A tool in OpenAI's form.

        >>> BaseAgentTemplate.wrap_tool({"name": "f"})
        {'type': 'function', 'function': {'name': 'f'}}
        """
        if "type" in tool or "function" in tool:
            return tool
        return {"type": "function", "function": tool}

    @staticmethod
    def _get_tool_name(tool: dict[str, Any]) -> Any:
        return tool.get("name_for_model") or tool.get("name")
