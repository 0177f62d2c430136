"""transformers' configuration of a model: what `config.json` says, with the defaults of its class."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

__all__ = ["native_config"]


def native_config(folder: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A `config.json` with the defaults of transformers' class for it; as it is where there is none.

    No code of the folder is run. Where transformers cannot read it, loading says why.
    """
    if find_spec("transformers") is None:
        return dict(raw)
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    name = raw.get("model_type")
    if name not in CONFIG_MAPPING:
        return dict(raw)
    try:
        config = CONFIG_MAPPING[name].from_pretrained(folder)
        return {**config.to_dict(), "architectures": raw.get("architectures")}
    except Exception:
        return dict(raw)
