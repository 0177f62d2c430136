"""The version that `--version` prints."""

from __future__ import annotations

__all__ = ["version"]


def version() -> str:
    """The version of the package, without loading its native part where that can be avoided.

    >>> version()[0].isdigit()
    True
    """
    from importlib import metadata

    try:
        return metadata.version("swiftcore")
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        from .. import __version__

        return __version__
