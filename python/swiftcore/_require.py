"""Packages that an integration needs: imported when it is used, and not before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module, metadata
from types import ModuleType

from ._warn import warn

__all__ = ["require"]

_WARNED: set[tuple[str, str, str]] = set()


def require(
    package: str,
    wanted_by: str,
    tested: Iterable[tuple[str, str]],
    *,
    module: str | None = None,
    extra: str | None = None,
) -> ModuleType:
    """The module of a package, where it is installed; warns, once, where its version was not tested.

    >>> require("rich", "this example", [("13", "1000")]).__name__
    'rich'
    >>> require("no-such-package", "this example", [("1.2", "1.4"), ("2", "3")])
    Traceback (most recent call last):
        ...
    ImportError: this example needs no-such-package, which is not installed: pip install \
'no-such-package>=2,<3' (tested: >=1.2,<1.4 or >=2,<3)

    Args:
        package: Its name, as pip knows it.
        wanted_by: What needs it, for the message.
        tested: The versions that were tested: ranges, each the first version in it and the first behind it; the one
            to install comes last.
        module: The name to import, where it is another than the package's.
        extra: The extra of swiftcore that installs it, where there is one.

    Raises:
        ImportError: It is not installed, or cannot be imported.
    """
    ranges = list(tested)
    first, behind = ranges[-1]
    wanted = f"'swiftcore[{extra}]' or '{package}>={first},<{behind}'" if extra else f"'{package}>={first},<{behind}'"
    known = " or ".join(f">={first},<{behind}" for first, behind in ranges)
    advice = f"pip install {wanted} (tested: {known})"
    try:
        found = import_module(module or package)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (module or package, (module or package).partition(".")[0]):
            raise
        raise ImportError(f"{wanted_by} needs {package}, which is not installed: {advice}", name=error.name) from error
    except ImportError as error:
        raise ImportError(f"{wanted_by} needs {package}, which cannot be imported ({error}): {advice}") from error
    version = _version(package, found)
    told = (package, wanted_by, version)
    if told not in _WARNED and not any(_key(first) <= _key(version) < _key(behind) for first, behind in ranges):
        _WARNED.add(told)
        warn(f"{wanted_by} was not tested with {package} {version}; if it fails, {advice}")
    return found


def _version(package: str, module: ModuleType) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return str(getattr(module, "__version__", "of unknown version"))


def _key(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, to compare by.

    >>> _key("5.24.0rc1"), _key("5") < _key("5.0.1")
    ((5, 24), True)
    """
    numbers = [int(part) for part in re.match(r"(?:\d+(?:\.|$|(?=\D)))*", version)[0].split(".") if part]  # type: ignore[index]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
