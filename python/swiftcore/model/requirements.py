"""Check the packages that a model needs: those of its registration, and those of its quantization."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from importlib import metadata

from .._warn import warn
from ..errors import ModelError
from .info import ModelInfo
from .meta import ModelMeta

__all__ = ["check_requirements", "missing_packages_hint", "missing_requirements"]

# The packages that load weights of each quantization.
_QUANTIZATION = {
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


def missing_requirements(requires: Iterable[str]) -> list[str]:
    """Return the requirements that are not met.

    >>> missing_requirements(["typer>=0.1", "no-such-package>=2"])
    ['no-such-package>=2']
    """
    return [each for each in requires if not _is_met(each)]


def _is_met(requirement: str) -> bool:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:  # transformers, which depends on it, is not installed either
        return True
    try:
        wanted = Requirement(requirement)
        installed = metadata.version(wanted.name)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False
    return wanted.specifier.contains(installed, prereleases=True)


def missing_packages_hint(requires: Iterable[str]) -> str:
    """Return the command that installs the missing packages; empty if none is missing.

    >>> missing_packages_hint(["no-such-package>=4.57", "typer"])
    "pip install 'no-such-package>=4.57'"
    """
    missing = missing_requirements(requires)
    return f"pip install {' '.join(map(shlex.quote, missing))}" if missing else ""


def check_requirements(info: ModelInfo, meta: ModelMeta, load_model: bool) -> None:
    """Warn of missing packages of the registration, and check those of the quantization.

    Raises:
        ModelError: The model is to be loaded, and a package that its quantization needs is missing.
    """
    if install := missing_packages_hint(meta.requires):
        warn(f"model type {meta.model_type or info.model_name!r} needs packages that are not installed: {install}")
    needed = _QUANTIZATION.get(info.quant_method or "", []) if load_model else []
    if install := missing_packages_hint(needed):
        text = f"{info.model_dir!r}: {info.quant_method} weights need packages that are not installed"
        raise ModelError(f"{text}: {install}", model_type=info.model_type, field="quantization_config")
