"""Which rows of a table go to the core as they lie there, and which need a look first.

A row is looked at as a Python object where a field or a message says more than a role and a text, or where a text holds
what ms-swift reads something into (`rows.own_row`). That is found in the table's buffers, a few searches for each
thousand rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from .rows import OTHER_KEYS, TAGS, looked_at, own_row

if TYPE_CHECKING:
    from .accelerator import Accelerator
    from .shadow import Shadow

__all__ = ["split_table", "without_extension"]

Split = tuple[Any, list[int], list[int], Callable[[int], Any], int]

# Where one of these is in a text, ms-swift may read a placeholder into it.
_IN_TEXT = (b"{{",)
# Where one of these is in a message as JSON text, it may say more than a role and a text: how it is trained, parts of
# a type, token ids, keys of other formats.
_IN_JSON = (b'"loss', b'":[', b'": [', *(f'"{key}"'.encode() for key in OTHER_KEYS))
_TEXT_FIELDS = ("role", "content")


def split_table(table: Any, formatter: Any, accelerator: Accelerator) -> Split | None:
    """The arguments of `Accelerator.encode_columns` for a table; None where messages are not kept in a known way."""
    import numpy
    import pyarrow

    shadow = accelerator.shadow()
    if (
        shadow is None
        or shadow.is_version3
        or "messages" not in table.column_names
        or shadow.template.mode in ("rlhf", "kto")
    ):
        return None
    if shadow.template.task_type not in ("causal_lm", "prm"):
        return None
    messages = table.column("messages").combine_chunks()
    suspects = _marked(messages, shadow)
    if suspects is None:
        return None

    @cache
    def row_of(index: int) -> Any:
        batch = formatter.format_batch(table.slice(index, 1))
        return {name: batch[name][0] for name in table.column_names}

    # ms-swift fails on a rejected response of nothing, so that null says something too.
    others: Any = numpy.full(len(table), "rejected_response" in table.column_names)
    for name in (*looked_at(tuple(table.column_names)), "channel"):
        if name in table.column_names:
            others |= numpy.asarray(table.column(name).is_valid())
    # Most texts with a mark only look like what was looked for.
    for index in numpy.flatnonzero(suspects & ~others).tolist():
        others[index] = own_row(row_of(index), shadow) is not None
    plain = numpy.flatnonzero(~others).tolist()
    columns = pyarrow.table({"messages": without_extension(messages)})
    if len(plain) < len(table):
        columns = columns.take(pyarrow.array(plain, pyarrow.int64()))
    return columns, plain, numpy.flatnonzero(others).tolist(), row_of, table.num_rows


def _marked(messages: Any, shadow: Shadow) -> Any:
    """Which rows hold a mark, as an array of bools; None where the messages are kept in another way."""
    import numpy
    from pyarrow import types

    if not types.is_list(messages.type) and not types.is_large_list(messages.type):
        return None
    offsets = numpy.asarray(messages.offsets)
    first = int(offsets[0])
    inner = messages.values.slice(first, int(offsets[-1]) - first)
    offsets = offsets - first
    texts, is_json = _texts_of(inner)
    if texts is None or not (shadow.has_agent or is_json):
        return None  # roles, which matter without a format for tools, are in texts of their own
    marked: Any = numpy.zeros(len(messages), dtype=bool)
    if messages.null_count:
        marked |= ~numpy.asarray(messages.is_valid())
    for position in _positions(texts, _marks(shadow, is_json)):
        marked[numpy.searchsorted(offsets, position, "right") - 1] = True
    return marked


def _marks(shadow: Shadow, is_json: bool) -> tuple[bytes, ...]:
    marks: tuple[bytes, ...] = _IN_TEXT + _IN_JSON if is_json else _IN_TEXT
    if shadow.reads_tags:
        marks += tuple(tag.encode() for tag in TAGS)
    if shadow.reads_tags and is_json:
        marks += (b"\\u003c", b"\\u003C")
    if not shadow.has_agent:
        marks += (b'"tool',)
    if shadow.template.task_type == "prm":
        marks += (b"<cot-process>",)
    return marks


def without_extension(messages: Any) -> Any:
    """The same lists, of plain texts where they are Arrow's JSON: rows can be taken from those."""
    if not hasattr(messages.values, "storage"):
        return messages
    mask = None if not messages.null_count else messages.is_null()
    return type(messages).from_arrays(messages.offsets, messages.values.storage, mask=mask)


def _texts_of(messages: Any) -> tuple[Any, bool]:
    """The array of texts that says what messages hold, and whether these are JSON; None for messages of other kinds."""
    from pyarrow import types

    if hasattr(messages, "storage"):
        messages = messages.storage
    if _is_text(messages.type):
        return messages, True
    if not types.is_struct(messages.type):
        return None, False
    names = [messages.type.field(index).name for index in range(messages.type.num_fields)]
    if {*names} != {*_TEXT_FIELDS} or not all(_is_text(messages.type.field(name).type) for name in names):
        return None, False
    return messages.field("content"), False


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _positions(texts: Any, marks: tuple[bytes, ...]) -> list[int]:
    """Which of the texts hold a mark."""
    import numpy
    from pyarrow import types

    if not len(texts) or texts.buffers()[2] is None:
        return []
    kind = numpy.int64 if types.is_large_string(texts.type) else numpy.int32
    offsets = numpy.frombuffer(texts.buffers()[1], kind)[texts.offset : texts.offset + len(texts) + 1]
    first, behind = int(offsets[0]), int(offsets[-1])
    data = memoryview(texts.buffers()[2])[first:behind].tobytes()
    found: set[int] = set()
    for mark in marks:
        at = data.find(mark)
        while at >= 0:
            found.add(int(numpy.searchsorted(offsets, at + first, "right")) - 1)
            at = data.find(mark, at + 1)
    return sorted(found)
