"""From texts and ids with weights to an encoded row, in Python: for templates whose `_tokenize` is their own.

All others are assembled natively. The rules are those of encoding.md 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .inputs import refuse_row

if TYPE_CHECKING:
    from .template import Template

__all__ = ["assemble", "label_terminators"]

_IGNORED = -100


def assemble(template: Any, contexts: Iterable[tuple[Any, float]]) -> dict[str, Any]:
    """Ids, labels and weights of `contexts`, the texts made ids by the template's `_tokenize`.

    Raises:
        RowError: Nothing is left of the row.
    """
    ids: list[int] = []
    labels: list[int] = []
    weights: list[float] = []
    for context, weight in contexts:
        added = tokens_of(template, context)
        ids += added
        labels += added if weight > 0 else [_IGNORED] * len(added)
        weights += [weight] * len(added)
    if not ids:
        raise refuse_row("empty", "encodes to no token at all; give it some text")
    suffix = [one for piece in suffix_of(template) for one in tokens_of(template, piece)]
    label_terminators(ids, labels, weights, suffix)
    labels[0], weights[0] = _IGNORED, 0.0
    options = template._options(template.mode)
    return {
        "input_ids": ids,
        "labels": labels if options.training else None,
        "loss_scale": weights if options.gives_loss_scale else None,
    }


def tokens_of(template: Any, context: Any) -> list[int]:
    """The ids of a text, as the template has them; ids as they are."""
    if not isinstance(context, str):
        return list(context)
    ids = template._tokenize(context)
    ids = ids.tolist() if hasattr(ids, "tolist") else ids
    if not isinstance(ids, list | tuple) or not all(isinstance(one, int) for one in ids):
        raise refuse_row("hook", f"_tokenize gave {ids!r}; return a list of token ids")
    return list(ids)


def suffix_of(template: Template) -> list[Any]:
    """The pieces of the suffix, names of token ids looked up."""
    names = template.tokenizer
    pieces = template.template_meta.suffix
    return [
        one if isinstance(one, str) else [getattr(names, name) if isinstance(name, str) else name for name in one]
        for one in pieces
    ]


def label_terminators(ids: list[int], labels: list[int], weights: list[float], suffix: list[int]) -> None:
    """Labels, in place, each unlabelled run behind a labelled one that begins with the ids of the suffix.

    >>> labels = [-100, 7, -100, -100, 8]
    >>> label_terminators([5, 7, 1, 5, 8], labels, [0.0, 1.0, 0.0, 0.0, 1.0], [1])
    >>> labels
    [-100, 7, 1, -100, 8]
    """
    size = len(suffix)
    start = 0
    for at in range(1, len(labels) + 1):
        unlabelled = labels[at - 1] == _IGNORED
        if labels[at - 1] >= 0 and at < len(labels) and labels[at] == _IGNORED:
            start = at
        elif start and unlabelled and (at == len(labels) or labels[at] >= 0):
            whole = slice(start, start + size)
            if at - start >= size and ids[whole] == suffix:
                labels[whole] = suffix
                if not any(weights[whole]):
                    weights[whole] = [1.0] * size
