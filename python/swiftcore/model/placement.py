"""Choose the device, the dtype and the attention of a model, before anything is downloaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from .._near import did_you_mean, nearest
from .._warn import warn
from ..errors import ArgumentError

__all__ = [
    "check_attention",
    "check_device_map",
    "choose_dtype",
    "default_device_map",
    "device_type",
    "check_dtype",
    "has_torch",
    "single_device",
    "to_torch_dtype",
]

# The ways in which accelerate spreads a model over devices.
_SPREAD = ("auto", "balanced", "balanced_low_0", "sequential")

# Names of attention, and transformers' names.
_ATTENTION = {
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
# The module that an attention needs, and how to install it. `kernels` replaces each of them.
_KERNELS = ("kernels", "pip install kernels")
_ATTENTION_MODULES = {
    "flash_attention_2": ("flash_attn", "pip install flash-attn --no-build-isolation"),
    "flash_attention_3": ("flash_attn_interface", _KERNELS[1]),
}

_DTYPES = ("bfloat16", "float16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")
_DTYPE_ALIASES = {
    "bf16": "bfloat16",
    "fp16": "float16",
    "half": "float16",
    "fp32": "float32",
    "float": "float32",
    "fp64": "float64",
    "double": "float64",
}


def has_torch() -> bool:
    """Return whether torch is installed, without importing it."""
    return find_spec("torch") is not None


# Devices.


def default_device_map() -> str | None:
    """Return the default device: CUDA, MPS or the CPU, in this order; `auto` for several CUDA devices.

    Each process of a distributed launcher gets the device of its `LOCAL_RANK`. The result is None if FSDP or
    DeepSpeed's ZeRO-3 places the weights.

    Raises:
        ArgumentError: This machine has fewer devices than processes.
    """
    if not has_torch():
        return "cpu"
    if _is_placed_by_others():
        return None
    import torch

    if torch.cuda.is_available():
        return _cuda_device(torch.cuda.device_count())
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_placed_by_others() -> bool:
    if os.environ.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true", "yes"):
        return True
    if find_spec("deepspeed") is None:
        return False
    from transformers.integrations import is_deepspeed_zero3_enabled

    return bool(is_deepspeed_zero3_enabled())


def _cuda_device(count: int) -> str:
    rank = os.environ.get("LOCAL_RANK", "").strip()
    if not rank.isdigit():
        return "cuda:0" if count == 1 else "auto"
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if count == 1 and visible is not None and "," not in visible:
        return "cuda:0"  # the launcher shows each process its own device
    if int(rank) >= count:
        problem = (
            f"this process has LOCAL_RANK={rank}, but there are {count} CUDA devices (CUDA_VISIBLE_DEVICES="
            f"{visible or ''!r}). Start at most {count} processes per machine, or pass device_map"
        )
        raise ArgumentError(f"argument 'device_map': {problem}", argument="device_map")
    return f"cuda:{int(rank)}"


def check_device_map(device_map: Any) -> Any:
    """Return a `device_map` in transformers' form: a device, a way of spreading, or a dict of modules.

    >>> check_device_map("cpu"), check_device_map(None)
    ('cpu', None)

    Raises:
        ArgumentError: It is invalid, names a device that does not exist, or needs accelerate.
    """
    chosen: str | dict[Any, Any] | None = None
    if isinstance(device_map, Mapping):
        chosen = dict(device_map)
    elif isinstance(device_map, int) and not isinstance(device_map, bool) and device_map >= 0:
        chosen = f"cuda:{device_map}"
    elif isinstance(device_map, str) or type(device_map).__module__ == "torch":
        chosen = str(device_map)
    elif device_map is not None:
        raise _bad_device(device_map, "expected a device such as 'cuda:0' or 'cpu', 'auto', or a dict of modules")
    if isinstance(chosen, str) and chosen not in _SPREAD:
        _check_device(chosen)
    elif chosen is not None and find_spec("accelerate") is None:
        raise _bad_device(device_map, "needs accelerate, which is not installed. Run: pip install accelerate")
    return chosen


def _check_device(name: str) -> None:
    if name == "cpu":
        return
    import torch

    try:
        device = torch.device(name)
    except RuntimeError:
        hint = f"expected a device such as 'cuda:0' or 'cpu', or one of {', '.join(_SPREAD)}"
        raise _bad_device(name, hint) from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise _bad_device(name, "torch sees no CUDA device. Pass device_map='cpu', or install torch with CUDA")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise _bad_device(name, f"there are {torch.cuda.device_count()} CUDA devices; the first one is cuda:0")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise _bad_device(name, "torch sees no MPS device. Pass device_map='cpu'")


def _bad_device(device_map: Any, problem: str) -> ArgumentError:
    return ArgumentError(f"argument 'device_map': {device_map!r}: {problem}", argument="device_map")


def single_device(device_map: Any) -> str | None:
    """Return the device that holds the whole model, or None if the model is spread over several.

    >>> single_device("cuda:1"), single_device("auto"), single_device({"": "cpu"})
    ('cuda:1', None, 'cpu')
    """
    if isinstance(device_map, Mapping):
        places = {str(place) for place in device_map.values()}
        return places.pop() if len(places) == 1 else None
    return None if device_map is None or device_map in _SPREAD else str(device_map)


def device_type(device_map: Any) -> str | None:
    """Return the type of the device that a model computes on: `cuda`, `cpu`, ...; None if it is not known.

    >>> device_type("cuda:1"), device_type("cpu")
    ('cuda', 'cpu')
    """
    single = single_device(device_map)
    if single is not None:
        return "cuda" if single.isdigit() else single.partition(":")[0]
    if device_map in _SPREAD and has_torch():
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    return None


# Attention.


def check_attention(attn_impl: str | None, device: str | None, *, needed: bool = True) -> str | None:
    """Return transformers' name of an attention, or None for transformers' own choice.

    transformers chooses `sdpa` if the model supports it, else `eager`. A name with a slash is a kernel on a hub.

    >>> check_attention("flash", None)
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'attn_impl': unknown attention 'flash'; did you mean 'flash_attn'?
    >>> check_attention("sdpa", "cpu"), check_attention(None, "cpu")
    ('sdpa', None)

    Args:
        attn_impl: The name.
        device: The type of the device that the model goes to; None if it is not known.
        needed: Whether the attention will be used, so that its packages have to be installed.

    Raises:
        ArgumentError: The name is unknown, a package is missing, or the device does not support it.
    """
    if attn_impl is None:
        return None
    is_on_hub = isinstance(attn_impl, str) and attn_impl.count("/") == 1
    name = attn_impl if is_on_hub else _ATTENTION.get(str(attn_impl))
    if name is None:
        names = "expected flash_attn, flash_attention_3, sdpa, eager or flex"
        hint = did_you_mean(attn_impl, _ATTENTION, n=1) or names
        raise _bad_attention(f"unknown attention {attn_impl!r}; {hint}")
    module, install = _KERNELS if is_on_hub else _ATTENTION_MODULES.get(name, (None, ""))
    if not needed or module is None:
        return name
    if find_spec(module) is None and find_spec(_KERNELS[0]) is None:
        raise _bad_attention(f"{attn_impl!r} needs {module}, which is not installed. Run: {install}, or pass 'sdpa'")
    if device not in (None, "cuda"):
        raise _bad_attention(f"{attn_impl!r} needs a CUDA device, got {device!r}. Pass 'sdpa'")
    return name


def _bad_attention(problem: str) -> ArgumentError:
    return ArgumentError(f"argument 'attn_impl': {problem}", argument="attn_impl")


# Dtypes.


def check_dtype(dtype: Any, argument: str = "torch_dtype") -> str | None:
    """Return the name of a dtype; None for None and `auto`.

    >>> check_dtype("bf16"), check_dtype("torch.float16"), check_dtype("auto")
    ('bfloat16', 'float16', None)

    Raises:
        ArgumentError: It is not a dtype of weights.
    """
    if dtype is None:
        return None
    name = str(dtype).removeprefix("torch.")
    name = _DTYPE_ALIASES.get(name, name)
    if name == "auto":
        return None
    if name not in _DTYPES or not (isinstance(dtype, str) or type(dtype).__module__.partition(".")[0] == "torch"):
        near = nearest(name, [*_DTYPES, *_DTYPE_ALIASES], n=1)
        hint = f"did you mean {_DTYPE_ALIASES.get(near[0], near[0])!r}?" if near else "expected one such as 'bfloat16'"
        raise ArgumentError(f"argument '{argument}': unknown dtype {dtype!r}; {hint}", argument=argument)
    return name


def to_torch_dtype(name: str | None) -> Any:
    """Return torch's dtype of a name, or the name itself without torch."""
    if name is None or not has_torch():
        return name
    import torch

    return getattr(torch, name, name)


def choose_dtype(asked: Any, registered: Any, configured: str | None, quantized: str | None, device: str | None) -> str:
    """Return the name of the dtype of the weights.

    The first of these that says something decides: the caller, the `ModelMeta`, `config.json`, the quantization, the
    device. A half dtype of `config.json` becomes float32 on a CPU without instructions for it.

    Args:
        asked: The caller's dtype.
        registered: The dtype of the `ModelMeta`.
        configured: The dtype of `config.json`.
        quantized: The dtype that the quantization computes in.
        device: The type of the device that the model goes to; None if it is not known.

    Raises:
        ArgumentError: `asked` is not a dtype.
    """
    if (name := check_dtype(asked)) is not None:
        return name
    if (name := check_dtype(registered, "torch_dtype of the ModelMeta")) is not None:
        return name
    name = configured or quantized
    if name is None:
        return _default_dtype(device)
    if quantized is None and device == "cpu" and is_slow_on_cpu(name):
        warn(
            f"this CPU has no instructions for {name}: loading the weights as float32. Pass torch_dtype={name!r} to "
            "keep their dtype"
        )
        return "float32"
    return name


def _default_dtype(device: str | None) -> str:
    if device != "cuda" or not has_torch():
        return "float32"
    import torch

    return "bfloat16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "float16"


def is_slow_on_cpu(name: str) -> bool:
    """Return whether the CPU has no instructions for a dtype, as far as torch says."""
    if name not in ("bfloat16", "float16") or not has_torch():
        return False
    import torch

    short = {"bfloat16": "bf16", "float16": "fp16"}[name]
    is_supported = getattr(getattr(torch.ops, "mkldnn", None), f"_is_mkldnn_{short}_supported", None)
    if is_supported is None:
        return name == "float16"
    try:
        return not is_supported()
    except RuntimeError:  # built without oneDNN
        return True
