"""`encode_files`: whole files through a template, all in native threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .. import _native
from .._counts import MAX_ROWS, MAX_THREADS, check_count
from .._text import is_unicode
from ..errors import ArgumentError

if TYPE_CHECKING:
    from .._native import EncodeJob, Summary
    from ..template.template import Template

__all__ = ["Progress", "encode_files"]

# How often `on_progress` is called, in seconds: often enough to look smooth.
_INTERVAL = 0.1


class Progress(NamedTuple):
    """How far a job has come. `bytes_total` is None where an input's size cannot be known beforehand."""

    rows: int
    tokens: int
    bytes_read: int
    bytes_total: int | None
    refused: int


def encode_files(
    template: Template,
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    output: str | os.PathLike[str] | None,
    *,
    format: Literal["parquet", "arrow", "jsonl", "datasets"] | str | None = None,
    input_format: Literal["jsonl", "json", "parquet"] | str | None = None,
    shape: Literal["messages", "sharegpt", "alpaca", "query_response", "text"] | str | None = None,
    columns: Mapping[str, str] | None = None,
    keep_columns: Iterable[str] = (),
    limit: int | None = None,
    on_error: Literal["skip", "raise"] | str = "skip",
    on_untrainable: Literal["keep", "skip", "error"] | str = "keep",
    num_threads: int | None = None,
    overwrite: bool = False,
    refused_path: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Encodes files into a file or a folder, in the order of their rows, on all cores.

    The output is complete or absent: it takes its name when everything is in it, and an error or Ctrl-C
    leaves nothing behind.

    >>> import json, tempfile, pathlib, swiftcore
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
    >>> _ = (folder / "chat.jsonl").write_text(json.dumps({"messages": talk}) + chr(10))
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
    >>> summary = encode_files(template, folder / "chat.jsonl", folder / "ids.jsonl")
    >>> summary.rows_written, summary.tokens, summary.trained_tokens
    (1, 7, 3)
    >>> json.loads((folder / "ids.jsonl").read_text())["labels"]
    [-100, -100, -100, -100, 19923, 3, 1]

    Args:
        template: Makes the ids; in mode `train` labels too.
        inputs: Files or folders of files: JSONL or JSON, plain, `.gz` or `.zst`; Parquet; `-` for standard
            input.
        output: Where the rows go; None to encode and write nothing.
        format: `parquet`, `arrow` (IPC), `jsonl`, or `datasets` for a folder that `datasets.load_from_disk`
            opens; None for what the suffix of `output` says.
        input_format: `jsonl`, `json` or `parquet`; None for what the suffixes of the inputs say.
        shape: `messages`, `sharegpt`, `alpaca`, `query_response` or `text` (docs/shapes.md); None for the shape
            of the first rows of each file. Rows of another shape are refused.
        columns: Which column holds a field, where it has another name: `{"query": "question"}`.
        keep_columns: Columns of the input that go along into the output; `*` for all columns of the first rows.
        limit: The most rows to read.
        on_error: `skip` sets a row aside that cannot be encoded; `raise` ends with its error.
        on_untrainable: What becomes of a row without a token to train on, in training: `keep` it, `skip` it,
            or refuse it as an `error`. They are counted in any case.
        num_threads: How many threads; None for `SWIFTCORE_NUM_THREADS`, else one a core.
        overwrite: Whether an output that is there is replaced.
        refused_path: Where refused rows are written, with their reason and line; None for beside the output.
        on_progress: Called about ten times a second, from another thread, and once at the end.

    Raises:
        DataError: An input cannot be read, the output cannot be written or exists already, or all of the first 1,000
            rows are refused.
        RowError: A row was refused under `on_error="raise"`.
        ArgumentError: An argument makes no sense.
    """
    _check_text(format=format, input_format=input_format, shape=shape, on_error=on_error, on_untrainable=on_untrainable)
    check_count("limit", limit, MAX_ROWS, "all rows")
    check_count("num_threads", num_threads, MAX_THREADS, "one a core")
    job = _native.EncodeJob(
        template._job_encoder(),
        _paths(inputs),
        None if output is None else _path("output", output),
        format=format,
        input_format=input_format,
        shape=shape,
        columns=None if columns is None else _columns(columns),
        keep_columns=_names(keep_columns),
        limit=limit,
        on_error=on_error,
        on_untrainable=on_untrainable,
        num_threads=num_threads,
        overwrite=overwrite,
        refused_path=None if refused_path is None else _path("refused_path", refused_path),
    )
    if on_progress is None:
        return job.run()
    return _watched(job, on_progress)


def _paths(inputs: Any) -> list[str]:
    if isinstance(inputs, str | os.PathLike):
        return [_path("inputs", inputs)]
    if not isinstance(inputs, Iterable) or isinstance(inputs, bytes):
        raise _wrong("inputs", "a path or a list of paths", inputs)
    return [_path("inputs", path) for path in inputs]


def _path(argument: str, value: Any) -> str:
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str):
        raise _wrong(argument, "a path", value)
    return path


def _columns(columns: Any) -> dict[str, str]:
    if not isinstance(columns, Mapping):
        raise _wrong("columns", "a dict such as {'query': 'question'}", columns)
    for name in (*columns.keys(), *columns.values()):
        if not isinstance(name, str) or not is_unicode(name):
            raise _wrong("columns", "names", name)
    return dict(columns)


def _names(names: Any) -> list[str]:
    found = [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    for name in found:
        if not isinstance(name, str) or not is_unicode(name):
            raise _wrong("keep_columns", "a list of names", name)
    return found


def _check_text(**arguments: Any) -> None:
    for argument, value in arguments.items():
        if value is not None and not (isinstance(value, str) and is_unicode(value)):
            raise _wrong(argument, "a name", value)


def _wrong(argument: str, expected: str, got: object) -> ArgumentError:
    return ArgumentError(f"argument {argument!r}: expected {expected}, got {got!r}", argument=argument)


def _watched(job: EncodeJob, on_progress: Callable[[Progress], None]) -> Summary:
    done = threading.Event()
    failure: list[BaseException] = []

    def watch() -> None:
        try:
            while not done.wait(_INTERVAL):
                on_progress(Progress(*job.progress()))
        except BaseException as error:
            failure.append(error)
            job.cancel()

    watcher = threading.Thread(target=watch, name="swiftcore-progress", daemon=True)
    watcher.start()
    try:
        summary = job.run()
    finally:
        done.set()
        watcher.join()
        if failure:
            raise failure[0]
    read = summary.bytes_read
    on_progress(Progress(summary.rows_read, summary.tokens, read, read, summary.refused))
    return summary
