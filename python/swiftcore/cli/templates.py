"""`swiftcore templates`: the registered templates, and one of them with an example."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import RowError, TemplateError
from .checks import check_model_type, check_template_name
from .errors import Usage, note, reported
from .options import TemplateOptions, expand, option

if TYPE_CHECKING:
    from ..template.meta import TemplateMeta

__all__ = ["templates"]

_SYSTEM = {"role": "system", "content": "You answer in one sentence."}
_TALK = [
    {"role": "user", "content": "Which planet is the largest?"},
    {"role": "assistant", "content": "Jupiter is the largest planet of the solar system."},
    {"role": "user", "content": "And the smallest?"},
    {"role": "assistant", "content": "Mercury is the smallest."},
]


@expand(TemplateOptions)
def templates(
    options: TemplateOptions,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Show this one: its fields, and an example.", show_default=False),
    ] = None,
    filter: Annotated[str | None, option("--filter", metavar="TEXT", help="List those whose name holds TEXT.")] = None,
    names: Annotated[bool, option("--names", help="List one name a line, as where there is no terminal.")] = False,
) -> None:
    """Lists the templates, or shows one with an example: trained text apart from the rest.

    Exit codes: 0 done, 1 error, 2 usage.
    """
    with reported():
        if name is not None and options.template_type is not None:
            raise Usage("the template is given twice; leave out --template, or the name before it")
        name = name or options.template_type
        if name is None and (options.model is not None or options.model_type is not None):
            name = _of_model(options)
        if name is None:
            _list(filter, names)
        elif filter is not None or names:
            raise Usage("--filter and --names are for the list; leave them out, or leave out the name of a template")
        else:
            _show(name, options)


def _of_model(options: TemplateOptions) -> str:
    """The name of the template of the model that was asked for. Says why it is that one."""
    from ..template.get import match_folder

    check_model_type(options.model_type)
    found = match_folder(options.model or "", options.model_type)
    note(f"template: {found.template_type!r}, as {found.why}")
    return found.template_type


def _list(filter: str | None, names: bool) -> None:
    from ..template.registry import TEMPLATE_MAPPING

    wanted = (filter or "").lower()
    found = sorted(name for name in TEMPLATE_MAPPING if wanted in name.lower())
    if not found:
        raise Usage(f"--filter: no template has {filter!r} in its name; `swiftcore templates` lists all")
    if names or not sys.stdout.isatty():
        print("\n".join(found))
        return
    from rich.table import Table

    from .console import standard_output

    table = Table("template", "system", "multi-round", "thinking", "tools", header_style="bold", box=None)
    for name in found:
        table.add_row(name, *_facts(TEMPLATE_MAPPING[name]))
    console = standard_output()
    console.print(table)
    console.print(f"{len(found)} templates; `swiftcore templates NAME` shows one", style="dim", highlight=False)


def _facts(meta: TemplateMeta) -> tuple[str, ...]:
    system = "-" if not meta.support_system else "yes" if meta.default_system is None else "yes, has a default"
    return (
        system,
        "yes" if meta.support_multi_round else "-",
        "yes" if meta.is_thinking else "-",
        meta.default_agent_template or "-",
    )


def _show(name: str, options: TemplateOptions) -> None:
    from ..template.registry import get_template_meta

    check_template_name(name)
    meta = get_template_meta(name)
    for field, value in _fields(meta):
        print(f"{field} = {value!r}")
    print()
    try:
        template = options.make(name)
    except TemplateError as error:
        if options.tokenizer is not None or options.model is not None:
            raise
        note(f"no example: {error}; give its own with --tokenizer")
        return
    system = template.template_meta.support_system
    messages = [_SYSTEM, *_TALK] if system else _TALK
    try:
        encoded = template.encode({"messages": messages})
    except RowError as error:
        if error.kind != "unsupported":
            raise
        note(f"no example: {error}")
        return

    from .console import standard_output
    from .show import show_rows

    rows = encoded if isinstance(encoded, list) else [encoded]
    show_rows(standard_output(), template, [(f"{name}, mode {template.mode}", row) for row in rows])
    if not system:
        print("(this template has no place for a system text)")
    if not template.template_meta.support_multi_round:
        print("(of several rounds it writes the last)")


def _fields(meta: TemplateMeta) -> list[tuple[str, Any]]:
    """The fields as they were given, in order; `template_cls` where it is a class of its own."""
    found = []
    for field in dataclasses.fields(meta):
        if field.name == "template_cls":
            value = meta.__dict__.get("template_cls")
            if value is None:
                continue
        else:
            value = getattr(meta, field.name)
        found.append((field.name, value))
    return found
