"""What encodes the rows of one template: the core where it does the same as ms-swift, and ms-swift elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from ..._warn import warn
from ...errors import MaxLengthError, RowError, SwiftcoreError
from .counts import Counts
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
    {"messages": _TALK},
    {"messages": [{"role": "system", "content": "Be brief."}, *_TALK]},
    {"messages": [*_TALK, {"role": "user", "content": "Good."}]},
    {"messages": _TALK[2:]},
]
_PROBE_FIELDS: dict[str, dict[str, Any]] = {
    "rlhf": {"rejected_response": "Go away."},
    "kto": {"label": True},
}

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
    """

    def __init__(self, original: Any, peer: Peer) -> None:
        self.original = original
        self.counts = Counts()
        self._peer = peer
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
            shadow = Shadow(original, self._peer)
            self._order = self._probed(shadow)
        except Unknown as unknown:
            self._unknown, self._refused_facts = unknown, copy.deepcopy(facts_of(original))
            name = original.template_meta.template_type
            warn(f"the rows of template {name!r} are encoded by ms-swift: {unknown}")
            return None
        self._shadow = shadow
        return shadow

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
        return self._peer.encode(self.original, inputs, return_template_inputs, return_length)

    def encode_rows(self, rows: Sequence[Any]) -> list[list[dict[str, Any]] | Exception]:
        """What becomes of each row with its lengths: the rows that it gives, or the exception that it raises."""
        shadow = self.shadow()
        reasons = ["template"] * len(rows) if shadow is None else [own_row(row, shadow) for row in rows]
        found: list[Any] = [None] * len(rows)
        if shadow is not None:
            self._encode_natively(shadow, rows, reasons, found)
        for index, given in enumerate(found):
            if given is None:
                found[index] = self._outcome(rows[index], reasons[index] or "refused")
        return found

    def _encode_natively(self, shadow: Shadow, rows: Sequence[Any], reasons: list[Any], found: list[Any]) -> None:
        places = [index for index, reason in enumerate(reasons) if reason is None]
        batch = shadow.template._current().encode_batch([rows[index] for index in places])
        for refused in batch.refused():
            if isinstance(refused, MaxLengthError) and refused.row is not None:
                found[places[refused.row]] = self._too_long(refused, shadow)
                self.counts.native += 1
        parts: dict[int, list[dict[str, Any]]] = {}
        for index, place in enumerate(memoryview(batch.values("row_index"))):
            parts.setdefault(places[place], []).append(batch.row(index))
        for place, several in parts.items():
            finished = self._finished(several, rows[place], True)
            if self._holds_media(finished, shadow):
                reasons[place] = "media"
                continue
            found[place] = finished
            self.counts.native += 1

    def _outcome(self, row: Any, reason: str) -> list[dict[str, Any]] | Exception:
        try:
            given = self.hand_over(reason, row, return_length=True)
        except Exception as error:
            return error
        return given if isinstance(given, list) else [given]

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
            if return_length:
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
        protected = shadow.media_ids or self._cut_ids(shadow)
        if not protected:
            return False
        for part in parts:
            for name, ids in part.items():
                if name.endswith("input_ids"):
                    several = ids if ids and isinstance(ids[0], list) else [ids]
                    if not all(protected.isdisjoint(one) for one in several):
                        return True
        return False

    def _cut_ids(self, shadow: Shadow) -> frozenset[int]:
        if shadow.template.truncation_strategy not in ("left", "right"):
            return frozenset()
        return frozenset(self.original.placeholder_tokens)

    def _raise_if_too_long(self, error: SwiftcoreError, shadow: Shadow) -> None:
        if isinstance(error, MaxLengthError) and shadow.template.mode not in ("rlhf", "kto"):
            self.counts.native += 1
            raise self._too_long(error, shadow) from None

    def _too_long(self, error: RowError, shadow: Shadow) -> Exception:
        length = error.detail.partition("encodes to ")[2].partition(" ")[0]
        limit = shadow.template.max_length
        return self._peer.max_length_error(f"Current length of row({length}) is larger than the max_length({limit}).")

    def _probed(self, shadow: Shadow) -> tuple[str, ...]:
        """The order of the keys of a row, where ms-swift and the shadow agree on some rows.

        Raises:
            Unknown: They do not.
        """
        order: tuple[str, ...] = ()
        fields: dict[str, Any] = _PROBE_FIELDS.get(shadow.template.mode, {})
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
            given = self._peer.encode(self.original, row, return_length=True)
        except Exception:
            return None
        return given if isinstance(given, list) else [given]


def _lengths(part: dict[str, Any]) -> list[int]:
    found: list[int] = []
    for name, value in part.items():
        if name.endswith("length"):
            found += value if isinstance(value, list) else [value]
    return found
