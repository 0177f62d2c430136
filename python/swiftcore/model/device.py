"""Where a model is loaded to: the `device_map` asked for, else the fastest device there is.

Under a distributed launcher each process has one device, the one of its `LOCAL_RANK`. Where nobody launched several
processes, a model is spread over all CUDA devices.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from ..errors import ArgumentError
from .dtype import has_torch

__all__ = ["check_device_map", "default_device_map", "main_device", "single_device"]

# How accelerate spreads a model.
_SPREAD = ("auto", "balanced", "balanced_low_0", "sequential")


def default_device_map() -> str | None:
    """The device to load to where nobody says: CUDA, MPS or CPU; `auto` for several; None where others place it.

    DeepSpeed's ZeRO-3 and FSDP place weights themselves.

    Raises:
        ArgumentError: There are fewer devices than processes of the launch on this machine.
    """
    if not has_torch():
        return "cpu"
    if _places_itself():
        return None
    import torch

    if torch.cuda.is_available():
        return _cuda(torch.cuda.device_count())
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _places_itself() -> bool:
    if os.environ.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true", "yes"):
        return True
    if find_spec("deepspeed") is None:
        return False
    from transformers.integrations import is_deepspeed_zero3_enabled

    return bool(is_deepspeed_zero3_enabled())


def _cuda(count: int) -> str:
    rank = _number("LOCAL_RANK")
    if rank is None:
        return "cuda:0" if count == 1 else "auto"
    if count == 1 and "," not in os.environ.get("CUDA_VISIBLE_DEVICES", ","):
        return "cuda:0"  # the launcher shows each process its own device
    if rank >= count:
        text = (
            f"argument 'device_map': this process has LOCAL_RANK={rank}, and there are {count} CUDA devices "
            f"(CUDA_VISIBLE_DEVICES={os.environ.get('CUDA_VISIBLE_DEVICES', '')!r}); start {count} processes a "
            "machine, or give device_map"
        )
        raise ArgumentError(text, argument="device_map")
    return f"cuda:{rank}"


def _number(name: str) -> int | None:
    value = os.environ.get(name, "").strip()
    return int(value) if value.isdigit() else None


def check_device_map(device_map: Any) -> Any:
    """A `device_map` that was given, as transformers takes it: a device, how to spread, or a dict of modules.

    >>> check_device_map("cpu"), check_device_map(None)
    ('cpu', None)

    Raises:
        ArgumentError: It makes no sense, names a device that is not there, or needs accelerate.
    """
    chosen: str | dict[Any, Any] | None = None
    if isinstance(device_map, Mapping):
        chosen = dict(device_map)
    elif isinstance(device_map, int) and not isinstance(device_map, bool) and device_map >= 0:
        chosen = f"cuda:{device_map}"
    elif isinstance(device_map, str) or type(device_map).__module__ == "torch":
        chosen = str(device_map)
    elif device_map is not None:
        raise _refuse(device_map, "give a device such as 'cuda:0' or 'cpu', 'auto', or a dict of modules")
    if isinstance(chosen, str) and chosen not in _SPREAD:
        _check_device(chosen)
    elif chosen is not None and find_spec("accelerate") is None:
        raise _refuse(device_map, "it spreads a model by accelerate, which is not installed: pip install accelerate")
    return chosen


def _check_device(name: str) -> None:
    import torch

    try:
        device = torch.device(name)
    except RuntimeError:
        raise _refuse(name, f"give a device such as 'cuda:0' or 'cpu', or one of {', '.join(_SPREAD)}") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise _refuse(name, "torch sees no CUDA device; give device_map='cpu', or install torch with CUDA")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise _refuse(name, f"there are {torch.cuda.device_count()} CUDA devices, and the first is cuda:0")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise _refuse(name, "torch sees no MPS device; give device_map='cpu'")


def _refuse(device_map: Any, problem: str) -> ArgumentError:
    return ArgumentError(f"argument 'device_map': {device_map!r}: {problem}", argument="device_map")


def single_device(device_map: Any) -> str | None:
    """The device that all of a model goes to; None where it is spread.

    >>> single_device("cuda:1"), single_device("auto"), single_device({"": "cpu"})
    ('cuda:1', None, 'cpu')
    """
    if isinstance(device_map, Mapping):
        places = {str(place) for place in device_map.values()}
        return places.pop() if len(places) == 1 else None
    return None if device_map is None or device_map in _SPREAD else str(device_map)


def main_device(device_map: Any) -> str | None:
    """The kind of device that a model computes on: `cuda`, `cpu`, ...; None where that is not known.

    >>> main_device("cuda:1"), main_device("cpu")
    ('cuda', 'cpu')
    """
    single = single_device(device_map)
    if single is not None:
        return "cuda" if single.isdigit() else single.partition(":")[0]
    if device_map in _SPREAD and has_torch():
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    return None
