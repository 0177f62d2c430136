"""Which template a model has: by its id or path, by what was saved with it, or by its architecture.

The order is ms-swift's. The template: the one asked for, that of `args.json`, that of the model's group, that of its
type. The type: the one asked for, that of the name, that of `args.json`, that of the model that an adapter belongs
to, that of `architectures` in `config.json`. Files are read; nothing is downloaded.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._files import read_json
from .._warn import MismatchWarning, warn
from ..errors import ArgumentError, ModelError
from .hub_ids import similar_ids
from .meta import ModelMeta
from .registry import MODEL_MAPPING, get_matched_model_meta, get_model_meta, get_model_name

__all__ = ["MatchedModel", "base_of", "match_model", "named_meta"]

# How many models may lead to one another: an adapter of a fine-tuned model of ...
_MAX_DEPTH = 8


@dataclass(frozen=True)
class MatchedModel:
    """What was found for a model.

    >>> match_model("Qwen/Qwen3-8B")
    MatchedModel(template_type='qwen3', model_type='qwen3', why="the name 'Qwen3-8B' is one of model type 'qwen3'")

    Attributes:
        template_type: Its template's name.
        model_type: Its type's name; None where the template was found without it.
        why: How both were found.
    """

    template_type: str
    model_type: str | None
    why: str


def match_model(
    model: str | os.PathLike[str], *, model_type: str | None = None, template_type: str | None = None
) -> MatchedModel:
    """The template of a model, and why it is that one.

    `model` is an id, or a folder: of a model, of a fine-tuned one, of an adapter, or of a hub's cache.

    >>> match_model("meta-llama/Llama-3.2-1B-Instruct").template_type
    'llama3_2'
    >>> match_model("Qwen/Qwen3-8B", template_type="chatml").why
    "template_type='chatml' was given"

    Raises:
        ArgumentError: None was found, or several: the message lists them, and the argument that settles it.
        ModelError: There is no such model type.
        DataError: A file of the folder is not JSON.
    """
    if not isinstance(model, str | os.PathLike):
        text = f"argument 'model': is {model!r}; give the id or the folder of a model"
        raise ArgumentError(text, argument="model")
    return _match(os.fspath(model), model_type, template_type, 0)


def _match(model: str, model_type: str | None, template_type: str | None, depth: int) -> MatchedModel:
    if model_type is not None:
        get_model_meta(model_type)
    if template_type is not None:
        return MatchedModel(template_type, model_type, f"template_type={template_type!r} was given")
    folder = Path(model) if os.path.isdir(model) else None
    saved = {} if folder is None else read_json(folder / "args.json")
    if (template := _name_in(saved, "template")) is not None:
        return MatchedModel(template, model_type, f"args.json in {model!r} names it")
    meta, why = named_meta(model, model_type, folder, saved)
    if meta is None:
        base = None if folder is None else base_of(folder, saved)
        if base is not None and depth < _MAX_DEPTH and base[0] != model:
            found = _match(base[0], None, None, depth + 1)
            return MatchedModel(found.template_type, found.model_type, f"{base[1]}, and {found.why}")
        meta, why = _by_architecture(model, folder)
    candidates = [meta.template] if meta.template is not None else meta.candidate_templates
    if len(candidates) != 1:
        raise _unsettled(model, f"{why}, which has {_several(candidates)}", "template_type", candidates)
    return MatchedModel(candidates[0], meta.model_type, why)


def named_meta(
    model: str, model_type: str | None, folder: Path | None, saved: dict[str, Any], *, warns: bool = True
) -> tuple[ModelMeta | None, str]:
    """Return the type that is asked for, that of the name, or that of `args.json`, and which of these it is.

    With `warns`, a name that contradicts the architecture in `config.json` is reported.
    """
    for name, is_link in _names_of(model, folder):
        named = get_matched_model_meta(name)
        if named is None or model_type not in (None, named.model_type):
            continue
        why = f"the name {get_model_name(name)!r} is one of model type {named.model_type!r}"
        contradiction = None if model_type is not None else _contradiction(named, folder)
        if contradiction is not None and warns:
            outcome = "the name of the link is ignored" if is_link else "the name decides"
            text = f"{model!r}: {why}, but {contradiction}; {outcome}. Pass model_type or template_type to choose"
            warn(text, MismatchWarning)
        if contradiction is None or not is_link:
            return named, why
    if model_type is not None:
        return get_model_meta(model_type), f"model_type={model_type!r} was given"
    known = _name_in(saved, "model_type")
    # Up to version 3 this was another set of names.
    if folder is None or known is None or not _is_version4(saved.get("swift_version")):
        return None, ""
    try:
        return get_model_meta(known), f"args.json in {model!r} names model type {known!r}"
    except ModelError as error:
        raise ModelError(f"{folder / 'args.json'}, model_type: {error}", model_type=known, field="model_type") from None


def _names_of(model: str, folder: Path | None) -> list[tuple[str, bool]]:
    """Return the names to look a model up by, and whether each is that of a link (or `.`) to a folder named otherwise.

    The name of the folder itself comes first.
    """
    if folder is None:
        return [(model, False)]
    real = os.path.realpath(model)
    return [(model, False)] if get_model_name(real) == get_model_name(model) else [(real, False), (model, True)]


def _contradiction(meta: ModelMeta, folder: Path | None) -> str | None:
    """Return what `config.json` says if its architecture is that of other types alone."""
    first = None if folder is None else _architecture(folder)
    if first is None or not meta.architectures or first in meta.architectures:
        return None
    others = [str(other.model_type) for other in MODEL_MAPPING.values() if first in other.architectures]
    if not others:
        return None
    listed = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
    return f"config.json names the architecture {first!r}, of model type{'s' if len(others) > 1 else ''} {listed}"


def _architecture(folder: Path) -> str | None:
    architectures = read_json(folder / "config.json").get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else None
    return first if isinstance(first, str) else None


def base_of(folder: Path, saved: dict[str, Any]) -> tuple[str, str] | None:
    """The model that the one in `folder` was made from, and which file says so."""
    for place in (folder, folder / "default"):
        if (base := _name_in(read_json(place / "adapter_config.json"), "base_model_name_or_path")) is not None:
            return base, f"adapter_config.json in {str(folder)!r} names the base model {base!r}"
    if (base := _name_in(saved, "model")) is not None:
        return base, f"args.json in {str(folder)!r} names the model {base!r}"
    return None


def _by_architecture(model: str, folder: Path | None) -> tuple[ModelMeta, str]:
    if folder is None:
        similar = " or ".join(map(repr, similar_ids(model)))
        hint = f" (did you mean {similar}?)" if similar else ""
        problem = f"no registered model has that name{hint}, and it is no folder here"
        raise _unsettled(model, problem, "template_type", [])
    first = _architecture(folder)
    if first is None:
        problem = "no registered model has that name, and no config.json in it names its architectures"
        raise _unsettled(model, problem, "template_type", [])
    metas = [meta for meta in MODEL_MAPPING.values() if first in meta.architectures]
    if not metas:
        problem = f"no registered model has that name or the architecture {first!r}"
        raise _unsettled(model, problem, "template_type", [])
    if len(metas) > 1:
        listed = ", ".join(f"{meta.model_type} ({_several(meta.candidate_templates)})" for meta in metas)
        problem = f"{len(metas)} model types have the architecture {first!r}: {listed}"
        raise _unsettled(model, problem, "model_type", [str(meta.model_type) for meta in metas])
    return metas[0], f"the architecture {first!r} is that of model type {metas[0].model_type!r}"


def _several(templates: list[str]) -> str:
    if not templates:
        return "no template"
    return f"the template{'s' if len(templates) > 1 else ''} {', '.join(templates)}"


def _unsettled(model: str, problem: str, argument: str, candidates: list[str]) -> ArgumentError:
    choices = " or ".join(f"{argument}={name!r}" for name in candidates)
    if argument == "model_type":
        choices += ", or template_type= with the name of one of these templates"
    if not candidates:
        choices = "the name of a registered template, such as template_type='qwen3' (`swiftcore templates` lists them)"
    reason = f"cannot be told from {model!r}: {problem}"
    return ArgumentError(
        f"argument '{argument}': is missing, and {reason}; give {choices}", argument=argument, reason=reason
    )


def _name_in(saved: dict[str, Any], key: str) -> str | None:
    value = saved.get(key)
    return value if isinstance(value, str) and value else None


def _is_version4(version: Any) -> bool:
    major = str(version).partition(".")[0]
    return major.isdigit() and int(major) >= 4
