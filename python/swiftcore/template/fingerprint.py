"""What a template comes down to: a hash of all that settles what rows become, and of nothing else.

Where a tokenizer lies, today's date where no date is written, how batches are padded and which engine runs make no
difference to a row, and none to the hash.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import _native
from ..tokenizer.backend import without_state

if TYPE_CHECKING:
    from ..tokenizer import Tokenizer
    from .template import Template

__all__ = ["fingerprint"]

# Arguments that change no row, or that are told by what was made of them.
_ASIDE = ("engine", "padding_side", "padding_free", "current_date")


def fingerprint(template: Template) -> str:
    """The hash, in hexadecimal."""
    template._current()  # which sees tokens that were added
    tokenizer = template.tokenizer
    arguments = {name: value for name, value in template._arguments.items() if name not in _ASIDE}
    media = template._source_meta.media
    told = {
        "swiftcore": _native.__version__,
        "tokenizer": [_hash(tokenizer), _tokens(template)],
        "template": template.template_meta.spec(),
        "class": _content(type(template), set()),
        "multimodal": template._source_meta.is_multimodal,
        "media": None if media is None else dataclasses.asdict(media),
        "mode": template.mode,
        "max_length": template.max_length,
        "arguments": _content(arguments, set()),
        "loss_scales": _content(template._loss_scales, set()),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _hash(tokenizer: Tokenizer) -> str:
    """Return the hash of a `tokenizer.json` without its truncation and padding, which change no row."""
    return hashlib.sha256(without_state(tokenizer._native.json().decode()).encode()).hexdigest()


def _tokens(template: Template) -> dict[str, str]:
    """The tokens that the tokenizer names. Its pad token counts only where a piece or a hook can use it."""
    tokens = template.tokenizer.special_tokens
    is_used = template._is_hooked or "pad_token_id" in json.dumps(template.template_meta.spec())
    return tokens if is_used else {name: token for name, token in tokens.items() if name != "pad_token"}


def _content(value: Any, seen: set[int]) -> Any:
    """A value as JSON can say it: the same for the same content, in every process."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _content(one, seen) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_content(one, seen) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(_content(one, seen), sort_keys=True) for one in value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, types.CodeType):
        return _code(value, seen)
    if id(value) in seen:
        return "seen"
    seen.add(id(value))
    if isinstance(value, staticmethod | classmethod):
        return _content(value.__func__, seen)
    if isinstance(value, property):
        return [_content(one, seen) for one in (value.fget, value.fset)]
    if isinstance(value, types.FunctionType):
        return _function(value, seen)
    if isinstance(value, type):
        return _class(value, seen)
    if dataclasses.is_dataclass(value):
        fields = {field.name: _content(getattr(value, field.name), seen) for field in dataclasses.fields(value)}
        return [type(value).__qualname__, fields]
    return [_class(type(value), seen), _content(getattr(value, "__dict__", None), seen)]


def _class(cls: type[Any], seen: set[int]) -> Any:
    """A class by its name, and by its code where that is not swiftcore's own, whose version says enough."""
    name = f"{cls.__module__}.{cls.__qualname__}"
    if not _is_users(cls.__module__):
        return name
    aside = ("__module__", "__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__")
    own = {key: _content(value, seen) for key, value in vars(cls).items() if key not in aside}
    # `__main__` in one run may be a module in the next.
    return [cls.__qualname__, own, [_content(base, seen) for base in cls.__bases__]]


def _function(function: types.FunctionType, seen: set[int]) -> Any:
    """A function by its code, and by what of its module that names."""
    if not _is_users(function.__module__):
        return f"{function.__module__}.{function.__qualname__}"
    named = {name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__}
    told = {name: _content(value, seen) for name, value in named.items() if not isinstance(value, types.ModuleType)}
    defaults = [_content(function.__defaults__, seen), _content(function.__kwdefaults__, seen)]
    return [_code(function.__code__, seen), told, defaults]


def _code(code: types.CodeType, seen: set[int]) -> Any:
    constants = [_content(one, seen) if one is not ... else "..." for one in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), list(code.co_varnames), constants]


def _is_users(module: str | None) -> bool:
    """Whether the code of a module may change without a version that says so."""
    top = (module or "__main__").partition(".")[0]
    if top in ("swiftcore", "builtins") or (top in sys.stdlib_module_names and top != "__main__"):
        return False
    file = getattr(sys.modules.get(module or "__main__"), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file
