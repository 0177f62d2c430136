"""`swiftcore docs`: the page of supported models and templates, written from the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .errors import ERROR, fail, note, reported
from .options import ModelOptions, expand, option

__all__ = ["docs"]


@expand(ModelOptions)
def docs(
    options: ModelOptions,
    output: Annotated[
        str,
        option(*("-o", "--output"), metavar="FILE", help="Where. Default: docs/supported-models.md; - to print it."),
    ] = "docs/supported-models.md",
    check: Annotated[
        bool, option("--check", help="Write nothing; fail where the file is not what it should be.")
    ] = False,
) -> None:
    """Writes the page of supported models and templates, registered ones of your own included.

    With --model, --model_type or --template, only what is meant by these.

    Exit codes: 0 done, 1 the file is stale or cannot be written, 2 usage.
    """
    with reported():
        from ..model.page import supported_models

        page = supported_models(options.model, options.model_type, options.template_type)
        place = Path(output)
        if output == "-":
            typer.echo(page, nl=False)
        elif not check:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(page, encoding="utf-8")
            note(f"wrote {output}")
        elif not place.is_file() or place.read_text("utf-8") != page:
            fail(f"error: {output} is stale; run: swiftcore docs -o {output}", ERROR)
