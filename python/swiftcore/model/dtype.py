"""Of which dtype a model's weights are loaded: the one asked for, the registered one, that of `config.json`.

Without torch a dtype is its name.
"""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from typing import Any

from .._warn import warn
from ..errors import ArgumentError

__all__ = ["choose_dtype", "has_torch", "to_dtype", "to_name"]

_SHORT = {
    "bf16": "bfloat16",
    "fp16": "float16",
    "half": "float16",
    "fp32": "float32",
    "float": "float32",
    "fp64": "float64",
    "double": "float64",
}
_KNOWN = ("bfloat16", "float16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")


def has_torch() -> bool:
    """Whether torch is installed, which is found out without importing it."""
    return find_spec("torch") is not None


def to_name(dtype: Any, argument: str = "torch_dtype") -> str | None:
    """The name of a dtype that is given as people give it; None for None and `auto`.

    >>> to_name("bf16"), to_name("torch.float16"), to_name("auto")
    ('bfloat16', 'float16', None)

    Raises:
        ArgumentError: It is none.
    """
    if dtype is None:
        return None
    name = str(dtype).removeprefix("torch.")
    name = _SHORT.get(name, name)
    if name == "auto":
        return None
    if name not in _KNOWN or not (isinstance(dtype, str) or type(dtype).__module__.partition(".")[0] == "torch"):
        near = difflib.get_close_matches(name, [*_KNOWN, *_SHORT], n=1)
        hint = f"did you mean {_SHORT.get(near[0], near[0])!r}?" if near else f"give one of {', '.join(_KNOWN[:3])}"
        raise ArgumentError(
            f"argument '{argument}': {dtype!r} is no dtype that weights can have; {hint}", argument=argument
        )
    return name


def to_dtype(name: str | None) -> Any:
    """The torch dtype of a name; the name itself where torch is not installed, or has none of that name."""
    if name is None or not has_torch():
        return name
    import torch

    return getattr(torch, name, name)


def choose_dtype(asked: Any, registered: Any, configured: str | None, quantized: str | None, device: str | None) -> str:
    """The name of the dtype to load: asked for, registered, of `config.json`, of the quantization, else the device's.

    On a CPU that computes slowly in the half dtype of `config.json` it is float32; one that is asked for, or
    registered, stays.

    Args:
        asked: What the caller gave.
        registered: What the `ModelMeta` says.
        configured: What `config.json` says.
        quantized: What the quantization computes in.
        device: The kind of device that the model goes to: `cuda`, `cpu`, ...; None where that is not known.

    Raises:
        ArgumentError: What was asked for is no dtype.
    """
    if (name := to_name(asked)) is not None:
        return name
    if (name := to_name(registered, "torch_dtype of the ModelMeta")) is not None:
        return name
    name = configured or quantized
    if name is None:
        return _of_device(device)
    if quantized is None and device == "cpu" and _is_slow_on_cpu(name):
        warn(f"this CPU is slow at {name}: the weights become float32; torch_dtype={name!r} keeps them as they are")
        return "float32"
    return name


def _of_device(device: str | None) -> str:
    """What is usual on a device, where nothing says."""
    if device != "cuda" or not has_torch():
        return "float32"
    import torch

    return "bfloat16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "float16"


def _is_slow_on_cpu(name: str) -> bool:
    """Whether the CPU has no instructions for a dtype, as far as torch says."""
    if name not in ("bfloat16", "float16") or not has_torch():
        return False
    import torch

    short = {"bfloat16": "bf16", "float16": "fp16"}[name]
    ask = getattr(getattr(torch.ops, "mkldnn", None), f"_is_mkldnn_{short}_supported", None)
    if ask is None:
        return name == "float16"
    try:
        return not ask()
    except RuntimeError:  # built without oneDNN
        return True
