"""`TemplateMeta`: what a dialogue template says of itself, with ms-swift's names, order and defaults.

The fields are plain data. What follows from them (whether a system text can be written, what `prompt` is in
the rounds that do not write it) is worked out at construction. Nothing here reads a tokenizer or a clock.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass, field
from typing import Any, cast

from .check import check, check_structure
from .dates import write_dates
from .fields import TemplateClass, refuse
from .media_meta import MediaMeta
from .pieces import QUERY, SYSTEM, Derived, Piece, Prompt, Word, holds, plain, without_system
from .rules import Rule

__all__ = ["Piece", "Prompt", "TemplateMeta", "Word", "check"]


@dataclass
class TemplateMeta:
    """A dialogue template: the texts and ids around the turns of a conversation.

    A row is written as `prefix` (or `system_prefix`, where there is a system text), then for each round
    `prompt` and the response, with `chat_sep` between rounds and `suffix` after the last.

    >>> meta = TemplateMeta(
    ...     "mine",
    ...     prefix=["<s>"],
    ...     prompt=["<user>{{QUERY}}<bot>"],
    ...     chat_sep=["</s>"],
    ...     suffix=["</s>"],
    ...     system_prefix=["<s><system>{{SYSTEM}}"],
    ... )
    >>> meta.support_system, meta.support_multi_round
    (True, True)

    A subclass with other defaults serves a family of templates:

    >>> @dataclass
    ... class MineTemplateMeta(TemplateMeta):
    ...     prefix: Prompt = field(default_factory=lambda: ["<s>{{SYSTEM}}"])
    ...     prompt: Prompt = field(default_factory=lambda: ["<user>{{QUERY}}<bot>"])
    ...     chat_sep: Prompt | None = field(default_factory=lambda: ["</s>"])
    >>> MineTemplateMeta("mine_2", default_system="Be brief.").system_prefix
    ['<s>{{SYSTEM}}']

    Attributes:
        template_type: The name that it is registered under.
        prefix: How a row opens. One that holds `{{SYSTEM}}` becomes `system_prefix`, and `prefix` is then
            what is left of it.
        prompt: A round up to the response: `{{QUERY}}` is the user's text, `{{ROUND0}}` and `{{ROUND1}}`
            the number of the round from 0 and from 1. Pieces that hold `{{SYSTEM}}` are written in the last
            round alone; `prompt` is then what the other rounds have, `system_prompt` all of it.
        chat_sep: What stands between rounds; None where only one round is supported.
        suffix: What follows the last response.
        template_cls: The class that encodes with this template; `Template` where not given.
        system_prefix: How a row with a system text opens.
        default_system: The system text of rows that bring none.
        auto_add_bos: Whether the ids that the tokenizer puts around a text open and close a row.
        stop_words: Texts, or lists of ids, that end a response.
        agent_template: The name of the format in which tools and their calls are written.
        is_thinking: Whether the model thinks before it answers.
        thinking_prefix: How a response with thinking begins.
        non_thinking_prefix: How a response without thinking begins.
        preserve_thinking: Whether earlier turns keep their thinking; None leaves it to the mode.
        history_thinking_prefix: What stands in place of thinking that was taken out.
        rules: What the other fields do not say, from `swiftcore.template.rules`.
        is_multimodal: Whether the template is for models that take images, audios or videos. A text encodes
            through it as through any other; media themselves need a `template_cls` that lays them out.
        media: The tokens that stand for media, and columns beside ids; None where there are none.

    Raises:
        TemplateError: A field has the wrong type, or contradicts another.
    """

    template_type: str
    prefix: Prompt
    prompt: Prompt
    chat_sep: Prompt | None
    suffix: Prompt = field(default_factory=lambda: [["eos_token_id"]])
    template_cls: type[Any] = cast("type[Any]", TemplateClass())
    system_prefix: Prompt | None = None
    default_system: str | None = None

    auto_add_bos: bool = False
    stop_words: list[Word] = field(default_factory=list)
    agent_template: str | None = None

    is_thinking: bool = False
    thinking_prefix: str = ""
    non_thinking_prefix: str = ""
    preserve_thinking: bool | None = None
    history_thinking_prefix: str = ""

    rules: tuple[Rule, ...] = ()
    is_multimodal: bool = False
    media: MediaMeta | None = None

    def __post_init__(self) -> None:
        check_structure(self)
        if holds(self.prefix, SYSTEM):
            if self.system_prefix is not None and not isinstance(self.system_prefix, Derived):
                raise refuse(
                    self,
                    "system_prefix",
                    f"given although prefix holds {SYSTEM}; put {SYSTEM} in one of the two",
                )
            self.system_prefix = Derived(self.prefix, source=self.prefix)
            self.prefix = without_system(self.prefix)
        if isinstance(self.prompt, Derived) and self.prompt.source is not None:
            self.prompt = self.prompt.source
        if holds(self.prompt, SYSTEM):
            rest = [piece for piece in self.prompt if not (isinstance(piece, str) and SYSTEM in piece)]
            self.prompt = Derived(rest, source=self.prompt)
        if self.default_system is not None and not self.support_system:
            raise refuse(
                self,
                "default_system",
                f"given, but the template has no place for a system text; put {SYSTEM} in prefix, "
                "system_prefix or prompt",
            )

    @property
    def system_prompt(self) -> Prompt | None:
        """The prompt of the last round where `{{SYSTEM}}` is part of it, else None.

        >>> meta = TemplateMeta("post", [], ["{{SYSTEM}}: ", "{{QUERY}}"], [])
        >>> meta.system_prompt, meta.prompt
        (['{{SYSTEM}}: ', '{{QUERY}}'], ['{{QUERY}}'])
        """
        return self.prompt.source if isinstance(self.prompt, Derived) else None

    @property
    def is_post_system(self) -> bool:
        """Whether the system text is written into the last round.

        >>> TemplateMeta("post", [], ["{{SYSTEM}}: ", "{{QUERY}}"], []).is_post_system
        True
        """
        return self.system_prompt is not None

    @property
    def default_agent_template(self) -> str | None:
        """The agent format where a call names none: `agent_template`, or the one that a rule is made for.

        >>> from swiftcore import get_template_meta
        >>> get_template_meta("gpt_oss").default_agent_template
        'harmony'
        """
        by_rules = (rule.agent_template for rule in self.rules if rule.agent_template is not None)
        return self.agent_template or next(by_rules, None)

    @property
    def support_system(self) -> bool:
        """Whether there is a place for a system text.

        >>> TemplateMeta("bare", [], ["{{QUERY}}"], []).support_system
        False
        """
        return self.system_prefix is not None or self.is_post_system

    @property
    def support_multi_round(self) -> bool:
        """Whether more than the last round of a conversation is written.

        >>> TemplateMeta("single", [], ["{{QUERY}}"], None).support_multi_round
        False
        """
        return self.chat_sep is not None

    def __reduce__(self) -> tuple[Any, ...]:
        from ..plugins import needed_by

        given = self.__dict__["template_cls"]
        needed = needed_by(type(self), *([] if given is None else [given]))
        return _restore, (needed, type(self), dict(self.__dict__))  # `needed` is read before the classes

    def to_generate_template_meta(self) -> TemplateMeta:
        """The template of plain continuation: no chat around the query (`use_chat_template=False`).

        >>> TemplateMeta("mine", ["<s>"], ["<user>{{QUERY}}"], []).to_generate_template_meta().prompt
        ['{{QUERY}}']
        """
        return TemplateMeta(
            self.template_type,
            prefix=[],
            prompt=[QUERY],
            chat_sep=None,
            template_cls=self.__dict__["template_cls"],
            auto_add_bos=True,
            stop_words=[word if isinstance(word, str) else list(word) for word in self.stop_words],
            rules=self.rules,
        )

    def resolve(self, current_date: datetime.date) -> TemplateMeta:
        """This template with each `{{DATE:%d %b %Y}}` written out, in English, for `current_date`.

        Dates can stand in the pieces, in `default_system` and in rules. A template without any is returned itself.

        >>> meta = TemplateMeta("dated", ["Today is {{DATE:%d %b %Y}}."], ["{{QUERY}}"], [])
        >>> meta.resolve(datetime.date(2026, 11, 22)).prefix
        ['Today is 22 Nov 2026.']
        """
        changes: dict[str, Any] = {}  # to fields that hold a date
        for name in ("prefix", "prompt", "chat_sep", "suffix", "system_prefix"):
            pieces = getattr(self, name)
            if pieces is None:
                continue
            if isinstance(pieces, Derived) and pieces.source is not None:
                pieces = pieces.source
            dated = [write_dates(piece, current_date) if isinstance(piece, str) else piece for piece in pieces]
            if dated != pieces:
                changes[name] = dated
        if self.default_system is not None:
            system = write_dates(self.default_system, current_date)
            if system != self.default_system:
                changes["default_system"] = system
        rules = tuple(rule.resolve(current_date) for rule in self.rules)
        if rules != self.rules:
            changes["rules"] = rules
        if not changes:
            return self
        return dataclasses.replace(self, template_cls=self.__dict__["template_cls"], **changes)

    def spec(self) -> dict[str, Any]:
        """The template as plain data, after what `{{SYSTEM}}` in `prefix` and `prompt` implies.

        Dates stand as they are in the fields: `resolve` first.

        >>> TemplateMeta("mine", ["<s>{{SYSTEM}}"], ["{{QUERY}}"], []).spec()["prefix"]
        ['<s>']
        """
        pieces = ("prefix", "prompt", "system_prompt", "chat_sep", "suffix", "system_prefix", "stop_words")
        scalars = (
            "template_type",
            "default_system",
            "auto_add_bos",
            "is_thinking",
            "thinking_prefix",
            "non_thinking_prefix",
            "preserve_thinking",
            "history_thinking_prefix",
            "agent_template",
            "support_system",
        )
        values = {name: getattr(self, name) for name in pieces}
        spec = {name: getattr(self, name) for name in scalars} | {
            name: None if value is None else plain(value) for name, value in values.items()
        }
        return spec | {"rules": [rule.spec() for rule in self.rules]} if self.rules else spec


def _restore(needed: None, cls: type[TemplateMeta], fields: dict[str, Any]) -> TemplateMeta:
    meta = cls.__new__(cls)
    meta.__dict__.update(fields)
    return meta
