"""Prepare the standard streams of the command: set their error handling, and replace closed streams."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from .errors import Usage

__all__ = ["STANDARD_OUTPUT", "check_streams", "prepare_streams"]

# Names of standard output as an output.
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

_CLOSED: set[str] = set()


def prepare_streams() -> None:
    """Make the standard streams usable: open closed ones on the null device, and replace text they cannot encode.

    Otherwise the next file that is opened would become the standard stream.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            _CLOSED.add(name)
            _open_null(descriptor)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w", closefd=False))
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def check_streams(inputs: Iterable[str], output: str | None) -> None:
    """Check that the standard streams that an input or the output names are open.

    Raises:
        Usage: One of them is closed.
    """
    if "stdin" in _CLOSED and "-" in inputs:
        raise Usage("-: standard input is closed; give a file")
    if "stdout" in _CLOSED and output in STANDARD_OUTPUT:
        raise Usage(f"-o {output}: standard output is closed; give a file")


def _open_null(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
