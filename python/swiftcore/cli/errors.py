"""How a command ends: its exit codes, and what it says on standard error."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

import typer

from .._slow import call_if_slow
from ..errors import ArgumentError, SwiftcoreError
from .spoken import spoken

__all__ = [
    "ERROR",
    "INTERRUPTED",
    "REFUSED",
    "USAGE",
    "Usage",
    "fail",
    "note",
    "patience",
    "reported",
    "stoppable",
    "warn",
]

ERROR = 1
USAGE = 2
REFUSED = 3
INTERRUPTED = 130


class Usage(Exception):
    """A command line that cannot mean anything: the message says what to give instead."""


def note(text: str) -> None:
    """Says something on standard error."""
    _write(text)


def warn(text: str) -> None:
    """Warns on standard error."""
    _write(f"swiftcore: warning: {text}")


def fail(text: str, code: int) -> NoReturn:
    """Ends the command with a message and an exit code."""
    _write(f"swiftcore: {text}")
    raise typer.Exit(code)


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Turns what swiftcore raises into a message and an exit code, and its warnings into lines.

    Anything else is a defect and keeps its traceback.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _show_warning
        try:
            yield
        except Usage as error:
            fail(f"usage: {error}", USAGE)
        except ArgumentError as error:
            fail(f"usage: {spoken(str(error))}", USAGE)
        except SwiftcoreError as error:
            fail(f"error: {spoken(str(error))}", ERROR)
        except OSError as error:
            if isinstance(error, BrokenPipeError):  # such as `| head`: typer ends quietly
                raise
            fail(f"error: {_of_file(error)}", ERROR)
        except UnicodeEncodeError as error:
            fail(f"usage: expected arguments in UTF-8, got {error.object!r}", USAGE)
        except KeyboardInterrupt:
            fail("interrupted", INTERRUPTED)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Lets Ctrl-C end the process at once, even in native code. Only for where nothing is being written."""
    replaceable = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not replaceable:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def patience(seconds: float = 1.0) -> contextlib.AbstractContextManager[None]:
    """Return a context that says that a tokenizer is being prepared, if its block takes longer than `seconds`."""
    return call_if_slow(
        seconds, note, "preparing the tokenizer; this takes a few seconds the first time, and is cached"
    )


def _of_file(error: OSError) -> str:
    reason = error.strerror or str(error)
    return reason if error.filename is None else f"{error.filename}: {reason}"


def _show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    if issubclass(category, UserWarning):
        warn(spoken(str(message)))


def _write(text: str) -> None:
    with contextlib.suppress(OSError):  # the stream is closed
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
