"""The registry of agent formats: the ways in which tools and their calls are written, by name.

>>> "hermes" in agent_template_names()
True
"""

from __future__ import annotations

import difflib

from .. import _native
from ..errors import ArgumentError

__all__ = ["agent_template_names", "get_agent_template"]


def agent_template_names() -> list[str]:
    """The names of all agent formats.

    >>> agent_template_names()[:2]
    ['react_en', 'react_zh']
    """
    return _native.agent_formats()


def get_agent_template(name: str) -> _native.Agent:
    """The agent format named `name`.

    >>> get_agent_template("hermes")
    Agent(name="hermes")

    Raises:
        ArgumentError: There is none of that name: the message names the nearest, and all there are.
    """
    if not isinstance(name, str):
        text = f"argument 'agent_template': is {name!r}; give the name of an agent format"
        raise ArgumentError(text, argument="agent_template")
    built_in = _native.Agent.built_in(name)
    if built_in is None:
        names = agent_template_names()
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        text = f"argument 'agent_template': there is no {name!r}; {hint}known: {', '.join(names)}"
        raise ArgumentError(text, argument="agent_template")
    return built_in
