"""Tensors that a model's weights lack, made up where that is asked for: `init_strategy`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import ArgumentError

__all__ = ["check_strategy", "make_fresh"]

_STRATEGIES = (
    *("zero", "uniform", "normal", "xavier_uniform", "xavier_normal"),
    *("kaiming_uniform", "kaiming_normal", "orthogonal"),
)


def check_strategy(strategy: str | None) -> str | None:
    """The name of a way to make tensors up.

    >>> check_strategy("xavier")
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'init_strategy': there is no 'xavier'; did you mean 'xavier_normal'?

    Raises:
        ArgumentError: There is none of that name.
    """
    if strategy is None or strategy in _STRATEGIES:
        return strategy
    near = difflib.get_close_matches(str(strategy), _STRATEGIES, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"give one of {', '.join(_STRATEGIES)}"
    raise ArgumentError(f"argument 'init_strategy': there is no {strategy!r}; {hint}", argument="init_strategy")


def make_fresh(model: Any, names: Iterable[str], strategy: str) -> None:
    """Makes the named parameters of a model up. Those of one dimension become 0 where a way needs two."""
    init = _init(strategy)
    for name in names:
        parameter = model.get_parameter(name)
        if parameter.dim() < 2 and strategy not in ("zero", "uniform", "normal"):
            parameter.data.zero_()
        else:
            init(parameter)


def _init(strategy: str) -> Callable[[Any], Any]:
    from torch.nn import init

    ways: dict[str, Callable[[Any], Any]] = {
        "zero": init.zeros_,
        "uniform": lambda parameter: init.uniform_(parameter, -0.1, 0.1),
        "normal": lambda parameter: init.normal_(parameter, 0.0, 0.01),
        "xavier_uniform": init.xavier_uniform_,
        "xavier_normal": init.xavier_normal_,
        "kaiming_uniform": lambda parameter: init.kaiming_uniform_(parameter, a=0.1, mode="fan_out"),
        "kaiming_normal": lambda parameter: init.kaiming_normal_(parameter, mode="fan_in", nonlinearity="relu"),
        "orthogonal": init.orthogonal_,
    }
    return ways[strategy]
