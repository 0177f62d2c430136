"""The commands together."""

from __future__ import annotations

import dataclasses
import inspect
import signal
import threading
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from .download import download
from .encode import encode
from .models import models
from .options import Command, TemplateOptions, underscored
from .spoken import set_options
from .streams import prepare_streams
from .templates import templates
from .version import version

__all__ = ["app", "run"]

app = typer.Typer(
    name="swiftcore",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich's help cuts long names off, and takes time to load
    # `--max-length` is `--max_length`.
    context_settings={"token_normalize_func": underscored, "help_option_names": ["--help", "-h"]},
)
app.command("encode", cls=Command, no_args_is_help=True)(encode)
app.command("templates", cls=Command)(templates)
app.command("models", cls=Command)(models)
app.command("download", cls=Command, no_args_is_help=True)(download)
set_options(inspect.signature(encode).parameters)
set_options(field.name for field in dataclasses.fields(TemplateOptions))


def _print_version(asked: bool) -> None:
    if asked:
        print(f"swiftcore {version()}")
        raise typer.Exit


@app.callback()
def swiftcore(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Chat data to token ids and labels, with ms-swift's templates."""


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def run(arguments: Sequence[str]) -> None:
    """Runs the command with these arguments, and exits.

    SIGTERM and SIGHUP clean up as Ctrl-C does. A signal that is ignored, as under nohup, stays ignored.
    """
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP.
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _end)
    prepare_streams()
    app(list(arguments), prog_name="swiftcore")
