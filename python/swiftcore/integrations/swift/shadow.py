"""The swiftcore template that does what a live template of ms-swift does, made from what that says of itself.

A template of ms-swift can be changed at any time: its mode, its limits, the fields of its meta. So what it says is
compared with what the shadow was made from, at every call, and the shadow made anew where it differs.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import os
from typing import Any

from ...errors import SwiftcoreError
from ...template.agents import agent_template_names
from ...template.meta import TemplateMeta
from ...template.rules import EnableThinking, Rule, ThinkingBudget, ThinkingLevel
from ...template.template import Template
from . import version3
from .peer import Peer
from .trust import Known, Unknown, known_class

__all__ = ["Shadow", "facts_of"]

# What a template says of itself that encoding goes by; version 3 lacks some.
_OF_TEMPLATE = (
    *("mode", "task_type", "max_length", "truncation_strategy", "use_chat_template", "template_backend"),
    *("_loss_scale", "is_binary_loss_scale", "response_prefix", "enable_thinking", "preserve_thinking"),
    *("add_non_thinking_prefix", "_agent_template", "remove_unused_columns", "is_encoder_decoder"),
    *("reasoning_effort", "thinking_mode", "chat_template_kwargs"),
)
# Of these, the ones that swiftcore's template has as arguments.
_AS_THEY_ARE = (
    *("mode", "task_type", "max_length", "truncation_strategy", "use_chat_template", "_loss_scale"),
    *("is_binary_loss_scale", "response_prefix", "enable_thinking", "preserve_thinking", "add_non_thinking_prefix"),
)
_OF_META = (
    *("template_type", "prefix", "prompt", "chat_sep", "suffix", "system_prefix", "default_system", "auto_add_bos"),
    *("stop_words", "is_thinking", "thinking_prefix", "non_thinking_prefix", "preserve_thinking"),
    *("history_thinking_prefix", "is_post_system", "system_prompt"),
)
# What ms-swift reads from the environment at every row (`seed_oss`).
_VARIABLES = ("THINKING_BUDGET", "SEED_USE_THINKING", "SEED_USE_BUDGET_INTERVAL")

# Tasks whose rows are one sequence of ids, or a pair of them, or as many as there are answers to compare.
_TASKS = ("causal_lm", "seq_cls", "prm", "embedding", "reranker", "generative_reranker")


def facts_of(template: Any) -> list[Any]:
    """What a template of ms-swift says of itself now: compares equal as long as it encodes alike.

    The values are its own, not copies.
    """
    own, meta = template.__dict__, template.template_meta.__dict__
    facts = [own.get(name) for name in _OF_TEMPLATE]
    facts += [meta.get(name) for name in _OF_META]
    facts += [id(own.get("processor")), id(own.get("loss_scale"))]
    return facts


class Shadow:
    """A template of ms-swift as swiftcore has it.

    Attributes:
        template: The swiftcore template.
        facts: What it was made from; copies.
        media_ids: Ids that stand for media: a text that holds one is not for the core.
        reads_tags: Whether ms-swift looks for tags of media in texts.
        is_version3: Whether the template is one of ms-swift 3.
        has_agent: Whether there is a format for tools.
        day: The date that its texts hold; None where they hold none.
        variables: What the environment says that its rules go by; empty where they go by nothing there.
    """

    def __init__(self, original: Any, peer: Peer) -> None:
        """Raises `Unknown` where the template cannot be taken over."""
        facts = facts_of(original)
        # What facts are compared with must not change with them; nor must it hold anything alive.
        self.facts = copy.deepcopy(facts)
        known = known_class(original, peer)
        _check(original)
        if peer.is_version3:
            version3.check(original, known, peer.base)
        self.reads_tags = known.is_multimodal or bool(getattr(original.model_meta, "is_multimodal", False))
        self.media_ids = _media_ids(original) if known.is_multimodal else frozenset()
        today = datetime.date.today()
        self.day = today if any("{{DATE:" in repr(rule) for rule in known.rules) else None
        self.variables = _variables() if any(isinstance(rule, ThinkingBudget) for rule in known.rules) else {}
        self.is_version3 = peer.is_version3
        self.template = _made(original, known, today, version3.arguments_of(original) if peer.is_version3 else {})
        self.template._reads_shapes = False
        self.template._compile()
        # Where ms-swift has no format, it says so itself.
        self.has_agent = _agent(original) is not None

    def is_current(self, original: Any) -> bool:
        """Whether `original` still says what it said."""
        return (
            facts_of(original) == self.facts
            and (self.day is None or self.day == datetime.date.today())
            and (not self.variables or self.variables == _variables())
        )


def _variables() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in _VARIABLES}


def _check(original: Any) -> None:
    meta = original.template_meta
    if not getattr(original, "_processor_inited", False):
        raise Unknown("processor", "the template has no processor yet")
    if original.template_backend != "swift":
        raise Unknown("backend", f"template_backend is {original.template_backend!r}")
    if original.is_encoder_decoder:
        raise Unknown("encoder-decoder", "models with an encoder have keys of their own")
    if original.task_type not in _TASKS:
        raise Unknown("task", f"task_type is {original.task_type!r}")
    inference = original.mode not in ("train", "rlhf", "kto")
    if meta.template_type == "dummy" and original.use_chat_template and inference:
        raise Unknown("backend", "the template 'dummy' goes by the tokenizer's own chat template at inference")
    _check_loss_scale(original.loss_scale)


def _check_loss_scale(scale: Any) -> None:
    for one in getattr(scale, "loss_scales", [scale]):
        package = type(one).__module__
        if not package.startswith(("swift.loss_scale", "swift.plugin.loss_scale")):
            raise Unknown("loss scale", f"{type(one).__qualname__} is a class of {package}")


def _media_ids(original: Any) -> frozenset[int]:
    """The ids that stand for media.

    Raises:
        Unknown: The tokenizer is another model's, so that ms-swift takes ids of text for media.
    """
    tokenizer, found = original.tokenizer, set()
    for cls in type(original).__mro__:
        texts = [text for name in ("image", "video", "audio") for text in vars(cls).get(f"{name}_placeholder", [])]
        texts += vars(cls).get("placeholder_tokens", [])
        for text in texts:
            if isinstance(text, str) and text.startswith("<") and text not in ("<image>", "<video>", "<audio>"):
                ids = tokenizer.encode(text, add_special_tokens=False)
                if len(ids) == 1:
                    found.update(ids)
    for token in original.placeholder_tokens:
        if not isinstance(token, int) or token == getattr(tokenizer, "unk_token_id", None):
            raise Unknown("media tokens", "tokens of the template's media are none of the tokenizer's")
        found.add(token)
    for name in ("image", "video", "audio"):
        token = getattr(original.config, f"{name}_token_id", None)
        if isinstance(token, int):
            found.add(token)
    return frozenset(found)


def _made(original: Any, known: Known, today: datetime.date, changes: dict[str, Any]) -> Template:
    """Raises `Unknown` where swiftcore has no such template."""
    arguments: dict[str, Any] = {name.lstrip("_"): getattr(original, name, None) for name in _AS_THEY_ARE}
    try:
        template = Template(
            original.processor,
            _meta(original, known),
            num_labels=getattr(original.config, "num_labels", None) if original.task_type == "seq_cls" else None,
            problem_type=getattr(original.config, "problem_type", None) if original.task_type == "seq_cls" else None,
            current_date=today,
            **arguments | _settings(original, known.rules) | changes,
        )
        if original.max_length is None and template.max_length is not None:
            template.max_length = None
    except (SwiftcoreError, TypeError, ValueError) as error:
        raise Unknown("template", str(error)) from error
    return template


def _meta(original: Any, known: Known) -> TemplateMeta:
    """The template's fields as they are now: names of ids looked up, system texts and dates written out."""
    live = original.template_meta
    return TemplateMeta(
        live.template_type,
        prefix=list(live.prefix),
        prompt=list(live.system_prompt if live.is_post_system else live.prompt),
        chat_sep=None if live.chat_sep is None else list(live.chat_sep),
        suffix=list(live.suffix),
        system_prefix=None if live.system_prefix is None else list(live.system_prefix),
        default_system=live.default_system,
        auto_add_bos=live.auto_add_bos,
        stop_words=[word for word in live.stop_words if word is not None],
        agent_template=_agent(original),
        is_thinking=live.is_thinking,
        thinking_prefix=live.thinking_prefix,
        non_thinking_prefix=live.non_thinking_prefix,
        preserve_thinking=getattr(live, "preserve_thinking", None),
        history_thinking_prefix=live.history_thinking_prefix,
        rules=tuple(_without_variables(rule) for rule in known.rules),
        is_multimodal=known.is_multimodal,
    )


def _agent(original: Any) -> str | None:
    """The agent format, where it is ms-swift's own; rows with tools go to ms-swift where it is not."""
    name: str | None = original._agent_template
    if name is None or name not in agent_template_names():
        return None
    try:
        module = type(original.agent_template).__module__
    except (KeyError, ValueError):
        return None
    return name if module.startswith(("swift.agent_template", "swift.plugin.agent_template")) else None


def _without_variables(rule: Rule) -> Rule:
    """The rule without the environment: what that said when the template was made, the template has kept."""
    if isinstance(rule, EnableThinking | ThinkingLevel):
        return dataclasses.replace(rule, variable=False)
    return rule


def _settings(original: Any, rules: tuple[Rule, ...]) -> dict[str, Any]:
    """The keywords that rules go by, as the template has settled them."""
    levels = [rule for rule in rules if isinstance(rule, ThinkingLevel) and rule.variable]
    return {rule.setting: getattr(original, rule.setting, None) for rule in levels}
