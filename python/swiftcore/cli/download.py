"""`swiftcore download`: download a model from a hub to its cache, or show what would be downloaded."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import Usage, note, reported, warn
from .options import HubOptions, expand, names, option

if TYPE_CHECKING:
    from ..hub import Download

__all__ = ["download"]

_FILES = "Files"


@expand(HubOptions)
def download(
    options: HubOptions,
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="Id of a model, such as Qwen/Qwen3-8B, or ID:FOLDER for a folder of it."),
    ],
    dry_run: Annotated[
        bool,
        option("--dry_run", help="Print which files would be downloaded, and download nothing."),
    ] = False,
    download_model: Annotated[
        bool,
        option(
            "--download_model/--no_download_model",
            panel=_FILES,
            help="Download the weights, or only the tokenizer, the configuration and other small files.",
        ),
    ] = True,
    ignore_patterns: Annotated[
        list[str] | None,
        option(
            "--ignore_patterns",
            panel=_FILES,
            metavar="GLOB[,GLOB]",
            help="Files to ignore, in quotes: '*.pth,onnx/*'. Default: those of the model type; '' for none.",
        ),
    ] = None,
    allow_patterns: Annotated[
        list[str] | None,
        option(
            "--allow_patterns",
            panel=_FILES,
            metavar="GLOB[,GLOB]",
            help="Only download these files. Default: all.",
        ),
    ] = None,
    cache_dir: Annotated[
        str | None,
        option(
            "--cache_dir",
            panel=_FILES,
            metavar="DIR",
            help="Cache folder. Default: that of the hub's client.",
        ),
    ] = None,
    refresh: Annotated[
        bool, option("--refresh", panel=_FILES, help="Ask the hub for a newer commit even if the model is cached.")
    ] = False,
    progress: Annotated[
        bool | None,
        option("--progress/--no_progress", help="Show the progress bars of the hub's client. Default: on a terminal."),
    ] = None,
) -> None:
    """Download a model from a hub, and print its folder.

    Files in the cache are not downloaded again.

    Exit codes: 0 the model is complete; 1 error; 2 usage; 130 interrupted.
    """
    with reported():
        from ..hub import download, local_folder, plan
        from ..model.download import download_request

        if (folder := local_folder(model)) is not None:
            note(f"{model} is a local folder; nothing is downloaded")
            print(folder)
            return
        request = download_request(
            model,
            **options.hub(),
            download_model=download_model,
            ignore_patterns=_globs(ignore_patterns, "--ignore_patterns"),
            allow_patterns=_globs(allow_patterns, "--allow_patterns"),
            cache_dir=cache_dir,
        )
        if request.ref.model_id != model.partition(":")[0]:
            note(f"{model} is {request.ref.model_id} on {request.hub.name}")
        if dry_run:
            from .console import standard_output
            from .plan import print_plan

            planned = plan(request)
            print_plan(standard_output(), planned)
            for text in planned.warnings:
                warn(text)
            return
        shown = sys.stderr.isatty() if progress is None else progress
        started = time.monotonic()
        finished = download(request, refresh=refresh, show_progress=shown)
        note(_summary(finished, request.ref.model_id, time.monotonic() - started))
        print(os.path.abspath(finished.folder))


def _summary(finished: Download, model_id: str, seconds: float) -> str:
    from .plan import summarize

    if finished.plan is None or not finished.plan.to_download:
        return f"{model_id} is cached completely"
    return f"{summarize(finished.plan, 'downloaded')}; {seconds:.1f} s"


def _globs(given: list[str] | None, option: str) -> list[str] | None:
    """Return the patterns of an option; empty quotes are an empty list."""
    if given is None:
        return None
    found = names(given)
    if option == "--allow_patterns" and not found:
        raise Usage("--allow_patterns is empty: nothing would be downloaded. Omit it for all files")
    return found
