"""`get_template`: a template by its type, for a tokenizer. Takes the arguments of ms-swift 4, and of 3."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, overload

from ..errors import ArgumentError
from ..tokenizer import looks_like_id, looks_like_path, nothing_there
from ..tokenizer.backend import inner_tokenizer
from .arguments import TASKS, known_arguments
from .markers import warn_of_missing_markers
from .registry import TEMPLATE_MAPPING, get_template_meta
from .template import Template

if TYPE_CHECKING:
    from ..model import MatchedModel

__all__ = ["fetched", "get_template", "match_folder"]

# Where a model of an id comes from.
_HUB = ("revision", "use_hf", "hub_token")

_FORMS = (
    "get_template(processor, default_system, max_length, template_type=...)",
    "get_template(template_type, processor, default_system, max_length)",
)


@overload
def get_template(
    processor: Any,
    default_system: str | None = None,
    max_length: int | None = None,
    *,
    template_type: str | None = None,
    model_type: str | None = None,
    **kwargs: Any,
) -> Template: ...
@overload
def get_template(
    template_type: str,
    processor: Any,
    default_system: str | None = None,
    max_length: int | None = None,
    **kwargs: Any,
) -> Template: ...


def get_template(*args: Any, **kwargs: Any) -> Template:
    """Makes a template for a tokenizer.

    `processor` is a transformers tokenizer or processor, a model's folder or its id on a hub, a `tokenizer.json`, the
    name of a tokenizer that a package ships (`"deepseek"`), or a `swiftcore.Tokenizer`. Of an id, the tokenizer and
    the configuration are downloaded, no weights; what is in the hub's cache needs no network. Both of ms-swift's
    forms are taken, told apart by type::

        get_template(processor, default_system=None, max_length=None, *, template_type=None, ...)   # ms-swift 4
        get_template(template_type, processor, default_system=None, max_length=None, ...)           # ms-swift 3

    >>> import swiftcore
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
    >>> template.template_meta.template_type, template.mode
    ('deepseek_v2_5', 'train')

    Where no template is named, it is the one of the tokenizer's model, as `match_model` finds it: by the name of its
    folder or id, by what was saved with it, or by the architecture that its `config.json` names.

    Args:
        processor: The tokenizer, see above.
        default_system: The system text of rows that bring none; None for the template's own.
        max_length: The most tokens a row may have; None for the model's own limit, where its `config.json` is
            beside the tokenizer, else none.
        template_type: The name of a registered template; None for that of the tokenizer's model.
        model_type: The name of a registered type of models, where that of the tokenizer's model cannot be told.
        mode: `train` for labels, `rlhf` and `kto` for pairs; `transformers` (the default), `vllm`, `lmdeploy` or
            `sglang` for prompts.
        truncation_strategy: What happens to a longer row: `raise` refuses it; `left` drops tokens on its left and
            `right` on its right; `split` makes several rows of it; `delete` leaves it out and counts it, as the
            default of ms-swift's command line does.
        use_chat_template: False for plain text: no system, no roles, the last round only.
        padding_side: Where a collated batch is padded: `right` or `left`.
        padding_free: Whether a collated batch is one flat row, for flash attention, instead of padded ones.
        loss_scale: What is trained and with what weight: a base strategy (`default`, `last_round`, `all`) and
            named scales, joined with `+`.
        is_binary_loss_scale: Whether weights come out as labels alone; None for what the scales say.
        response_prefix: What an open last turn ends with; None for the template's own.
        enable_thinking: Whether the model thinks; None for what the template says.
        preserve_thinking: Whether earlier turns keep their thinking; None for what the template says.
        add_non_thinking_prefix: Whether answers without thinking begin as the template has them begin.
        task_type: What the model is trained for: `causal_lm`, `seq_cls`, `embedding`, `reranker`,
            `generative_reranker` or `prm`; None for what the tokenizer's model is made for, else `seq_cls` where
            `num_labels` is given, else `causal_lm`.
        num_labels: How many labels a classifier has; 1 for a number.
        problem_type: `single_label_classification`, `multi_label_classification` or `regression`; None for what
            `num_labels` says.
        reasoning_effort: How much a model thinks, for templates that say so: a word such as `high`, or a number.
        thinking_mode: The same for templates with modes: `enabled`, `disabled` or `adaptive`.
        thinking_budget: The tokens that thinking may take, for templates with a budget.
        seed_use_thinking: Whether such a template writes its budget and tags thinking.
        seed_use_budget_interval: Whether it writes remarks on the budget between the sentences of thinking.
            None for any of these five is what the environment variable of that name in capitals says, else the
            template's own.
        agent_template: The format in which tools and their calls are written; None for the template's own.
        content_policy: What happens to control tokens in the text of rows: `parity` encodes them as control tokens, as
            ms-swift does, and counts them; `literal` encodes them as ordinary text; `literal_prompt` does so except in
            what assistants say; `error` refuses the row. See docs/content_policy.md.
        current_date: The date that templates with a date write, as `YYYY-MM-DD`; None for today.
        engine: `fast` where it is exact, the `reference`, or `auto` for the better of both.
        use_hf: Of an id: True for Hugging Face, False for ModelScope; None for what `USE_HF` says, else the first.
        hub_token: Of an id: what opens private and gated models; None for what the hub's client has.
        revision: Of an id: a branch, a tag or a commit.

    Raises:
        ArgumentError: An argument makes no sense, or the two forms cannot be told apart.
        TemplateError: There is no such template, or it does not fit the tokenizer.
        TokenizerError: The tokenizer cannot be loaded.
        HubError: A model of that id cannot be had.
    """
    arguments = _by_name(args, kwargs)
    template_type = arguments.pop("template_type", None)
    if "processor" not in arguments or arguments["processor"] is None:
        raise ArgumentError(f"argument 'processor': is missing; call {_FORMS[0]}", argument="processor")
    arguments |= _loaded_as(arguments["processor"], arguments, template_type)
    processor, model_type = arguments.pop("processor"), arguments.pop("model_type", None)
    hub = {name: arguments.pop(name) for name in _HUB if name in arguments}
    _check_names(template_type, model_type, arguments)
    source, processor = fetched(processor, **hub)
    processor = _through_loader(source, processor, model_type)
    if template_type is None or model_type is not None:
        matched = _matched(source, model_type, template_type)
        template_type = matched.template_type
        if arguments.get("task_type") is None:
            arguments |= _task_of(matched, arguments)
    meta = get_template_meta(template_type)
    template: Template = meta.template_cls(processor, meta, **known_arguments(arguments, meta.template_cls))
    warn_of_missing_markers(template.template_meta, template.tokenizer)
    return template


def _through_loader(source: Any, processor: Any, model_type: str | None) -> Any:
    """Return the tokenizer of a folder as the registered loader of its model makes it, if there is such a loader."""
    if not isinstance(processor, str | os.PathLike) or not os.path.isdir(processor):
        return processor
    from ..model.registry import has_loaders

    if not has_loaders():
        return processor
    from ..model.get_model import get_processor
    from ..model.info import meta_with_loader

    meta = meta_with_loader(os.fspath(source), os.fspath(processor), model_type)
    return processor if meta is None else get_processor(processor, model_type=meta.model_type)


def _check_names(template_type: str | None, model_type: str | None, arguments: dict[str, Any]) -> None:
    """Refuses names that nobody knows, before anything is downloaded."""
    if template_type is not None:
        known_arguments(arguments, get_template_meta(template_type).template_cls)
    if model_type is not None:
        from ..model import get_model_meta

        get_model_meta(model_type)


def fetched(processor: Any, **hub: Any) -> tuple[Any, Any]:
    """What a tokenizer's model is matched by, and the tokenizer: of an id, the folder that it has been downloaded to.

    >>> fetched("deepseek")
    ('deepseek', 'deepseek')

    Raises:
        TokenizerError: It is a name that stands for nothing.
        HubError: A model of that id cannot be had.
    """
    if not isinstance(processor, str | os.PathLike) or looks_like_path(processor):
        return processor, processor
    from ..model.download import tokenizer_folder
    from ..model.hub_ids import ids_named
    from ..model.registry import get_matched_model_meta

    if not looks_like_id(processor):
        raise nothing_there(processor, ids_named(os.fspath(processor)))

    folder = tokenizer_folder(processor, **hub)
    return (folder if get_matched_model_meta(processor) is None else processor), folder


def _loaded_as(processor: Any, arguments: dict[str, Any], template_type: str | None) -> dict[str, Any]:
    """What `get_model_tokenizer` was told of a tokenizer's model, as far as nothing else is said here."""
    info: Any = getattr(processor, "model_info", None) or getattr(inner_tokenizer(processor), "model_info", None)
    said: dict[str, Any] = {}
    if template_type is None and arguments.get("model_type") is None and getattr(info, "model_type", None):
        said["model_type"] = info.model_type
    task = {name: getattr(info, name, None) for name in ("task_type", "num_labels", "problem_type")}
    if task["task_type"] in TASKS and all(arguments.get(name) is None for name in task):
        said |= {name: value for name, value in task.items() if value is not None}
    return said


def _matched(processor: Any, model_type: str | None, template_type: str | None) -> MatchedModel:
    """Return the model of a tokenizer, and the template that it has."""
    from ..model.source import source_of

    source = source_of(processor)
    if source is None and model_type is None:
        raise ArgumentError(
            "argument 'template_type': is missing; give the name of a registered template, such as 'qwen3' "
            "(`swiftcore templates` lists them)",
            argument="template_type",
        )
    return match_folder(source or "", model_type, template_type)


def match_folder(model: str, model_type: str | None = None, template_type: str | None = None) -> MatchedModel:
    """Do as `match_model`. If a folder is not settled by its files, its chat template decides.

    Raises:
        ArgumentError: None was found, or several.
    """
    from ..model.matching import MatchedModel, match_model

    try:
        return match_model(model, model_type=model_type, template_type=template_type)
    except ArgumentError as error:
        if not os.path.isdir(model):
            raise
        from .fitting import template_of_folder

        found = template_of_folder(model, model_type)
        if found is None:
            raise error from None
        return MatchedModel(found, model_type, "the chat template of its tokenizer writes the same")


def _task_of(matched: MatchedModel, arguments: dict[str, Any]) -> dict[str, Any]:
    """The task that a model is made for, where it is one that templates know."""
    from ..model import get_model_meta

    if matched.model_type is None:
        return {}
    meta = get_model_meta(matched.model_type)
    if meta.task_type in TASKS:
        return {"task_type": meta.task_type}
    if meta.is_reward:
        return {"task_type": "seq_cls", "num_labels": arguments.get("num_labels") or 1}
    return {}


def _by_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by their names, whichever form they were given in."""
    version3 = ("template_type", "processor", "default_system", "max_length")
    names = version3 if _is_version3(args, kwargs) else version3[1:]
    if len(args) > len(names):
        forms = " or ".join(_FORMS)
        raise ArgumentError(f"get_template takes {len(names)} positional arguments, {len(args)} given; call {forms}")
    arguments = dict(zip(names, args, strict=False))
    if twice := sorted(arguments.keys() & kwargs.keys()):
        raise ArgumentError(f"argument '{twice[0]}': is given twice; call {_FORMS[0]}", argument=twice[0])
    return arguments | kwargs


def _is_version3(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if not args or "template_type" in kwargs or not isinstance(args[0], str):
        return False
    if "processor" in kwargs:
        return True
    if len(args) < 2 or args[1] is None:
        return False
    if not isinstance(args[1], str):
        return True
    # Two strings: a template type and a tokenizer, or a tokenizer and a system text.
    first, second = args[0], args[1]
    is_type, is_tokenizer = first in TEMPLATE_MAPPING, _names_tokenizer(first)
    if len(args) == 4 or (is_type and not is_tokenizer and _names_tokenizer(second)):
        return True
    if is_tokenizer and not is_type:
        return False
    raise ArgumentError(
        f"get_template({first!r}, {second!r}, ...) can be read in two ways; give the arguments by name: "
        f"get_template(processor={first!r}, default_system={second!r}, template_type=...) or "
        f"get_template(template_type={first!r}, processor={second!r})"
    )


def _names_tokenizer(text: str) -> bool:
    return looks_like_path(text) or looks_like_id(text)
