"""Loss scales of one's own: declared, and run by the core, or a class, called text by text."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .. import _native
from .._near import did_you_mean
from ..errors import ArgumentError

__all__ = ["LossScale", "register_loss_scale"]

_BASES = ("default", "last_round", "all")
_BUILT_IN = ("ignore_empty_think", "ignore_think_prefix", "react", "hermes", "qwen", "agentflan", "alpha_umi")


class LossScale:
    """What a loss scale that is a class derives from, as in ms-swift.

    `get_loss_scale` takes apart a text that is trained: it gives parts that follow each other, and a weight for
    each. `query` is the query of the round where the text is a response.

    >>> LossScale().get_loss_scale("Hello!", query="Hi")
    (['Hello!'], [1.0])

    Attributes:
        is_binary: Whether every weight is 0 or 1, so that labels alone say what is trained.
    """

    is_binary: bool | None = True

    def __init__(self, base_strategy: str = "default") -> None:
        self.base_strategy = base_strategy

    def get_loss_scale(self, context: str, *, query: str | None = None, **kwargs: Any) -> tuple[list[str], list[float]]:
        """The parts of `context` and their weights."""
        return [context], [1.0]

    @property
    def is_binary_loss_scale(self) -> bool:
        """Whether every weight is 0 or 1."""
        return self.is_binary is not False


class _Registered:
    """A registered scale: what was given, and where."""

    def __init__(self, name: str, scale: Any, place: str) -> None:
        self.scale = scale
        self.place = place
        self.native = _table(name, scale) if isinstance(scale, Mapping) else None

    def make(self) -> Any:
        """What the core is given: the table, or an object that it calls."""
        return self.native if self.native is not None else self.scale()


_REGISTERED: dict[str, _Registered] = {}
_LOCK = threading.Lock()
# The scales that a template brings along from the process in which it was made.
_CARRIED: ContextVar[Mapping[str, Any]] = ContextVar("carried", default={})  # noqa: B039  never changed in place


def register_loss_scale(name: str, scale: Mapping[str, Any] | type[Any], *, exist_ok: bool = False) -> None:
    """Makes a loss scale known, for `loss_scale="name"` or behind a `+`.

    A mapping is what ms-swift keeps in a JSON file: patterns with one weight each, or delimiters with two, their own
    and that of the text behind them; text outside weighs 1. Under `response` and `query` it holds two such tables, of
    which the second gives a whole response the weight of the first of its texts that the query holds. It runs in the
    core, on all cores. A class has `get_loss_scale(context, *, query=None)`, as ms-swift's have; it is called under
    the GIL, text by text.

    >>> import swiftcore
    >>> swiftcore.register_loss_scale("doc_shout", {"[A-Z]{2,}": [2.0]})
    >>> template = swiftcore.get_template(
    ...     "deepseek", template_type="deepseek_v2_5", mode="train", loss_scale="last_round+doc_shout"
    ... )
    >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "HEY you"}]
    >>> [(segment.text, segment.weight) for segment in template.render({"messages": talk})][1:3]
    [('HEY', 2.0), (' you<｜end▁of▁sentence｜>', 1.0)]

    Args:
        name: What the scale is called; without `+`.
        scale: The table, or the class.
        exist_ok: Whether a scale of that name is replaced, one that is built in included.

    Raises:
        ArgumentError: The name is taken or makes no sense, or the scale cannot be run.
    """
    if not isinstance(name, str) or not name or "+" in name or name.strip() != name:
        raise ArgumentError(f"argument 'name': {name!r} is no name; give text without '+'", argument="name")
    if name in (*_BASES, "base"):
        raise ArgumentError(f"argument 'name': {name!r} is a base strategy; choose another name", argument="name")
    is_class = isinstance(scale, type) and callable(getattr(scale, "get_loss_scale", None))
    if not is_class and not isinstance(scale, Mapping):
        text = f"argument 'scale': is {scale!r}; give a mapping of patterns to weights, or a class with get_loss_scale"
        raise ArgumentError(text, argument="scale")
    caller = sys._getframe(1)
    registered = _Registered(name, scale, f"at {caller.f_code.co_filename}:{caller.f_lineno}")
    with _LOCK:
        first = _REGISTERED[name].place if name in _REGISTERED else "built in" if name in _BUILT_IN else None
        if first is not None and not exist_ok:
            raise ArgumentError(
                f"argument 'name': loss scale {name!r} is there already, {first}; choose another name, or pass "
                "exist_ok=True to replace it",
                argument="name",
            )
        _REGISTERED[name] = registered


def own_scales(setting: str) -> dict[str, Any]:
    """The registered scales that `setting` names, as they were given.

    >>> own_scales("last+hermes")
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'loss_scale': 'last' is no loss scale; join with '+' a base strategy \
(default, last_round, all) and any of ignore_empty_think, ignore_think_prefix, react, hermes, qwen, agentflan, \
alpha_umi; did you mean 'last_round'?

    Raises:
        ArgumentError: A name is unknown: the message lists those that are known, and names the nearest.
    """
    found: dict[str, Any] = {}
    carried = _CARRIED.get()
    for index, name in enumerate(setting.split("+")):
        if name in carried:
            found[name] = carried[name]
        elif name in _REGISTERED:
            found[name] = _REGISTERED[name].scale
        elif name not in (*_BUILT_IN, "base") and not (index == 0 and name in _BASES):
            known = list(dict.fromkeys((*_BUILT_IN, *_REGISTERED)))
            # A base strategy comes first, or not at all.
            hint = did_you_mean(name, [*known, *(_BASES if index == 0 else ())], n=1, cutoff=0.55)
            advice = f"; {hint}" if hint else ""
            raise ArgumentError(
                f"argument 'loss_scale': {name!r} is no loss scale; join with '+' a base strategy "
                f"({', '.join(_BASES)}) and any of {', '.join(known)}{advice}",
                argument="loss_scale",
            )
    return found


def native_scales(scales: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The scales as the core takes them."""
    return [(name, _Registered(name, scale, "").make()) for name, scale in scales.items()]


@contextmanager
def carried(scales: Mapping[str, Any]) -> Iterator[None]:
    """Within it, these scales count before those that are registered."""
    token = _CARRIED.set(scales)
    try:
        yield
    finally:
        _CARRIED.reset(token)


def _table(name: str, scale: Mapping[str, Any]) -> _native.LossScaleTable:
    nested = "response" in scale and isinstance(scale["response"], Mapping)
    response, query = (scale["response"], scale.get("query") or {}) if nested else (scale, {})
    if nested and (extra := sorted(scale.keys() - {"response", "query"})):
        text = f"argument 'scale': holds {extra[0]!r} beside 'response' and 'query'; leave it out"
        raise ArgumentError(text, argument="scale")
    texts = [(_key(key), _weights(key, weights)) for key, weights in response.items()]
    queries = [(_key(key), _weights(key, weights)[0]) for key, weights in query.items()]
    return _native.LossScaleTable(name, texts, queries)


def _key(key: Any) -> str:
    if isinstance(key, str) and key:
        return key
    text = f"argument 'scale': has the key {key!r}; give the text of a pattern or a delimiter"
    raise ArgumentError(text, argument="scale")


def _weights(key: Any, weights: Any) -> list[float]:
    several = list(weights) if isinstance(weights, list | tuple) else [weights]
    if several and all(isinstance(one, int | float) and not isinstance(one, bool) for one in several):
        return [float(one) for one in several]
    raise ArgumentError(f"argument 'scale': {key!r} has {weights!r}; give a list of numbers", argument="scale")
