"""What the registry knows of an id: its name on the other hub, the patterns of its group, and ids that are near."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ..model.meta import Model, ModelGroup, ModelMeta
from ..model.registry import MODEL_MAPPING, get_model_name, is_built_in
from .patterns import IGNORE_PATTERNS, Patterns, as_glob

__all__ = ["Known", "called", "find", "near", "patterns_of"]


class Known:
    """A registered model, its group and its type."""

    def __init__(self, meta: ModelMeta, group: ModelGroup, model: Model) -> None:
        self.meta = meta
        self.group = group
        self.model = model


def _all() -> Iterator[Known]:
    for meta in MODEL_MAPPING.values():
        for group in meta.model_groups:
            for model in group.models:
                yield Known(meta, group, model)


def find(model_id: str, *, hugging_face: bool) -> tuple[Known | None, str | None]:
    """The registered model of an id, and its id on a hub; None for what is not registered.

    An id that the hub has itself is that; else it is taken for one of the other hub.

    >>> find("modelscope/Llama-2-7b-ms", hugging_face=True)[1]
    'meta-llama/Llama-2-7b-hf'
    >>> find("Qwen/Qwen3-8B", hugging_face=False)[1], find("somebody/unknown", hugging_face=True)
    ('Qwen/Qwen3-8B', (None, None))
    """
    other: Known | None = None
    for known in _all():
        own, foreign = known.model.hf_model_id, known.model.ms_model_id
        if not hugging_face:
            own, foreign = foreign, own
        if own == model_id:
            return known, own
        if foreign == model_id and other is None:
            other = known
    if other is None:
        return None, None
    return other, other.model.hf_model_id if hugging_face else other.model.ms_model_id


def patterns_of(model_id: str, known: Known | None) -> Patterns:
    """What is left out of a model where nobody says: what its group says, else its type, else the default.

    >>> patterns_of("openai/gpt-oss-20b", find("openai/gpt-oss-20b", hugging_face=True)[0]).ignored
    ('metal/', 'original/')
    """
    if known is None:
        known = _alike(model_id)
    if known is None:
        return Patterns()
    for ignored in (known.group.ignore_patterns, known.meta.ignore_patterns):
        if ignored is None:
            continue
        if is_built_in(known.meta):  # what is odd about these is nothing that the caller could mend
            return Patterns(tuple(as_glob(pattern) or pattern for pattern in ignored))
        return Patterns(tuple(ignored), f"model type {known.meta.model_type!r}")
    return Patterns(IGNORE_PATTERNS)


def _alike(model_id: str) -> Known | None:
    """The first registered model whose id ends alike: it is matched by this name elsewhere too."""
    name = get_model_name(model_id).lower()
    for known in _all():
        if any(name == get_model_name(each).lower() for each in known.model.names):
            return known
    return None


def called(name: str) -> list[str]:
    """Registered ids that end with a name, on either hub; at most three.

    >>> called("qwen3-8b")
    ['Qwen/Qwen3-8B']
    """
    ids = [each for known in _all() for each in reversed(known.model.names)]
    return list(dict.fromkeys(each for each in ids if get_model_name(each).lower() == name.lower()))[:3]


def near(model_id: str, *, hugging_face: bool) -> list[str]:
    """Registered ids of a hub that are nearly this one.

    >>> near("Qwen/Qwen3-8b", hugging_face=True), near("Qwen/Qwen3-8BB", hugging_face=True)[0]
    (['Qwen/Qwen3-8B'], 'Qwen/Qwen3-8B')
    """
    ids = {}
    for known in _all():
        own = known.model.hf_model_id if hugging_face else known.model.ms_model_id
        if own is not None:
            ids[own.lower()] = own
    if (same := ids.get(model_id.lower(), model_id)) != model_id:
        return [same]
    found = difflib.get_close_matches(model_id.lower(), list(ids), n=3, cutoff=0.8)
    return [ids[each] for each in found if ids[each] != model_id]
