"""Which attention a model computes with: `flash_attn`, `sdpa`, `eager`, ...; what it needs is checked first."""

from __future__ import annotations

import difflib
from importlib.util import find_spec

from ..errors import ArgumentError

__all__ = ["check_attention"]

# What people write, and what transformers calls it.
_NAMES = {
    "flash_attn": "flash_attention_2",
    "flash_attention_2": "flash_attention_2",
    "flash_attn_2": "flash_attention_2",
    "flash_attention_3": "flash_attention_3",
    "flash_attn_3": "flash_attention_3",
    "sdpa": "sdpa",
    "eager": "eager",
    "flex": "flex_attention",
    "flex_attention": "flex_attention",
}
# The module that one needs, and how it is installed. With `kernels`, transformers fetches a built one.
_KERNELS = ("kernels", "pip install kernels")
_MODULES = {
    "flash_attention_2": ("flash_attn", "pip install flash-attn --no-build-isolation"),
    "flash_attention_3": ("flash_attn_interface", _KERNELS[1]),
}


def check_attention(attn_impl: str | None, device: str | None, *, needed: bool = True) -> str | None:
    """What transformers calls an attention that was asked for; None for the one that it takes itself.

    transformers takes `sdpa` where a model has it, else `eager`. A name with a slash is that of a kernel on a hub.

    >>> check_attention("flash", None)
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'attn_impl': there is no 'flash'; did you mean 'flash_attn'? ...
    >>> check_attention("sdpa", "cpu"), check_attention(None, "cpu")
    ('sdpa', None)

    Args:
        attn_impl: What was asked for.
        device: The kind of device that the model goes to; None where that is not known.
        needed: Whether it is used, so that what it needs has to be there.

    Raises:
        ArgumentError: There is none of that name, what it needs is not installed, or the device cannot do it.
    """
    if attn_impl is None:
        return None
    on_hub = isinstance(attn_impl, str) and attn_impl.count("/") == 1
    name = attn_impl if on_hub else _NAMES.get(str(attn_impl))
    if name is None:
        near = difflib.get_close_matches(str(attn_impl), list(_NAMES), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise _refuse(f"there is no {attn_impl!r}; {hint}Known are flash_attn, flash_attention_3, sdpa, eager, flex")
    if not needed:
        return name
    module, install = _KERNELS if on_hub else _MODULES.get(name, (None, ""))
    if module is not None and find_spec(module) is None and find_spec(_KERNELS[0]) is None:
        raise _refuse(f"{attn_impl!r} needs {module}, which is not installed: {install}; or give 'sdpa'")
    if module is not None and device not in (None, "cuda"):
        raise _refuse(f"{attn_impl!r} runs on CUDA devices only, and the model goes to {device!r}; give 'sdpa'")
    return name


def _refuse(problem: str) -> ArgumentError:
    return ArgumentError(f"argument 'attn_impl': {problem}", argument="attn_impl")
