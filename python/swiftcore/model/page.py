"""The page of supported models and templates, as Markdown, from the registries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from ..template.meta import TemplateMeta
from ..template.registry import TEMPLATE_MAPPING, get_template_meta
from .matching import match_model
from .meta import Model, ModelGroup, ModelMeta
from .registry import MODEL_MAPPING, get_model_meta

__all__ = ["supported_models"]

_INTRODUCTION = """\
# Supported models and templates

Written by `swiftcore docs` from the registries; do not edit it by hand.

A model's template is found by what its id or path ends with (`Qwen/Qwen3-8B`, `/data/qwen3-8b`, a hub's cache
folder), by the `args.json` or the `adapter_config.json` in its folder, or by the `architectures` of its `config.json`.
`swiftcore models ID` says which template a model has, and why; `template_type=` and `model_type=` override.

"""


def supported_models(
    model: str | os.PathLike[str] | None = None, model_type: str | None = None, template_type: str | None = None
) -> str:
    """The page: of everything, or only of the type of a model, of a type, or of a template.

    >>> page = supported_models(model_type="longchat")
    >>> page.splitlines()[-1]
    '| meituan-longcat/LongCat-Flash-Chat-FP8 | meituan-longcat/LongCat-Flash-Chat-FP8 | `longchat` | ... | - |'

    Raises:
        ModelError: There is no such type.
        TemplateError: There is no such template.
    """
    if template_type is not None:
        get_template_meta(template_type)
    if model is not None and model_type is None:
        model_type = match_model(model).model_type
    metas = list(MODEL_MAPPING.values()) if model_type is None else [get_model_meta(model_type)]
    if template_type is not None:
        metas = [meta for meta in metas if template_type in meta.candidate_templates]
    names = (
        set(TEMPLATE_MAPPING) if model_type is None else {name for meta in metas for name in meta.candidate_templates}
    )
    if template_type is not None:
        names = {template_type}
    templates = [TEMPLATE_MAPPING[name] for name in sorted(names & set(TEMPLATE_MAPPING))]
    return _INTRODUCTION + "\n".join([*_template_part(templates), *_model_part(metas, template_type)]) + "\n"


def _template_part(templates: list[TemplateMeta]) -> Iterator[str]:
    yield f"## {len(templates):,} templates"
    yield ""
    yield "| template | system text | rounds | thinking | tools | media |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for meta in templates:
        system = "-" if not meta.support_system else "yes" if meta.default_system is None else "yes, has a default"
        rounds = "many" if meta.support_multi_round else "the last"
        thinking = "-" if not meta.is_thinking else "or not" if meta.non_thinking_prefix else "always"
        media = "yes" if meta.is_multimodal else "-"
        yield f"| `{meta.template_type}` | {system} | {rounds} | {thinking} | {meta.agent_template or '-'} | {media} |"
    yield ""


def _model_part(metas: list[ModelMeta], template_type: str | None) -> Iterator[str]:
    chosen = [(meta, list(_rows(meta, template_type))) for meta in metas]
    yield f"## {sum(len(rows) for _, rows in chosen):,} models of {len(chosen):,} types"
    for meta, rows in chosen:
        yield ""
        yield f"### {meta.model_type}"
        yield ""
        yield "; ".join(_facts(meta)) or "-"
        yield ""
        if rows:
            yield "| ModelScope | Hugging Face | template | needs | tags |"
            yield "| --- | --- | --- | --- | --- |"
            yield from rows


def _facts(meta: ModelMeta) -> Iterator[str]:
    if meta.architectures:
        yield f"architectures {_code(meta.architectures)}"
    if meta.model_arch is not None:
        yield f"modules `{meta.model_arch if isinstance(meta.model_arch, str) else meta.model_arch.arch_name}`"
    if meta.task_type is not None:
        yield f"task `{meta.task_type}`"
    if meta.is_reward:
        yield "gives a reward"
    if meta.is_multimodal:
        yield "takes media"


def _rows(meta: ModelMeta, template_type: str | None) -> Iterator[str]:
    for group in meta.model_groups:
        template = group.template or meta.template
        if template_type is None or template == template_type:
            for model in group.models:
                yield _row(meta, group, model, template)


def _row(meta: ModelMeta, group: ModelGroup, model: Model, template: str | None) -> str:
    needs = _code(group.requires or meta.requires)
    tags = ", ".join(group.tags or meta.tags) or "-"
    first = model.ms_model_id or (os.fspath(model.model_path) if model.model_path is not None else "-")
    return f"| {first} | {model.hf_model_id or '-'} | {_code([template] if template else [])} | {needs} | {tags} |"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"
