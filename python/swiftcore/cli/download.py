"""`swiftcore download`: a model from a hub into its cache, or what that would come to."""

from __future__ import annotations

from typing import Annotated

import typer

from .errors import Usage, note, reported, warn
from .options import HubOptions, expand, names, option

__all__ = ["download"]

_FILES = "Files"


@expand(HubOptions)
def download(
    options: HubOptions,
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A model's id, such as Qwen/Qwen3-8B, or ID:FOLDER for a folder in it."),
    ],
    dry_run: Annotated[
        bool, option("--dry_run", help="Print what would be fetched and what is left out, and fetch nothing.")
    ] = False,
    download_model: Annotated[
        bool,
        option(
            "--download_model/--no_download_model",
            panel=_FILES,
            help="Whether the weights are wanted. Without: the tokenizer, the configuration and the like.",
        ),
    ] = True,
    ignore_patterns: Annotated[
        list[str] | None,
        option(
            "--ignore_patterns",
            panel=_FILES,
            metavar="GLOB[,GLOB]",
            help="Files to leave out, in quotes: '*.pth,onnx/*'. Default: what the model's type says; '' for none.",
        ),
    ] = None,
    allow_patterns: Annotated[
        list[str] | None,
        option(
            "--allow_patterns",
            panel=_FILES,
            metavar="GLOB[,GLOB]",
            help="The only files wanted. Default: all.",
        ),
    ] = None,
    cache_dir: Annotated[
        str | None,
        option(
            "--cache_dir",
            panel=_FILES,
            metavar="DIR",
            help="Where models are kept. Default: where its client does.",
        ),
    ] = None,
    refresh: Annotated[
        bool, option("--refresh", panel=_FILES, help="Ask the hub for a newer one, even if the model is in the cache.")
    ] = False,
    progress: Annotated[
        bool | None,
        option("--progress/--no_progress", help="Show progress on standard error. Default: on a terminal."),
    ] = None,
) -> None:
    """Downloads a model from a hub, and prints the folder that it is in.

    What is in the cache is not fetched again, and a download that was cut off goes on where it was.

    Exit codes: 0 the model is there, whole; 1 error; 2 usage; 130 interrupted.
    """
    with reported():
        from ..hub.download import snapshot
        from ..hub.local import local_folder
        from ..hub.plan import request

        if (folder := local_folder(model)) is not None:
            note(f"{model} is a folder here; nothing is downloaded")
            print(folder)
            return
        asked = request(
            model,
            use_hf=options.use_hf,
            revision=options.revision,
            hub_token=options.hub_token,
            download_model=download_model,
            ignore_patterns=_globs(ignore_patterns, "--ignore_patterns"),
            allow_patterns=_globs(allow_patterns, "--allow_patterns"),
            cache_dir=cache_dir,
        )
        if asked.wanted.model != model.partition(":")[0]:
            note(f"{model} is {asked.wanted.model} on {asked.hub.name}")
        if dry_run:
            from ..hub.plan import what_to_fetch
            from .console import standard_output
            from .plan import print_plan

            plan = what_to_fetch(asked)
            print_plan(standard_output(), plan)
            for remark in plan.remarks:
                warn(remark)
            return
        from .transfer import shown

        with shown(progress) as watch:
            folder = snapshot(asked, refresh=refresh, watch=watch)
        note(watch.summary() or f"{asked.wanted.model} is in the cache, whole")
        print(folder)


def _globs(given: list[str] | None, option: str) -> list[str] | None:
    """What an option for patterns says; empty quotes are no pattern at all."""
    if given is None:
        return None
    found = names(given)
    if option == "--allow_patterns" and not found:
        raise Usage("--allow_patterns: is empty, so that nothing is wanted; leave it out for all files")
    return found
