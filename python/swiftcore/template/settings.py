"""What a call says for the rules of a template: keywords of `get_template`, each with an environment variable.

The variables are ms-swift's: the keyword's name in capitals. They are read once, when a template is made, and only
those that one of its rules goes by.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import Any

from .._warn import warn
from ..errors import ArgumentError
from .rules import EnableThinking, Rule, ThinkingBudget, ThinkingLevel

__all__ = ["SETTINGS", "settle", "settle_enable_thinking"]

SETTINGS = ("reasoning_effort", "thinking_mode", "thinking_budget", "seed_use_thinking", "seed_use_budget_interval")


def settle(
    rules: tuple[Rule, ...], given: dict[str, Any], template_type: str
) -> tuple[tuple[Rule, ...], dict[str, Any]]:
    """The rules with what the call says in them, and the values that were settled on.

    >>> rule = ThinkingLevel(known=("high", "max"), unknown="ignore")
    >>> rules, values = settle((rule,), {"reasoning_effort": "max"}, "mine")
    >>> rules[0].given, values
    ('max', {'reasoning_effort': 'max'})

    Raises:
        ArgumentError: A keyword is given that no rule goes by, or a value that makes no sense.
    """
    values: dict[str, Any] = {}
    settled: list[Rule] = []
    for rule in rules:
        if isinstance(rule, ThinkingLevel):
            settled.append(_settle_level(rule, given, values))
        elif isinstance(rule, ThinkingBudget):
            settled.append(_settle_budget(rule, given, values))
        else:
            settled.append(rule)
    for name in SETTINGS:
        if given.get(name) is not None and name not in values:
            text = f"argument '{name}': template '{template_type}' does not go by it; leave it out"
            raise ArgumentError(text, argument=name)
    return tuple(settled), values


def settle_enable_thinking(rules: tuple[Rule, ...], given: bool | None) -> bool | None:
    """Whether thinking is enabled: what was given, or the variable ENABLE_THINKING where a rule goes by it.

    >>> settle_enable_thinking((), None)
    """
    if given is None and any(isinstance(rule, EnableThinking) and rule.variable for rule in rules):
        enabled: bool | None = _value("enable_thinking", None, _flag, "true or false")
        return enabled
    return given


def _settle_level(rule: ThinkingLevel, given: dict[str, Any], values: dict[str, Any]) -> Rule:
    name = "reasoning_effort" if rule.setting == "thinking_effort" else rule.setting
    level = _value(name, given.get(name), _word, "a word such as 'high', or a number", variable=rule.variable)
    values[name] = level
    if level is None or not rule.known or level in rule.known or rule.unknown == "keep":
        return dataclasses.replace(rule, given=level)
    text = f"argument '{name}': {level!r} is no level of this template; give one of {', '.join(rule.known)}"
    if rule.unknown == "refuse":
        raise ArgumentError(text, argument=name)
    warn(f"{text}; it is ignored")
    values[name] = None
    return rule


def _settle_budget(rule: ThinkingBudget, given: dict[str, Any], values: dict[str, Any]) -> Rule:
    budget = _value("thinking_budget", given.get("thinking_budget"), _whole, "a whole number of tokens")
    enabled = _value("seed_use_thinking", given.get("seed_use_thinking"), _flag, "True or False")
    remarks = _value("seed_use_budget_interval", given.get("seed_use_budget_interval"), _flag, "True or False")
    values |= {"thinking_budget": budget, "seed_use_thinking": enabled, "seed_use_budget_interval": remarks}
    changes = {"budget": budget, "enabled": enabled, "remarks": remarks}
    return dataclasses.replace(rule, **{name: value for name, value in changes.items() if value is not None})


def _value(name: str, given: Any, read: Callable[[Any], Any], wanted: str, *, variable: bool = True) -> Any:
    """What was given, or else what the environment variable says; None where neither says anything."""
    source = f"argument '{name}'"
    if given is None and variable:
        given = os.environ.get(name.upper())
        source = f"environment variable {name.upper()}"
    if given is None:
        return None
    value = read(given)
    if value is None:
        raise ArgumentError(f"{source}: is {given!r}; give {wanted}", argument=name)
    return value


def _word(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if -(1 << 63) <= number < 1 << 63 else None


# The words that Python's `strtobool` takes.
_FLAGS = {
    **dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "f", "false", "off", "0"), False),
}


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return _FLAGS.get(value.lower()) if isinstance(value, str) else None
