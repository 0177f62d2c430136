"""Agent formats: the ways in which tools and their calls are written, by name, and how to add one.

A format is declared, as texts with places to fill, or it is a class with the methods of `BaseAgentTemplate`.
Declared ones run in Rust like those that are built in; a class is called row by row, under the GIL.

>>> "hermes" in agent_template_names()
True
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _native
from .._near import did_you_mean
from ..errors import ArgumentError

if TYPE_CHECKING:
    from .meta import TemplateMeta

__all__ = ["AgentTemplate", "agent_template_names", "get_agent_template", "register_agent_template"]


@dataclass(frozen=True)
class AgentTemplate:
    """An agent format as texts with places to fill; the defaults are those of Hermes.

    What fills a place is never searched for places itself.

    >>> brief = AgentTemplate(
    ...     tool="{{FUNCTION}}",
    ...     tools="{{SYSTEM}}Tools:\\n{{TOOLS}}",
    ...     around_system=("", "\\n"),
    ...     call="<call>{{CALL}}</call>",
    ...     answer="<answer>{{ANSWER}}</answer>",
    ... )
    >>> brief.call
    '<call>{{CALL}}</call>'

    Attributes:
        tool: One tool. `{{TOOL}}` is the tool as JSON the way OpenAI has it, `{{FUNCTION}}` what is in it,
            `{{TOOL_INDENTED}}` and `{{FUNCTION_INDENTED}}` the same on several lines, `{{SCHEMA}}` its
            parameters; `{{NAME}}` and `{{DESCRIPTION}}` are text.
        tool_sep: What stands between two tools.
        tools: The system text: `{{SYSTEM}}` is the system text of the row or the template, `{{TOOLS}}` the
            tools, `{{NAMES}}` their names, with commas between.
        around_system: What is put before and behind a system text that is not empty.
        in_first_message: Whether `tools` is put before the first message, and the system text left alone.
        call: One call. `{{CALL}}` is JSON with `name` and `arguments`, `{{ARGUMENTS}}` the arguments as JSON,
            `{{ARGUMENTS_REPR}}` the same as Python prints them, `{{NAME}}` the name, `{{ARGUMENTS_LIST}}`
            the arguments one by one, `{{INDEX0}}` and `{{INDEX1}}` the number of the call in its turn.
        call_sep: What stands between two calls.
        calls: All calls of a turn: `{{CALLS}}`.
        argument: One argument of `{{ARGUMENTS_LIST}}`: `{{KEY}}`, and `{{VALUE}}`, which is text as it is and
            JSON for anything else.
        argument_sep: What stands between two arguments.
        before_calls: What stands between the assistant's own text and the calls behind it.
        answer: What one tool answered: `{{ANSWER}}` is its text, `{{ANSWER_JSON}}` that as JSON, `{{NAME}}`
            the name of the tool where the message has one.
        answer_sep: What stands between two answers.
        answers: All answers to a turn: `{{ANSWERS}}`.
        before_answers: What stands before the answers. None: they are written as the next query is, with
            the template's own `chat_sep` and `prompt` around them.
        after_answers: What stands behind the answers where `before_answers` is given.
    """

    tool: str = "{{TOOL}}"
    tool_sep: str = "\n"
    tools: str = "{{SYSTEM}}\n\n# Tools\n\n<tools>\n{{TOOLS}}\n</tools>"
    around_system: tuple[str, str] = ("", "")
    in_first_message: bool = False
    call: str = "<tool_call>\n{{CALL}}\n</tool_call>"
    call_sep: str = "\n"
    calls: str = "{{CALLS}}"
    argument: str = ""
    argument_sep: str = ""
    before_calls: str = ""
    answer: str = "<tool_response>\n{{ANSWER}}\n</tool_response>"
    answer_sep: str = "\n"
    answers: str = "{{ANSWERS}}"
    before_answers: str | None = None
    after_answers: str = ""

    def __post_init__(self) -> None:
        needed = {"tools": "{{TOOLS}}", "calls": "{{CALLS}}", "answers": "{{ANSWERS}}", "answer": "{{ANSWER"}
        for field, place in needed.items():
            text = getattr(self, field)
            if not isinstance(text, str) or place not in text:
                place = place if place.endswith("}}") else "{{ANSWER}}"
                raise ArgumentError(f"argument '{field}': is {text!r}; give a text that holds {place}", argument=field)

    def _native(self, name: str) -> _native.Agent:
        fields = {field: getattr(self, field) for field in self.__dataclass_fields__}
        return _native.Agent.declared(name, **fields)


# Formats of the user's own: declared, or what makes an object with the methods of `BaseAgentTemplate`.
_OWN: dict[str, AgentTemplate | Callable[[], Any]] = {}
_LOCK = threading.Lock()


def register_agent_template(
    name: str, agent_template: AgentTemplate | Callable[[], Any], *, exist_ok: bool = False
) -> None:
    """Make an agent format known under `name`, for `get_template(agent_template=name)` and `TemplateMeta`.

    `agent_template` is an `AgentTemplate`, or a class with the methods of `BaseAgentTemplate`, which is
    called once for each template that uses it.

    >>> register_agent_template("doc_brief", AgentTemplate(call="<call>{{CALL}}</call>"))
    >>> get_agent_template("doc_brief")
    Agent(name="doc_brief")

    Raises:
        ArgumentError: The name is taken, or `agent_template` is neither.
    """
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"argument 'name': is {name!r}; give a name for the agent format", argument="name")
    if not isinstance(agent_template, AgentTemplate) and not callable(agent_template):
        text = f"argument 'agent_template': is {agent_template!r}; give an AgentTemplate, or a class"
        raise ArgumentError(text, argument="agent_template")
    with _LOCK:
        if not exist_ok and (name in _OWN or _native.Agent.built_in(name) is not None):
            text = f"argument 'name': there is an agent format {name!r} already; choose another, or pass exist_ok=True"
            raise ArgumentError(text, argument="name")
        _OWN[name] = agent_template


def agent_template_names() -> list[str]:
    """The names of all agent formats.

    >>> agent_template_names()[:2]
    ['react_en', 'react_zh']
    """
    built_in = _native.agent_formats()
    return [*built_in, *(name for name in _OWN if name not in built_in)]


def get_agent_template(
    agent_template: str | AgentTemplate | Callable[[], Any], template_meta: TemplateMeta | None = None
) -> _native.Agent:
    """The agent format of that name, or the one that is given itself.

    A format that is a class is made here, and finds `template_meta` in its attribute of that name.

    >>> get_agent_template("hermes")
    Agent(name="hermes")

    Raises:
        ArgumentError: There is none of that name: the message names the nearest, and all there are.
    """
    name = getattr(agent_template, "__name__", type(agent_template).__name__)
    found: Any = agent_template
    if isinstance(agent_template, str):
        name = agent_template
        found = _OWN.get(name) or _native.Agent.built_in(name)
        if found is None:
            raise _unknown(name)
    if isinstance(found, _native.Agent):
        return found
    if isinstance(found, AgentTemplate):
        return found._native(name)
    if not callable(found):
        text = f"argument 'agent_template': is {found!r}; give the name of an agent format, or a format"
        raise ArgumentError(text, argument="agent_template")
    made = found()
    made.template_meta = template_meta
    return _native.Agent.of_python(name, made)


def own(agent_template: Any) -> Any:
    """The format that a name stands for where it is one of the user's own, else what was given."""
    return _OWN.get(agent_template, agent_template) if isinstance(agent_template, str) else agent_template


def _unknown(name: str) -> ArgumentError:
    names = agent_template_names()
    hint = did_you_mean(name, names, n=1)
    text = f"argument 'agent_template': there is no {name!r}; {hint}{' ' if hint else ''}known: {', '.join(names)}"
    return ArgumentError(text, argument="agent_template")
