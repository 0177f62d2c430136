"""The registry of dialogue templates: a name, and the `TemplateMeta` behind it.

`TEMPLATE_MAPPING` holds every registered template by its name. The built-in ones are read when somebody first
looks, so that importing swiftcore stays cheap.

>>> TEMPLATE_MAPPING["qwen2_5"].default_system
'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.'
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterable
from types import ModuleType

from .._lazy import LOCK, LazyMapping
from .._near import did_you_mean
from ..errors import TemplateError
from .agents import agent_template_names
from .check import check
from .meta import TemplateMeta

__all__ = ["TEMPLATE_MAPPING", "TemplateMapping", "get_template_meta", "register_template"]

# Where each template was registered: the meta, to tell whether it is still that one, and "file:line".
_PLACES: dict[str, tuple[TemplateMeta, str]] = {}


class TemplateMapping(LazyMapping[TemplateMeta]):
    """A dict of templates by their names that fills itself when it is first used.

    >>> mapping = TemplateMapping(lambda: [TemplateMeta("mine", [], ["{{QUERY}}"], None)])
    >>> list(mapping)
    ['mine']
    """

    __slots__ = ()

    def __init__(self, load: Callable[[], Iterable[TemplateMeta]] | None = None) -> None:
        super().__init__(None if load is None else lambda: {meta.template_type: meta for meta in load()})


def _families() -> tuple[ModuleType, ...]:
    from .. import families

    return families.FAMILIES


def _built_in() -> list[TemplateMeta]:
    from ..families.media import MEDIA

    templates = [meta for family in _families() for meta in _templates(family)]
    for meta in templates:
        meta.media = MEDIA.get(meta.template_type, meta.media)
    return templates


def _templates(family: ModuleType) -> tuple[TemplateMeta, ...]:
    templates: tuple[TemplateMeta, ...] = family.TEMPLATES + getattr(family, "MULTIMODAL", ())
    return templates


TEMPLATE_MAPPING: TemplateMapping = TemplateMapping(_built_in)


def register_template(template_meta: TemplateMeta, *, exist_ok: bool = False) -> None:
    """Make a template known under its `template_type`.

    `exist_ok=True` replaces a template of that name, built-in ones included.

    >>> register_template(TemplateMeta("doc_mine", ["<s>"], ["<user>{{QUERY}}<bot>"], ["</s>"], ["</s>"]))
    >>> get_template_meta("doc_mine").suffix
    ['</s>']
    >>> _ = TEMPLATE_MAPPING.pop("doc_mine")

    Raises:
        TemplateError: A field of the template is wrong, its agent format is not registered, or the name is taken:
            the message says where.
    """
    if not isinstance(template_meta, TemplateMeta):
        raise TemplateError(f"register_template takes a TemplateMeta, got {template_meta!r}")
    check(template_meta)
    _check_agent(template_meta)
    caller = sys._getframe(1)
    place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    name = template_meta.template_type
    TEMPLATE_MAPPING._fill()
    with LOCK:
        first = TEMPLATE_MAPPING.get(name)
        if first is not None and not exist_ok:
            raise TemplateError(
                f"template {name!r} is registered already, {_place(name, first)}; choose another "
                "template_type, or pass exist_ok=True to replace it",
                template_type=name,
                field="template_type",
            )
        TEMPLATE_MAPPING[name] = template_meta
        _PLACES[name] = (template_meta, place)


def _check_agent(meta: TemplateMeta) -> None:
    """Raise TemplateError if a template names an agent format that is not registered."""
    name = meta.agent_template
    names = agent_template_names()
    if name is None or name in names:
        return
    hint = did_you_mean(name, names)
    raise TemplateError(
        f"template {meta.template_type!r}, agent_template: no agent format {name!r}; {hint}{' ' if hint else ''}"
        "register_agent_template adds one: call it before register_template",
        template_type=meta.template_type,
        field="agent_template",
    )


def get_template_meta(template_type: str) -> TemplateMeta:
    """The template registered as `template_type`.

    >>> get_template_meta("qwen3").is_thinking
    True

    Raises:
        TemplateError: There is none of that name: the message names the nearest.
    """
    if not isinstance(template_type, str):
        raise TemplateError(f"a template is looked up by its name, a string; got {template_type!r}")
    meta = TEMPLATE_MAPPING.get(template_type)
    if meta is None:
        names = list(TEMPLATE_MAPPING)
        hint = did_you_mean(template_type, names)
        advice = f"{hint} " if hint else ""
        raise TemplateError(
            f"no template {template_type!r}; {advice}list(TEMPLATE_MAPPING) names all {len(names)}, "
            "register_template adds one",
            template_type=template_type,
            field="template_type",
        )
    return meta


def _place(name: str, meta: TemplateMeta) -> str:
    registered, place = _PLACES.get(name, (None, ""))
    if registered is meta:
        return f"at {place}"
    for family in _families():
        if any(meta is built_in for built_in in _templates(family)):
            return f"built in at {family.__file__}:{_line_of(name, family)}"
    return "put into TEMPLATE_MAPPING directly"


def _line_of(name: str, family: ModuleType) -> int:
    # Only an error message wants this, so that it is looked up in the source then.
    lines = linecache.getlines(family.__file__ or "")
    for number, line in enumerate(lines, start=1):
        if line.strip().startswith(f'"{name}",') or f'TemplateMeta("{name}"' in line:
            return number
    return 1
