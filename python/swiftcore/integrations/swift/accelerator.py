"""What encodes the rows of one template: the core where it does the same as ms-swift, and ms-swift elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

from ..._warn import warn
from ...errors import MaxLengthError, RowError, SwiftcoreError
from .counts import Counts
from .encoded import Encoded, rows_that_hold
from .peer import Peer
from .rows import own_row
from .shadow import Shadow, facts_of
from .trust import Unknown

__all__ = ["Accelerator"]

# Rows of every kind that a template may treat in a way of its own; each is encoded twice when a shadow is made.
_TALK = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "<think>\nA greeting.\n</think>\n\nHello!"},
    {"role": "user", "content": " How are\nyou? "},
    {"role": "assistant", "content": "Fine, thanks."},
]
_PROBES: list[dict[str, Any]] = [
    {"messages": _TALK, "channel": "probe"},
    {"messages": [{"role": "system", "content": "Be brief."}, *_TALK]},
    {"messages": [*_TALK, {"role": "user", "content": "Good."}]},
    {"messages": _TALK[2:]},
]
_PROBE_FIELDS: dict[str, dict[str, Any]] = {
    "rlhf": {"rejected_response": "Go away.", "margin": 0.5},
    "kto": {"rejected_response": "Go away.", "margin": 0.5, "label": True},
    "seq_cls": {"label": 1},
    **dict.fromkeys(
        ("embedding", "reranker", "generative_reranker"),
        {"positive_messages": [_TALK[1:2]], "negative_messages": [_TALK[3:]] * 2, "label": 1.0},
    ),
}

# Columns that hold what rows hold; those of others, such as margins, are of 32 bits.
_EXACT = frozenset(
    (
        *("input_ids", "labels", "loss_scale", "length", "row_index", "label"),
        *(f"{side}_{name}" for side in ("chosen", "rejected") for name in ("input_ids", "labels", "length")),
        *("chosen_loss_scale", "rejected_loss_scale"),
    )
)

# Fields of a row that are none of the extra ones that `remove_unused_columns=False` asks for.
_FIELDS = frozenset(
    (
        *("messages", "system", "tools", "label", "channel", "images", "videos", "audios", "objects", "margin"),
        *("chat_template_kwargs", "extra_kwargs", "mm_processor_kwargs"),
    )
)
_SIDES = ("rejected_", "positive_", "negative_")
_POOLED = ("seq_cls", "embedding", "reranker", "generative_reranker")


class Accelerator:
    """Encodes the rows of one template.

    Attributes:
        original: The template of ms-swift.
        counts: What became of the rows.
        peer: The ms-swift that it comes from.
    """

    def __init__(self, original: Any, peer: Peer) -> None:
        self.original = original
        self.counts = Counts()
        self.peer = peer
        self._shadow: Shadow | None = None
        self._unknown: Unknown | None = None
        # What the template said when it was found that it cannot be taken over.
        self._refused_facts: list[Any] | None = None
        self._order: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why no row of this template can be taken over; None where they can."""
        self.shadow()
        return None if self._unknown is None else str(self._unknown)

    def shadow(self) -> Shadow | None:
        """The swiftcore template of the moment; None where all rows are ms-swift's."""
        original = self.original
        if self._shadow is not None and self._shadow.is_current(original):
            return self._shadow
        if self._refused_facts is not None and self._refused_facts == facts_of(original):
            return None
        self._shadow = self._unknown = self._refused_facts = None
        try:
            shadow = Shadow(original, self.peer)
            self._order = self._probed(shadow)
        except Unknown as unknown:
            self._unknown, self._refused_facts = unknown, copy.deepcopy(facts_of(original))
            name = original.template_meta.template_type
            warn(f"the rows of template {name!r} are encoded by ms-swift: {unknown}")
            return None
        self._shadow = shadow
        return shadow

    def description(self) -> tuple[Any, ...]:
        """What the results for a row depend on, as plain data."""
        shadow = self.shadow()
        native = None if shadow is None else shadow.template.fingerprint
        return native, metadata.version("ms-swift"), bool(self.original.remove_unused_columns)

    def encode(self, inputs: Any, return_template_inputs: bool = False, return_length: bool = False) -> Any:
        """Encodes one row, as ms-swift's `Template.encode`."""
        shadow = self.shadow()
        if shadow is None:
            reason = self._unknown.reason if self._unknown is not None else "template"
        elif return_template_inputs:
            reason = "inputs wanted"
        else:
            reason = own_row(inputs, shadow) or ""
            if not reason:
                try:
                    found = self._finished(shadow.template._current().encode(inputs), inputs, return_length)
                except SwiftcoreError as error:
                    self._raise_if_too_long(error, shadow)
                    reason = "refused"
                else:
                    if not self._holds_media(found, shadow):
                        self.counts.native += 1
                        return found[0] if len(found) == 1 else found
                    reason = "media"
        return self.hand_over(reason, inputs, return_template_inputs, return_length)

    def hand_over(
        self, reason: str, inputs: Any, return_template_inputs: bool = False, return_length: bool = False
    ) -> Any:
        """What ms-swift makes of a row."""
        self.counts.handed[reason] += 1
        return self.peer.encode(self.original, inputs, return_template_inputs, return_length)

    def encode_rows(self, rows: Sequence[Any]) -> Encoded:
        """What becomes of each row, with its lengths."""
        return self.encode_columns(None, range(0), range(len(rows)), rows.__getitem__, len(rows))

    def encode_columns(
        self, columns: Any, plain: Sequence[int], others: Sequence[int], row_of: Callable[[int], Any], count: int
    ) -> Encoded:
        """What becomes of each row of a batch, with its lengths.

        Args:
            columns: A table of the rows that are for the core, without a look at them.
            plain: Their numbers.
            others: The numbers of the other rows.
            row_of: Gives a row by its number, as a dict.
            count: How many rows there are.
        """
        shadow = self.shadow()
        found = Encoded(count, self._order, lambda parts, place: self._finished(parts, row_of(place), True))
        if shadow is None:
            for index in (*plain, *others):
                self._add_own(row_of(index), index, "template", found)
            return found
        if plain:
            self._add_natively(shadow, columns, plain, found)
        reasons = {index: own_row(row_of(index), shadow) for index in others}
        native = [index for index, reason in reasons.items() if reason is None]
        if native:
            rows = [row_of(index) for index in native]
            found.has_more |= any(row.get("channel") is not None for row in rows)
            self._add_natively(shadow, rows, native, found)
        reasons |= dict.fromkeys(found.errors, "refused")
        for index, reason in reasons.items():
            if reason is not None:
                self._add_own(row_of(index), index, reason, found)
        return found

    def _add_natively(self, shadow: Shadow, rows: Any, places: Sequence[int], found: Encoded) -> None:
        """Adds what the core makes of `rows`. What it refuses has its error there, to be replaced."""
        batch = shadow.template.encode_batch(rows, on_error="ignore", loss_scale_dtype="float64")
        protected = self._protected(shadow)
        if protected and (media := rows_that_hold(batch, protected)):
            # Few if any do: without those, once more.
            kept = [index for index in range(len(places)) if index not in media]
            rows = [rows[index] for index in kept] if isinstance(rows, list) else rows.take(kept)
            for index in media:
                found.errors[places[index]] = RowError("holds media", kind="media")
            places = [places[index] for index in kept]
            batch = shadow.template.encode_batch(rows, on_error="ignore", loss_scale_dtype="float64")
        self.counts.native += len(places)
        if not _EXACT.issuperset(batch.column_names) or shadow.template.task_type in _POOLED:
            self._add_one_by_one(shadow, rows, places, found)
            return
        for refused in batch.refused:
            found.errors[places[refused.row or 0]] = refused
        found.add_batch(batch._native, places)

    def _add_one_by_one(self, shadow: Shadow, rows: Any, places: Sequence[int], found: Encoded) -> None:
        """Adds what the core makes of each of `rows`, where columns would round numbers that rows have."""
        for row, place in zip(rows, places, strict=True):
            try:
                found.own[place] = self._finished(shadow.template._current().encode(row), row, True)
            except RowError as error:
                found.errors[place] = error

    def _add_own(self, row: Any, place: int, reason: str, found: Encoded) -> None:
        error = found.errors.pop(place, None)
        if isinstance(error, MaxLengthError) and self._shadow is not None:
            found.errors[place] = self._too_long(error, self._shadow)
            return
        if isinstance(error, RowError) and error.kind == "media":
            reason = "media"
        elif error is not None:
            self.counts.native -= 1
        try:
            given = self.hand_over(reason, row, return_length=True)
        except Exception as raised:
            found.errors[place] = raised
        else:
            found.own[place] = given if isinstance(given, list) else [given]

    def _finished(self, parts: list[dict[str, Any]], row: dict[str, Any], return_length: bool) -> list[dict[str, Any]]:
        """Rows with what ms-swift adds to them, in its order."""
        channel = row.get("channel")
        finished = []
        for part in parts:
            ids = part.get("input_ids")
            if return_length and ids is not None:
                part["length"] = [len(one) for one in ids] if ids and isinstance(ids[0], list) else len(ids)
            elif "length" in part:
                del part["length"]
            if channel is not None:
                part["channel"] = channel
            if return_length and not self.peer.is_version3:
                part["lengths"] = _lengths(part)
            if not self.original.remove_unused_columns:
                part["_extra_kwargs"] = copy.deepcopy(
                    {name: one for name, one in row.items() if name not in _FIELDS and not name.startswith(_SIDES)}
                )
            known = {name: part[name] for name in self._order if name in part}
            finished.append(known | part)
        return finished

    def _holds_media(self, parts: list[dict[str, Any]], shadow: Shadow) -> bool:
        """Whether a text holds what ms-swift takes for a medium, or would not cut away."""
        protected = self._protected(shadow)
        if not protected:
            return False
        for part in parts:
            for name, ids in part.items():
                if name.endswith("input_ids"):
                    several = ids if ids and isinstance(ids[0], list) else [ids]
                    if not all(protected.isdisjoint(one) for one in several):
                        return True
        return False

    def _protected(self, shadow: Shadow) -> frozenset[int]:
        """Ids that ms-swift has plans of its own for, wherever they come from."""
        if shadow.media_ids or shadow.template.truncation_strategy not in ("left", "right"):
            return shadow.media_ids
        return frozenset(self.original.placeholder_tokens)

    def _raise_if_too_long(self, error: SwiftcoreError, shadow: Shadow) -> None:
        if isinstance(error, MaxLengthError) and shadow.template.mode not in ("rlhf", "kto"):
            self.counts.native += 1
            raise self._too_long(error, shadow) from None

    def _too_long(self, error: RowError, shadow: Shadow) -> Exception:
        length = error.length if isinstance(error, MaxLengthError) else None
        limit = shadow.template.max_length
        return self.peer.max_length_error(f"Current length of row({length}) is larger than the max_length({limit}).")

    def _probed(self, shadow: Shadow) -> tuple[str, ...]:
        """The order of the keys of a row, where ms-swift and the shadow agree on some rows.

        Raises:
            Unknown: They do not.
        """
        order: tuple[str, ...] = ()
        template = shadow.template
        fields = _PROBE_FIELDS.get(template.task_type, {}) | _PROBE_FIELDS.get(template.mode, {})
        for probe in _PROBES:
            row = probe | fields
            theirs = self._theirs(row)
            try:
                ours = self._finished(shadow.template._current().encode(row), row, True)
            except SwiftcoreError:
                continue
            if theirs is None:
                continue
            if ours != theirs and not self._holds_media(ours, shadow):
                raise Unknown("probe", "ms-swift encodes a trial row in another way")
            order = max(order, tuple(theirs[0]), key=len)
        return order

    def _theirs(self, row: dict[str, Any]) -> list[dict[str, Any]] | None:
        try:
            given = self.peer.encode(self.original, row, return_length=True)
        except Exception:
            return None
        return given if isinstance(given, list) else [given]


def _lengths(part: dict[str, Any]) -> list[int]:
    found: list[int] = []
    for name, value in part.items():
        if name.endswith("length"):
            found += value if isinstance(value, list) else [value]
    return found
