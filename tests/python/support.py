"""What tests build their inputs with."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import swiftcore
from swiftcore import plugins
from swiftcore.model import registry as model_registry
from swiftcore.template import agents, loss_scale
from swiftcore.template import registry as template_registry

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path | None:
    """The folder of shared reference data, where it is there."""
    named = os.environ.get("SWIFTCORE_SHARED")
    place = Path(named) if named else ROOT.parent / "shared"
    return place if (place / "conformance").is_dir() else None


def row(*texts: str | list[int], system: str | None = None, **fields: Any) -> dict[str, Any]:
    """A row in which user and assistant take turns."""
    messages = [] if system is None else [{"role": "system", "content": system}]
    roles = ("user", "assistant")
    messages += [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"messages": messages, **fields}


def cpu_seconds(run: Callable[..., Any], *arguments: Any) -> float:
    """What the processes that `run` starts take of the CPU, which other work beside them does not stretch."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextlib.contextmanager
def registries_as_they_were() -> Iterator[None]:
    """Forgets what is registered inside: templates, models, architectures, agent formats, loss scales, files."""
    registries: list[dict[str, Any]] = [
        *(swiftcore.TEMPLATE_MAPPING, swiftcore.MODEL_MAPPING, swiftcore.MODEL_ARCH_MAPPING),
        *(agents._OWN, loss_scale._REGISTERED, plugins._FILES, model_registry._PLACES, template_registry._PLACES),
    ]
    before = [dict(registry) for registry in registries]
    try:
        yield
    finally:
        for registry, entries in zip(registries, before, strict=True):
            registry.clear()
            registry.update(entries)
