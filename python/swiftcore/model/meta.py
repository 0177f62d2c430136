"""`Model`, `ModelGroup`, `ModelMeta`: what is said of a model when it is registered.

Arguments are taken in ms-swift's orders, that of version 3 and that of version 4, which are told apart by type.
`get_function` is what loads such a model, where that is not `ModelLoader`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ModelError
from .arch import ModelKeys

__all__ = ["Model", "ModelGroup", "ModelMeta", "ids"]


@dataclass
class Model:
    """The ids of one checkpoint: ModelScope's, Hugging Face's, and a local path.

    >>> Model("AI-ModelScope/Nemotron-Mini-4B-Instruct", "nvidia/Nemotron-Mini-4B-Instruct").names
    ('AI-ModelScope/Nemotron-Mini-4B-Instruct', 'nvidia/Nemotron-Mini-4B-Instruct')
    """

    ms_model_id: str | None = None
    hf_model_id: str | None = None
    model_path: str | os.PathLike[str] | None = None

    ms_revision: str | None = None
    hf_revision: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is known by, each once."""
        given = (self.ms_model_id, self.hf_model_id, self.model_path)
        return tuple(dict.fromkeys(os.fspath(name) for name in given if name is not None))


def ids(*models: str | tuple[str | None, str | None] | Model) -> list[Model]:
    """Models by their ids: one for both hubs, or ModelScope's and Hugging Face's.

    >>> ids("Qwen/Qwen3-8B", ("modelscope/Llama-2-7b-ms", "meta-llama/Llama-2-7b-hf"))[1].hf_model_id
    'meta-llama/Llama-2-7b-hf'
    """
    made = []
    for each in models:
        if isinstance(each, str):
            each = Model(each, each)
        made.append(each if isinstance(each, Model) else Model(*each))
    return made


@dataclass
class ModelGroup:
    """Models that share what is said here: it goes before what their `ModelMeta` says.

    Both orders of ms-swift are taken: `ModelGroup(models, template)`, and `ModelGroup(models, ignore_patterns)`.

    >>> ModelGroup([Model("mine/chat")], "chatml").template
    'chatml'
    >>> ModelGroup([Model("mine/chat")], ["*.pth"]).ignore_patterns
    ['*.pth']

    Attributes:
        models: The models.
        template: Their template's name; None for that of the `ModelMeta`.
        ignore_patterns: Files that are not downloaded.
        requires: Packages that they need, as pip names them.
        tags: Words that they are listed under.
    """

    models: list[Model]
    template: str | None = None
    ignore_patterns: list[str] | None = None
    requires: list[str] | None = None
    tags: list[str] = field(default_factory=list)

    def __init__(
        self,
        models: list[Model],
        *args: Any,
        template: str | None = None,
        ignore_patterns: list[str] | None = None,
        requires: list[str] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        keywords = {"template": template, "ignore_patterns": ignore_patterns, "requires": requires, "tags": tags}
        version4 = ("template", "ignore_patterns", "requires", "tags")
        names = version4[1:] if args and isinstance(args[0], list | tuple) else version4
        values = _by_position("ModelGroup", ("models",), names, args, keywords)
        self.models = [models] if isinstance(models, Model) else models
        self.template = values["template"]
        self.ignore_patterns = values["ignore_patterns"]
        self.requires = values["requires"]
        self.tags = [] if values["tags"] is None else values["tags"]


# What follows the type and the groups, in ms-swift's orders. The rest has defaults.
_VERSION3 = (
    *("template", "get_function", "model_arch", "architectures", "additional_saved_files", "torch_dtype"),
    *("is_multimodal", "is_reward", "task_type", "ignore_patterns", "requires", "tags"),
)
_VERSION4 = (
    *("get_function", "template", "model_arch", "mcore_model_type", "architectures", "additional_saved_files"),
    *("torch_dtype", "is_multimodal", "is_reward", "task_type", "ignore_patterns", "requires", "tags"),
)


@dataclass(init=False)
class ModelMeta:
    """A type of models: the ids that have it, their template, and what else is said of them all.

    Both orders of ms-swift are taken: `ModelMeta(model_type, model_groups, loader, template)`, and
    `ModelMeta(model_type, model_groups, template, get_function)`; `loader=` is another name for `get_function=`.

    >>> meta = ModelMeta("mine", [ModelGroup([Model("mine/chat", "mine/chat")])], template="chatml")
    >>> meta.template, meta.candidate_templates
    ('chatml', ['chatml'])

    Attributes:
        model_type: The name that it is registered under.
        model_groups: The models that are known to have it.
        template: The name of their template; None where only their groups say.
        get_function: What loads such a model: a function as in version 3, or a class with `load()` as in 4.
        model_arch: Where its modules are: a name until it is registered, then the `ModelKeys` of that name.
        architectures: What the `architectures` of its `config.json` can be.
        additional_saved_files: Files that belong to a checkpoint beside weights, configuration and tokenizer.
        torch_dtype: The type of its weights, where it must have another than its configuration says.
        is_multimodal: Whether it takes images, audios or videos.
        is_reward: Whether it gives a reward.
        task_type: What it is made for, where that is not text: `reranker`, `prm`, `embedding`, ...
        ignore_patterns: Files that are not downloaded.
        requires: Packages that it needs, as pip names them.
        tags: Words that it is listed under.
        mcore_model_type: Its name in Megatron-Core, kept as given.
    """

    model_type: str | None
    model_groups: list[ModelGroup]
    template: str | None = None
    get_function: Callable[..., Any] | None = None
    model_arch: ModelKeys | str | None = None
    architectures: list[str] = field(default_factory=list)
    additional_saved_files: list[str] = field(default_factory=list)
    torch_dtype: Any = None
    is_multimodal: bool = False
    is_reward: bool = False
    task_type: str | None = None
    ignore_patterns: list[str] | None = None
    requires: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    mcore_model_type: str | None = None

    def __init__(
        self,
        model_type: str | None,
        model_groups: list[ModelGroup] | ModelGroup,
        *args: Any,
        template: str | None = None,
        get_function: Callable[..., Any] | None = None,
        loader: Callable[..., Any] | None = None,
        model_arch: ModelKeys | str | None = None,
        architectures: list[str] | None = None,
        additional_saved_files: list[str] | None = None,
        torch_dtype: Any = None,
        is_multimodal: bool = False,
        is_reward: bool = False,
        task_type: str | None = None,
        ignore_patterns: list[str] | None = None,
        requires: list[str] | None = None,
        tags: list[str] | None = None,
        mcore_model_type: str | None = None,
    ) -> None:
        if loader is not None and get_function is not None:
            raise ModelError(
                f"model {model_type!r}: loader and get_function are two names of one argument; give one of them",
                model_type=model_type,
                field="get_function",
            )
        keywords = {
            "template": template,
            "get_function": loader if get_function is None else get_function,
            "model_arch": model_arch,
            "architectures": architectures,
            "additional_saved_files": additional_saved_files,
            "torch_dtype": torch_dtype,
            "is_multimodal": is_multimodal,
            "is_reward": is_reward,
            "task_type": task_type,
            "ignore_patterns": ignore_patterns,
            "requires": requires,
            "tags": tags,
            "mcore_model_type": mcore_model_type,
        }
        order = _VERSION3 if _is_version3(args) else _VERSION4
        values = _by_position("ModelMeta", ("model_type", "model_groups"), order, args, keywords)
        self.model_type = model_type
        self.model_groups = model_groups if isinstance(model_groups, list) else _as_list(model_groups)
        for name, value in values.items():
            listed = name in ("architectures", "additional_saved_files", "requires", "tags")
            setattr(self, name, [] if listed and value is None else value)

    @property
    def loader(self) -> Callable[..., Any] | None:
        """`get_function`, as ms-swift 4 calls it."""
        return self.get_function

    @loader.setter
    def loader(self, value: Callable[..., Any] | None) -> None:
        self.get_function = value

    @property
    def candidate_templates(self) -> list[str]:
        """The templates that its models can have: its own, and those of its groups.

        >>> groups = [ModelGroup([Model("mine/a")], "qwen"), ModelGroup([Model("mine/b")], "qwen2_5")]
        >>> ModelMeta("mine", groups).candidate_templates
        ['qwen', 'qwen2_5']
        """
        given = [self.template, *(group.template for group in self.model_groups)]
        return list(dict.fromkeys(template for template in given if template is not None))

    def get_matched_model_group(self, model_name: str) -> ModelGroup | None:
        """The first group that has a model of that name: of what an id ends with, in lower case.

        >>> ModelMeta("mine", [ModelGroup([Model("mine/Chat-7B")], "qwen")]).get_matched_model_group("chat-7b").template
        'qwen'
        """
        for group in self.model_groups:
            for model in group.models:
                if any(model_name == name.rsplit("/", 1)[-1].lower() for name in model.names):
                    return group
        return None


def _as_list(groups: Any) -> list[ModelGroup]:
    return list(groups) if isinstance(groups, tuple) else [groups]


def _is_version3(args: tuple[Any, ...]) -> bool:
    """Whether positions are those of version 3: a template, then a function; not a loader, then a template."""
    third = args[0] if args else None
    fourth = args[1] if len(args) > 1 else None
    return isinstance(third, str) or (third is None and callable(fourth))


def _by_position(
    kind: str, leading: tuple[str, ...], order: tuple[str, ...], args: tuple[Any, ...], keywords: dict[str, Any]
) -> dict[str, Any]:
    """`keywords`, with `args` under the names that `order` gives them."""
    if len(args) > len(order):
        most = len(leading) + len(order)
        raise ModelError(f"{kind} takes {most} positional arguments, {len(leading) + len(args)} given")
    for name, value in zip(order, args, strict=False):
        if keywords[name] not in (None, False):
            raise ModelError(f"{kind}: {name} is given twice, by position and by name", field=name)
        keywords[name] = value
    return keywords
