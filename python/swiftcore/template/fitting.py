"""Find the registered template that writes what a tokenizer's chat template writes, by rendering probes with both."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import read_json
from .._require import require
from ..errors import ArgumentError, SwiftcoreError
from ..model.matching import match_model
from ..model.registry import MODEL_MAPPING, get_model_meta
from ..model.source import source_of
from ..tokenizer import Tokenizer, load_processor
from .registry import TEMPLATE_MAPPING, get_template_meta

if TYPE_CHECKING:
    from .template import Template

__all__ = ["fitting_template", "template_of_folder"]

_ASKED = [{"role": "user", "content": "Hi"}]
_TALK = [*_ASKED, {"role": "assistant", "content": "Hello!"}]
_SYSTEM = {"role": "system", "content": "Be brief."}
_TOOL = {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {}}}
# What both write: a row, and whether its answer is still to come. The tools come last.
_PROBES: list[tuple[dict[str, Any], bool]] = [
    ({"messages": _ASKED}, True),
    ({"messages": [*_TALK, *_ASKED]}, True),
    ({"messages": [_SYSTEM, *_ASKED]}, True),
    ({"messages": _TALK}, False),
    ({"messages": [_SYSTEM, *_TALK]}, False),
    ({"messages": [_SYSTEM, *_ASKED], "tools": [{"type": "function", "function": _TOOL}]}, True),
]
# In what two may differ at their ends: how thinking begins, and the line break behind the last turn.
_END = re.compile(r"\s*(<think>\s*)?(</think>\s*)?")


def fitting_template(tokenizer: Any, loaded: Tokenizer) -> str:
    """Return the name of the template that fits: by the name or the folder of the model, else by its chat template.

    Raises:
        ArgumentError: None fits, or several do; the message says which argument settles it.
        ImportError: The chat template is needed, and Jinja is not installed.
    """
    source = source_of(tokenizer)
    problem = "cannot be told from the tokenizer, which has no name and no folder"
    if source is not None:
        try:
            return match_model(source).template_type
        except ArgumentError as error:
            problem = error.reason or str(error)
    wanted = _written(tokenizer, loaded)
    if not any(wanted):
        raise _unsettled(f"{problem}; and it has no chat template to go by", [])
    known = _of_architecture(source)
    ranks = (known and _ranked(loaded, wanted, known)) or _ranked(loaded, wanted, TEMPLATE_MAPPING)
    fitting = _best(ranks)
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise _unsettled(f"{problem}; and no registered template writes what its chat template writes", [])
    raise _unsettled(f"{problem}; and several write what its chat template writes: {', '.join(fitting)}", fitting)


def template_of_folder(folder: str, model_type: str | None = None) -> str | None:
    """Return the name of the template that writes what the chat template of a folder writes; None if none is found.

    Only templates of a model type are tried, or of all models of the folder's architecture.
    """
    if find_spec("transformers") is None or find_spec("jinja2") is None:
        return None
    from ..tokenizer.folder import auto_tokenizer

    known = _of_architecture(folder) if model_type is None else get_model_meta(model_type).candidate_templates
    try:
        tokenizer = auto_tokenizer(Path(folder)) if known else None
        if not getattr(tokenizer, "chat_template", None):
            return None
        loaded = load_processor(tokenizer).tokenizer
    except SwiftcoreError:
        return None
    fitting = _best(_ranked(loaded, _written(tokenizer, loaded), known))
    return fitting[0] if len(fitting) == 1 else None


def _written(tokenizer: Any, loaded: Tokenizer) -> list[list[int] | None]:
    """What the chat template makes of each probe; None where it refuses it, or there is none."""
    if not getattr(tokenizer, "chat_template", None):
        return []
    require("jinja2", "telling the template by what the tokenizer's chat template writes", [("3.1", "4")])
    written: list[list[int] | None] = []
    for row, is_open in _PROBES:
        if "tools" in row and "tools" not in str(tokenizer.chat_template):
            written.append(None)
            continue
        try:
            text = tokenizer.apply_chat_template(
                row["messages"], tools=row.get("tools"), tokenize=False, add_generation_prompt=is_open
            )
        except Exception:  # whatever Jinja raises: the template takes no such conversation
            written.append(None)
        else:
            written.append(loaded.encode(text))
    return written


def _ranked(loaded: Tokenizer, wanted: list[list[int] | None], names: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """Return those of some templates that fit, and how well."""
    ranks: dict[str, tuple[Any, ...]] = {}
    for name in names:
        meta = get_template_meta(name)
        equal = _equal(name, loaded, wanted)
        if equal is not None:
            # Of those that write the same, the one that says no more than that.
            plain = [not meta.is_multimodal, wanted[-1] is not None or meta.agent_template is None, not meta.rules]
            ranks[name] = (equal, *plain)
    return ranks


def _equal(name: str, loaded: Tokenizer, wanted: list[list[int] | None]) -> int | None:
    """How many probes a template writes alike: to the end, or with tools but for the end. None where one differs."""
    count = 0
    try:
        templates: dict[bool, Template] = {
            is_open: get_template_meta(name).template_cls(loaded, get_template_meta(name), mode=mode)
            for is_open, mode in ((True, "transformers"), (False, "train"))
        }
        for (row, is_open), ids in zip(_PROBES, wanted, strict=True):
            if ids is None:
                continue
            made = templates[is_open].encode(row)["input_ids"]
            length = min(len(made), len(ids))
            alike = made[:length] == ids[:length] and _END.fullmatch(loaded.decode(made[length:] or ids[length:]))
            if "tools" not in row and not alike:
                return None
            count += bool(alike) if "tools" in row else made == ids
    except SwiftcoreError:
        return None
    return count


def _of_architecture(source: str | None) -> list[str]:
    """Return the templates of all models of the architecture of a folder."""
    if source is None or not os.path.isdir(source):
        return []
    architectures = read_json(Path(source) / "config.json").get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else None
    metas = [meta for meta in MODEL_MAPPING.values() if first in meta.architectures]
    names = [name for meta in metas for name in (meta.template, *meta.candidate_templates)]
    return [name for name in dict.fromkeys(filter(None, names)) if name in TEMPLATE_MAPPING]


def _best(ranks: dict[str, tuple[Any, ...]]) -> list[str]:
    """Return the best of the templates that fit; of equal ones the first."""
    best = max(ranks.values(), default=None)
    fitting = [name for name, rank in ranks.items() if rank == best]
    different = {_facts(name): name for name in reversed(fitting)}
    return [name for name in fitting if name in different.values()]


def _facts(name: str) -> str:
    facts = get_template_meta(name).spec() | {"template_type": ""}
    return json.dumps([facts, get_template_meta(name).template_cls.__qualname__], sort_keys=True)


def _unsettled(problem: str, fitting: list[str]) -> ArgumentError:
    choices = " or ".join(f"template_type={name!r}" for name in fitting)
    advice = choices or "the name of a registered template (`swiftcore templates` lists them)"
    return ArgumentError(
        f"argument 'template_type': is missing, and {problem}; give {advice}",
        argument="template_type",
    )
