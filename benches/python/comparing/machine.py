"""What was run, and on what: versions, processor, cores."""

from __future__ import annotations

import importlib.util
import os
import platform
from importlib import metadata
from pathlib import Path

MODULES = {"ms-swift": "swift"}


def installed(package: str) -> bool:
    return importlib.util.find_spec(MODULES.get(package, package)) is not None


def version(package: str) -> str:
    if package == "swiftcore":
        import swiftcore

        return swiftcore.__version__
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "?"


def cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def described() -> str:
    return f"Python {platform.python_version()}, {cpu()}, {len(os.sched_getaffinity(0))} cores"
