"""Map the ids of registered models between hubs, and suggest ids that are similar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .._near import nearest
from ..hub.patterns import IGNORE_PATTERNS, FilePatterns
from .meta import Model, ModelGroup, ModelMeta
from .registry import MODEL_MAPPING, get_model_name, is_built_in

__all__ = ["RegisteredModel", "ids_named", "registered_patterns", "resolve_id", "similar_ids", "suggest_ids"]

# ms-swift writes these patterns of built-in models as regular expressions.
_GLOBS = {r".+\.bin$": "*.bin"}


class RegisteredModel(NamedTuple):
    """A registered model, with its group and its type."""

    meta: ModelMeta
    group: ModelGroup
    model: Model

    def id_on(self, *, hugging_face: bool) -> str | None:
        """Return the id on a hub, or None if the model is not there."""
        return self.model.hf_model_id if hugging_face else self.model.ms_model_id


def _registered() -> Iterator[RegisteredModel]:
    for meta in MODEL_MAPPING.values():
        for group in meta.model_groups:
            for model in group.models:
                yield RegisteredModel(meta, group, model)


def resolve_id(model_id: str, *, hugging_face: bool) -> tuple[RegisteredModel | None, str | None]:
    """Return the registered model that has an id, and its id on a hub; None for what is not registered.

    An id that the hub has is returned as it is. Otherwise it is looked up among the ids of the other hub.

    >>> resolve_id("modelscope/Llama-2-7b-ms", hugging_face=True)[1]
    'meta-llama/Llama-2-7b-hf'
    >>> resolve_id("Qwen/Qwen3-8B", hugging_face=False)[1], resolve_id("somebody/unknown", hugging_face=True)
    ('Qwen/Qwen3-8B', (None, None))
    """
    other: RegisteredModel | None = None
    for known in _registered():
        if known.id_on(hugging_face=hugging_face) == model_id:
            return known, model_id
        if other is None and known.id_on(hugging_face=not hugging_face) == model_id:
            other = known
    return other, None if other is None else other.id_on(hugging_face=hugging_face)


def registered_patterns(model_id: str, known: RegisteredModel | None) -> FilePatterns:
    """Return the patterns that the group of a model ignores, else those of its type, else the default.

    >>> registered_patterns("openai/gpt-oss-20b", resolve_id("openai/gpt-oss-20b", hugging_face=True)[0]).ignore
    ('metal/', 'original/')
    """
    known = known or _with_name(model_id)
    for ignore in () if known is None else (known.group.ignore_patterns, known.meta.ignore_patterns):
        if ignore is not None and known is not None:
            if is_built_in(known.meta):
                return FilePatterns(tuple(_GLOBS.get(pattern, pattern) for pattern in ignore))
            return FilePatterns(tuple(ignore), source=f"model type {known.meta.model_type!r}")
    return FilePatterns(IGNORE_PATTERNS)


def _with_name(model_id: str) -> RegisteredModel | None:
    """Return the first registered model with the same name, whatever the organisation."""
    name = get_model_name(model_id).lower()
    for known in _registered():
        if any(name == get_model_name(each).lower() for each in known.model.names):
            return known
    return None


def ids_named(name: str) -> list[str]:
    """Return at most three registered ids, of either hub, that end with a name.

    >>> ids_named("qwen3-8b")
    ['Qwen/Qwen3-8B']
    """
    ids = [each for known in _registered() for each in reversed(known.model.names)]
    return list(dict.fromkeys(each for each in ids if get_model_name(each).lower() == name.lower()))[:3]


def similar_ids(name: str) -> list[str]:
    """Return at most three registered ids whose names are similar to a name, whatever the organisation.

    >>> similar_ids("meta-llama/Llama-3.1-8B-Instruct")[0]
    'meta-llama/Meta-Llama-3.1-8B-Instruct'
    """
    ids = {get_model_name(each): each for known in _registered() for each in known.model.names}
    wanted = get_model_name(name).lower()
    # Names that only lack a prefix, such as `Meta-`, are nearer than those of other sizes.
    ends = [each for each in ids if wanted and each.lower().endswith(wanted)]
    return [ids[each] for each in dict.fromkeys((*ends, *nearest(wanted, ids, cutoff=0.8)))][:3]


def suggest_ids(model_id: str, *, hugging_face: bool) -> list[str]:
    """Return registered ids of a hub that are similar to an unknown one.

    >>> suggest_ids("Qwen/Qwen3-8b", hugging_face=True), suggest_ids("Qwen/Qwen3-8BB", hugging_face=True)[0]
    (['Qwen/Qwen3-8B'], 'Qwen/Qwen3-8B')
    """
    known = (each.id_on(hugging_face=hugging_face) for each in _registered())
    ids = {each.lower(): each for each in known if each is not None}
    if (same := ids.get(model_id.lower(), model_id)) != model_id:
        return [same]
    similar = nearest(model_id, ids.values(), cutoff=0.8)
    return [each for each in similar if each != model_id] or ids_named(model_id)
