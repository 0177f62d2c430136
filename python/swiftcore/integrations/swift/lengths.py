"""The rows of a table with their lengths, as `AddLengthPreprocessor` gives them, without making objects of them.

ms-swift reads every message from JSON, checks it, and writes it as JSON again. Of a message with a known role, a text
and nothing that has to go, in the writing that `datasets` has for it, the same bytes come out: such rows are taken from
the table as they lie there, and the others are given to ms-swift.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from .tables import without_extension

__all__ = ["fits", "with_lengths"]

# A column that ms-swift checks in each row that has it, null or not.
_REJECTED = "rejected_response"
# Columns that it rewrites where they are not null; of some, it settles the type itself, and `tools` is seen to here.
_MEDIA = frozenset(("images", "rejected_images", "teacher_images", "videos", "audios", "objects"))
_TOOLS = frozenset(("tools", "rejected_tools", "positive_tools", "negative_tools"))
_RETYPED = frozenset(("images", "teacher_images", "objects", "chat_template_kwargs", *_TOOLS))

_TEXT = (
    r'"(?:[ !#-.0-\[\]-\x7f]|\\["\\/bfnrt]'
    r"|\\u(?:00(?:0[0-7bef]|[189a-f][0-9a-f])|0[1-9a-f][0-9a-f]{2}|[1-9a-cef][0-9a-f]{3}"
    r'|d[0-7][0-9a-f]{2}|d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}))*"'
)
_ROLES = "system|user|assistant|tool|tool_call|tool_response"
# A message as `datasets` writes it, that ms-swift leaves as it is.
_MESSAGE = rf'\A\{{"role":"(?:{_ROLES})","content":{_TEXT}(?:,"loss":(?:true|false))?\}}\z'


def fits(table: Any) -> bool:
    """Whether the rows of a table can be taken from it: it has messages as JSON, and no column that needs a look."""
    names = table.column_names
    if not _writes_as_known() or _REJECTED in names or "lengths" in names or not _is_json(table, "messages"):
        return False
    for name in names:
        if name == "messages" or (name == "tools" and _is_json(table, name)):
            continue
        column = table.column(name)
        empty = column.null_count == len(column) and name not in _RETYPED
        plain = _is_plain(column.type) and name not in _MEDIA and name not in _TOOLS
        if name.startswith("__") or not (empty or plain):
            return False
    return True


def with_lengths(table: Any, lengths: Mapping[int, list[int]], tidied: Callable[[int], dict[str, Any] | None]) -> Any:
    """A table of the rows of `table` that have lengths.

    Args:
        table: Rows that `fits`.
        lengths: The lengths of each row that is to stay.
        tidied: What ms-swift makes of a row, by its number; None where it drops it.
    """
    import pyarrow

    as_they_lie = _as_they_lie(table)
    found = {place: tidied(place) for place in sorted(lengths) if not as_they_lie[place]}
    kept = [place for place in sorted(lengths) if found.get(place, lengths) is not None]
    changed = [name for name in ("messages", "tools") if name in table.column_names]
    columns = {name: None if name in changed else table.column(name).take(kept) for name in table.column_names}
    for name in changed:
        columns[name] = _json_column(table.column(name), kept, {at: row[name] for at, row in found.items() if row})
    columns["lengths"] = pyarrow.array([lengths[place] for place in kept], pyarrow.list_(pyarrow.int64()))
    return pyarrow.table(columns)


def _json_column(column: Any, kept: list[int], changed: dict[int, Any]) -> Any:
    """Rows of a column of lists of JSON, with others in the place of some."""
    import pyarrow

    given = column.combine_chunks()
    pieces, places = [without_extension(given)], kept
    if changed:
        from datasets.arrow_writer import TypedSequence
        from datasets.features import Json, List

        others = pyarrow.array(TypedSequence([*changed.values()], type=List(Json())))
        pieces.append(without_extension(others).cast(pieces[0].type))
        behind = dict(zip(changed, range(len(given), len(given) + len(changed)), strict=True))
        places = [behind.get(place, place) for place in kept]
    taken = pyarrow.concat_arrays(pieces).take(pyarrow.array(places, pyarrow.int64()))
    inner = pyarrow.ExtensionArray.from_storage(given.values.type, taken.values)
    mask = taken.is_null() if taken.null_count else None
    return type(taken).from_arrays(taken.offsets, inner, type=given.type, mask=mask)


def _as_they_lie(table: Any) -> Any:
    """Which rows ms-swift would write just as they lie there, as an array of bools."""
    import numpy
    import pyarrow.compute

    messages = table.column("messages").combine_chunks()
    offsets = numpy.asarray(messages.offsets)
    first, behind = int(offsets[0]), int(offsets[-1])
    texts = messages.values.slice(first, behind - first).storage
    known = pyarrow.compute.match_substring_regex(texts, _MESSAGE).fill_null(False)
    others = numpy.concatenate([[0], numpy.cumsum(~known.to_numpy(zero_copy_only=False))])
    ends = offsets - first
    found: Any = (others[ends[1:]] == others[ends[:-1]]) & numpy.asarray(messages.is_valid())
    if "tools" in table.column_names:
        found &= numpy.asarray(table.column("tools").is_null())
    return found


def _is_json(table: Any, name: str) -> bool:
    """Whether a column holds lists of Arrow's JSON."""
    import pyarrow

    if name not in table.column_names:
        return False
    kind = table.schema.field(name).type
    return pyarrow.types.is_list(kind) and isinstance(kind.value_type, pyarrow.JsonType)


def _is_plain(kind: Any) -> bool:
    """Whether values of a type come back from Python as they were, and under the same type."""
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_boolean(kind) or types.is_int64(kind) or types.is_float64(kind))


@cache
def _writes_as_known() -> bool:
    """Whether `datasets` writes JSON as it did when this was written."""
    from datasets.features import Json

    text = "\x00\t\n\x0b\"\\/<&'\x7f\x80é\u2028\U0001f600"
    known = r'"\u0000\t\n\u000b\"\\\/<&'
    known += "'\x7f" + r'\u0080\u00e9\u2028\ud83d\ude00"'
    wanted = f'{{"role":"user","content":{known},"loss":true}}'
    return bool(Json().encode_example({"role": "user", "content": text, "loss": True}) == wanted)
