"""The command line: `swiftcore encode`, `swiftcore templates`, `swiftcore models`."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits with its code. Takes `sys.argv` where no arguments are given.

    >>> import contextlib, io
    >>> with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    ...     main(["--version"])
    >>> out.getvalue().startswith("swiftcore ")
    True
    """
    import sys

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given == ["--version"]:  # answered without the time that typer takes to load
            from .version import version

            print(f"swiftcore {version()}")
            sys.exit(0)
        from .app import run

        run(given)
    except KeyboardInterrupt:
        sys.exit(130)
