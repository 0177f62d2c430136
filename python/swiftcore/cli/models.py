"""`swiftcore models`: the registered models, one type of them, or which template a model has and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .checks import check_model_type, check_template_name
from .errors import Usage, reported
from .options import ModelOptions, expand, option

if TYPE_CHECKING:
    from ..model.meta import ModelMeta

__all__ = ["models"]


@expand(ModelOptions)
def models(
    options: ModelOptions,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A type: show it and its models. Or a model's id or folder: say which template it has, and why.",
            show_default=False,
        ),
    ] = None,
    filter: Annotated[
        str | None,
        option("--filter", metavar="TEXT", help="List types that have TEXT in their name, an id or an architecture."),
    ] = None,
    ids: Annotated[bool, option("--ids", help="List the ids of models, one a line.")] = False,
    names: Annotated[bool, option("--names", help="List one type a line, as where there is no terminal.")] = False,
) -> None:
    """Lists the models that are known, shows a type of them, or says which template a model has.

    With --template, lists those that have that template.

    Exit codes: 0 done, 1 error, 2 usage.
    """
    with reported():
        if name is not None and options.model is not None:
            raise Usage("the model is given twice; leave out --model, or the name before it")
        wanted = name or options.model
        listing = filter is not None or ids or names
        if listing and wanted is not None:
            raise Usage("--filter, --ids and --names are for the list; leave them out, or leave out the model's name")
        if wanted is None and (options.model_type is None or listing):
            _list(filter, options, ids, names)
        elif wanted is None or (_is_type(wanted) and options.model_type is None and options.template_type is None):
            _show(str(wanted or options.model_type))
        else:
            _match(wanted, options)


def _is_type(name: str) -> bool:
    from ..model.registry import MODEL_MAPPING

    return name in MODEL_MAPPING


def _list(filter: str | None, options: ModelOptions, ids: bool, names: bool) -> None:
    from ..model.registry import MODEL_MAPPING, get_model_meta

    check_model_type(options.model_type)
    if options.template_type is not None:
        check_template_name(options.template_type)
    metas = [get_model_meta(options.model_type)] if options.model_type is not None else list(MODEL_MAPPING.values())
    found = [meta for meta in metas if _is_wanted(meta, (filter or "").lower(), options.template_type)]
    if not found:
        raise Usage("no model is left; `swiftcore models` lists all, --filter and --template choose among them")
    if ids:
        known = (_ids(meta, (filter or "").lower(), options.template_type) for meta in found)
        print("\n".join(dict.fromkeys(id for group in known for id in group)))
    elif names or not sys.stdout.isatty():
        print("\n".join(str(meta.model_type) for meta in found))
    else:
        _table(found)


def _is_wanted(meta: ModelMeta, text: str, template: str | None) -> bool:
    if template is not None and template not in meta.candidate_templates:
        return False
    texts = [str(meta.model_type), *meta.architectures]
    texts += [name for group in meta.model_groups for model in group.models for name in model.names]
    return any(text in each.lower() for each in texts)


def _ids(meta: ModelMeta, text: str, template: str | None) -> list[str]:
    """The ids of its models, those that hold `text` where any does."""
    groups = [group for group in meta.model_groups if template in (None, group.template or meta.template)]
    known = [model.names[0] for group in groups for model in group.models]
    return [name for name in known if text in name.lower()] or known


def _table(metas: list[ModelMeta]) -> None:
    from rich.table import Table

    from .console import standard_output

    table = Table("model type", "templates", "models", "architectures", "tags", header_style="bold", box=None)
    for meta in metas:
        count = sum(len(group.models) for group in meta.model_groups)
        templates, architectures = ", ".join(meta.candidate_templates), ", ".join(meta.architectures)
        table.add_row(str(meta.model_type), templates or "-", str(count), architectures or "-", ", ".join(meta.tags))
    console = standard_output()
    console.print(table)
    console.print(
        f"{len(metas)} types; `swiftcore models TYPE` shows one, `swiftcore models ID` finds a model's template",
        style="dim",
        highlight=False,
    )


def _show(model_type: str) -> None:
    import dataclasses

    from ..model.registry import get_model_meta

    check_model_type(model_type)
    meta = get_model_meta(model_type)
    for field in dataclasses.fields(meta):
        value = getattr(meta, field.name)
        if field.name == "model_arch" and value is not None:
            value = value.arch_name
        if field.name != "model_groups" and value not in (None, [], False):
            print(f"{field.name} = {value!r}")
    for group in meta.model_groups:
        print()
        for name in ("template", "ignore_patterns", "requires", "tags"):
            if value := getattr(group, name):
                print(f"{name} = {value!r}")
        for model in group.models:
            print(f"  {'  '.join(model.names)}")


def _match(model: str, options: ModelOptions) -> None:
    from ..template.get import match_folder

    check_model_type(options.model_type)
    found = match_folder(model, options.model_type, options.template_type)
    check_template_name(found.template_type)
    print(f"model = {model!r}")
    if found.model_type is not None:
        print(f"model_type = {found.model_type!r}")
    print(f"template = {found.template_type!r}")
    print(f"({found.why})")
