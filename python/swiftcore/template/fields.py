"""What `TemplateMeta` and its checks share: the fields, the class behind `template_cls`, errors about a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import TemplateError
from .pieces import Prompt, Word

__all__ = ["TemplateClass", "TemplateFields", "default_class", "refuse", "set_default_class", "show"]


class TemplateFields(Protocol):
    """The fields of a `TemplateMeta` that are checked."""

    template_type: str
    prefix: Prompt
    prompt: Prompt
    chat_sep: Prompt | None
    suffix: Prompt
    system_prefix: Prompt | None
    default_system: str | None
    stop_words: list[Word]
    rules: Any

    @property
    def system_prompt(self) -> Prompt | None:
        """The prompt of the last round, if it holds `{{SYSTEM}}`."""

    @property
    def is_post_system(self) -> bool:
        """Whether the system text is written into the last round."""

    @property
    def support_multi_round(self) -> bool:
        """Whether more than the last round is written."""


_default: list[Callable[[], type]] = []


def set_default_class(get: Callable[[], type]) -> None:
    """Set what returns the class of templates without a `template_cls`. It is called when one is first needed.

    The package does this once. The class itself imports this module, so it cannot be imported here.
    """
    _default[:] = [get]


def default_class() -> Any:
    """Return the class of templates without a `template_cls`.

    >>> default_class().__name__
    'Template'
    """
    return _default[0]()


class TemplateClass:
    """The field `template_cls`: reads as the default class where none was given."""

    if not TYPE_CHECKING:  # a type checker sees the annotation of the field

        def __get__(self, meta: Any, owner: type) -> type | None:
            if meta is None:  # what `dataclass` takes for the field's default
                return None
            given = meta.__dict__["template_cls"]
            return default_class() if given is None else given

        def __set__(self, meta: Any, value: type | None) -> None:
            meta.__dict__["template_cls"] = value


def refuse(meta: TemplateFields, where: str, problem: str) -> TemplateError:
    """Return the error about a field, or about an item (`prefix[0]`), for the caller to raise."""
    name = meta.template_type if isinstance(meta.template_type, str) else None
    text = f"template {show(meta.template_type)}, {where}: {problem}"
    return TemplateError(text, template_type=name, field=where.partition("[")[0])


def show(value: object) -> str:
    """Return the `repr` of a value, shortened to 60 characters.

    >>> show("x" * 100)[-5:]
    'xx...'
    """
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
