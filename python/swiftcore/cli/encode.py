"""`swiftcore encode`: files of chat data in, token ids and labels out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import REFUSED, Usage, note, reported, warn
from .limits import MaxRefused
from .options import TemplateOptions, expand, names, option, pairs
from .streams import STANDARD_OUTPUT, check_streams

if TYPE_CHECKING:
    from .._native import Summary
    from ..template.template import Template

__all__ = ["encode"]

_ROWS = "Rows"
_OUTPUT = "Output"


@expand(TemplateOptions)
def encode(
    options: TemplateOptions,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="IN...",
            help="JSONL or JSON (plain, .gz, .zst), Parquet, folders of these, or - for standard input.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        option(
            *("-o", "--output"),
            panel=_OUTPUT,
            metavar="OUT",
            help="A .parquet, .arrow or .jsonl file, a folder for datasets.load_from_disk, or - (standard output).",
        ),
    ] = None,
    format: Annotated[
        str | None,
        option(
            "--format",
            panel=_OUTPUT,
            metavar="parquet|arrow|jsonl|datasets",
            help="What to write. Default: what the suffix of OUT says.",
        ),
    ] = None,
    overwrite: Annotated[bool, option("--overwrite", panel=_OUTPUT, help="Replace an output that is there.")] = False,
    keep_columns: Annotated[
        list[str] | None,
        option(
            "--keep_columns",
            panel=_OUTPUT,
            metavar="NAME[,NAME]",
            help="Columns of the input that go along into the output; '*' for all.",
        ),
    ] = None,
    refused_path: Annotated[
        str | None,
        option(
            "--refused_path",
            panel=_OUTPUT,
            metavar="FILE",
            help="Where refused rows are written. Default: beside OUT, as OUT.refused.jsonl.",
        ),
    ] = None,
    show: Annotated[
        int,
        option(
            "--show",
            panel=_OUTPUT,
            metavar="N",
            at_least=0,
            help="Print the first N rows, trained text apart from the rest. Needs no OUT.",
        ),
    ] = 0,
    progress: Annotated[
        bool | None,
        option(
            "--progress/--no_progress",
            panel=_OUTPUT,
            help="Show progress on standard error. Default: on a terminal.",
        ),
    ] = None,
    input_format: Annotated[
        str | None,
        option(
            "--input_format",
            panel=_ROWS,
            metavar="jsonl|json|parquet",
            help="What the inputs are. Default: what their suffixes say.",
        ),
    ] = None,
    shape: Annotated[
        str | None,
        option(
            "--shape",
            panel=_ROWS,
            metavar="messages|sharegpt|alpaca|query_response|text",
            help="The shape of the rows. Default: the shape of the first rows of each file.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        option(
            "--columns",
            panel=_ROWS,
            metavar="FIELD=COLUMN[,...]",
            help="Which column holds a field, as in messages=chat or query=q,response=a.",
        ),
    ] = None,
    limit: Annotated[int | None, option("--limit", panel=_ROWS, metavar="N", at_least=1, help="Read N rows.")] = None,
    on_error: Annotated[
        str,
        option(
            "--on_error",
            panel=_ROWS,
            metavar="skip|raise",
            help="A row that cannot be encoded is set aside ('skip', the default) or ends the command.",
        ),
    ] = "skip",
    max_refused: Annotated[
        str,
        option(
            "--max_refused",
            panel=_ROWS,
            metavar="N|P%",
            help="Exit with 0 if at most N rows, or P percent of the rows, are refused. Default: 0.",
        ),
    ] = "0",
    on_untrainable: Annotated[
        str,
        option(
            "--on_untrainable",
            panel=_ROWS,
            metavar="keep|skip|error",
            help="A row with nothing to train on is kept (the default), left out, or refused.",
        ),
    ] = "keep",
    num_threads: Annotated[
        int | None,
        option(
            "--num_threads",
            panel=_ROWS,
            metavar="N",
            at_least=1,
            help="Default: SWIFTCORE_NUM_THREADS, else one a core.",
        ),
    ] = None,
) -> None:
    """Encodes chat data into token ids and labels.

    Rows may be messages, ShareGPT conversations, Alpaca instruction/input/output, query/response, TRL's
    prompt/completion and prompt/chosen/rejected, plain text, or named columns. The output is complete or absent. Names
    are spelled with _ or -, and switches take true or false as well.

    Exit codes: 0 every row is encoded as asked (at most --max_refused rows are refused); 1 error; 2 usage;
    3 more rows are refused: the output has all other rows, and a file next to it has the refused ones;
    130 interrupted.
    """
    with reported():
        if output is None and not show:
            raise Usage("-o is missing; give -o OUT for an output, or --show N to look at rows")
        check_streams(inputs, output)
        allowed = MaxRefused.parse(max_refused)
        reading = {
            "input_format": input_format,
            "shape": shape,
            "columns": pairs(columns or (), "--columns") or None,
            "limit": limit,
            "on_error": on_error,
            "on_untrainable": on_untrainable,
            "num_threads": num_threads,
        }
        writing = {
            "format": format,
            "overwrite": overwrite,
            "refused_path": refused_path,
            "keep_columns": names(keep_columns or ()),
        }
        _settle_memory(is_parquet=format == "parquet" or (format is None and (output or "").endswith(".parquet")))
        template = options.make()
        refused = rows = 0
        if show:
            count = min(show, limit or show)
            refused, rows = _show(template, inputs, count, reading, read_again=output is not None)
        if output is not None:
            summary = _encode(template, inputs, output, {**reading, **writing}, progress)
            refused, rows = summary.refused, summary.rows_read
        if not allowed.allows(refused, rows):
            raise typer.Exit(REFUSED)


def _settle_memory(*, is_parquet: bool) -> None:
    """In the command alone: a library does not settle this for its user's process."""
    from .. import _native

    # The writer of Parquet asks for and frees blocks of up to a megabyte all the time. With each of them new from the
    # system, a file took a fifth longer.
    _native.give_back_large_blocks(1 << 20 if is_parquet else 128 << 10)


def _show(
    template: Template, inputs: list[str], count: int, options: dict[str, Any], *, read_again: bool
) -> tuple[int, int]:
    """Print the first rows. Return how many of them were refused, and how many were read."""
    from .console import standard_output
    from .head import read_head, show_head

    head = read_head(template, inputs, count, options, read_again=read_again)
    show_head(standard_output(), template, head)
    return head.num_refused, head.num_read


def _encode(
    template: Template, inputs: list[str], output: str, options: dict[str, Any], progress: bool | None
) -> Summary:
    """Encodes everything, and says what came of it."""
    from ..data.files import encode_files
    from .console import standard_error, standard_output
    from .progress import shown, speed
    from .summary import print_summary, untrainable

    with shown(progress, options["limit"]) as update:
        summary = encode_files(template, inputs, output, on_progress=update, **options)
    if update is None:
        rate = ", ".join(speed(summary.rows_read, summary.tokens, summary.seconds))
        note(f"{summary.rows_read:,} rows in {summary.seconds:.1f} s: {rate}")
    # Standard output has the rows then.
    console = standard_error() if output in STANDARD_OUTPUT else standard_output()
    print_summary(console, summary, output, template)
    if template.gives_labels and summary.untrainable:
        is_split = template.truncation_strategy == "split"
        warn(untrainable(summary, options["on_untrainable"], is_split=is_split))
    return summary
