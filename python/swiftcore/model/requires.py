"""What a model needs installed: the packages that its registration names, and those of its quantization."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from importlib import metadata
from typing import TYPE_CHECKING

from .._warn import warn
from ..errors import ModelError

if TYPE_CHECKING:
    from .info import ModelInfo
    from .meta import ModelMeta

__all__ = ["check_needs", "install_line", "missing_requirements", "quantization_requirements"]

# What loads weights that are quantized so.
_QUANTIZED = {
    "aqlm": ["aqlm"],
    "awq": ["gptqmodel"],
    "bnb": ["bitsandbytes>=0.46.1"],
    "compressed-tensors": ["compressed-tensors"],
    "eetq": ["kernels"],
    "gptq": ["optimum", "gptqmodel"],
    "hqq": ["hqq"],
    "quanto": ["optimum-quanto"],
    "torchao": ["torchao"],
}


def quantization_requirements(method: str | None) -> list[str]:
    """The packages that weights need which are quantized by a method, as pip names them.

    >>> quantization_requirements("bnb"), quantization_requirements("fp8")
    (['bitsandbytes>=0.46.1'], [])
    """
    return _QUANTIZED.get(method or "", [])


def missing_requirements(requires: Iterable[str]) -> list[str]:
    """Those of some requirements that what is installed does not meet.

    >>> missing_requirements(["typer>=0.1", "no-such-package>=2"])
    ['no-such-package>=2']
    """
    return [each for each in requires if not _is_met(each)]


def _is_met(requirement: str) -> bool:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:  # without it there is no transformers either
        return True
    try:
        wanted = Requirement(requirement)
        installed = metadata.version(wanted.name)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False
    return wanted.specifier.contains(installed, prereleases=True)


def install_line(missing: Iterable[str]) -> str:
    """What to type to have them.

    >>> install_line(["transformers>=4.57", "decord"])
    "pip install 'transformers>=4.57' decord"
    """
    return f"pip install {' '.join(map(shlex.quote, missing))}"


def check_needs(info: ModelInfo, meta: ModelMeta, load_model: bool) -> None:
    """Names the packages that a model needs and that are not there.

    What its registration requires is warned of: it may do without. Quantized weights cannot be loaded without.

    Raises:
        ModelError: The model is wanted, and what its quantization needs is not installed.
    """
    if missing := missing_requirements(meta.requires):
        name = meta.model_type or info.model_name
        warn(f"model type {name!r} requires packages that are not there: {install_line(missing)}")
    needed = quantization_requirements(info.quant_method) if load_model else []
    if missing := missing_requirements(needed):
        text = f"{info.model_dir!r}: its weights are quantized by {info.quant_method}, which needs {', '.join(missing)}"
        raise ModelError(f"{text}: {install_line(missing)}", model_type=info.model_type, field="quantization_config")
