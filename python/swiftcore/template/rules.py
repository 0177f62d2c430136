"""Rules: what makes a template special where its fields do not say it.

`TemplateMeta.rules` is a tuple of them. Each is plain data, named and parametrised; the native core applies it at
a fixed point on a row's way: to messages as they came, to turns, to thinking, to the system text, or to what was
rendered. Rules of one point apply in their order.

>>> from swiftcore import TemplateMeta
>>> meta = TemplateMeta(
...     "mine",
...     prefix=["<s>"],
...     prompt=["<user>{{QUERY}}<bot>"],
...     chat_sep=["</s>"],
...     suffix=["</s>"],
...     rules=(SystemIntoQuery("\\n\\n"),),
... )
>>> meta.rules
(SystemIntoQuery(separator='\\n\\n'),)
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from .dates import write_dates

__all__ = [
    "AnswerApart",
    "CloseQuery",
    "EnableThinking",
    "FrameSystem",
    "HarmonyChannels",
    "HistoryAnswer",
    "HistoryBeforeTools",
    "KeepThinkingWithTools",
    "LastRoundOnly",
    "MarkSteps",
    "NeedsProcessor",
    "OpenAnswers",
    "OpeningNote",
    "PrefixAfterUser",
    "PrefixAllAnswers",
    "PrefixLastAnswer",
    "PreserveThinking",
    "QueryDocument",
    "ResponseTags",
    "Rule",
    "StripAnswers",
    "SystemIntoQuery",
    "SystemNote",
    "ThinkingBudget",
    "ThinkingChannels",
    "ThinkingLevel",
    "ThinkingMarkers",
    "TrimMessages",
    "TrimNewline",
]


@dataclass(frozen=True, repr=False, eq=False)
class Rule:
    """What all rules have in common. Only the rules of this module are rules: the native core knows these."""

    #: The agent format that the rule is made for.
    agent_template: ClassVar[str | None] = None

    # Written once: made by `dataclass` for each rule, they took long at import.

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def resolve(self, current_date: datetime.date) -> Rule:
        """This rule with each `{{DATE:%Y-%m-%d}}` in its texts written out.

        >>> FrameSystem(unset="It is {{DATE:%Y-%m-%d}}.").resolve(datetime.date(2026, 11, 22)).unset
        'It is 2026-11-22.'
        """
        texts = {name: value for name, value in vars(self).items() if isinstance(value, str) and "{{DATE:" in value}
        dated = {name: write_dates(text, current_date) for name, text in texts.items()}
        return dataclasses.replace(self, **dated) if dated else self

    def spec(self) -> dict[str, Any]:
        """The rule as plain data.

        >>> CloseQuery(only_odd=True).spec()
        {'rule': 'CloseQuery', 'only_odd': True}
        """
        return {"rule": type(self).__name__, **dataclasses.asdict(self)}

    def read_back(self, text: str) -> str:
        r"""What a model wrote, as a row says it: what `Template.decode_generate_ids` makes of a response.

        >>> TrimNewline(("<|assistant|>",), "<|observation|>").read_back("\nHi")
        'Hi'
        """
        return text


# Messages, as they came


@dataclass(frozen=True, repr=False, eq=False)
class TrimMessages(Rule):
    r"""Texts lose white space at their ends, and thinking is written as `<think>\n...\n</think>\n\n`."""


@dataclass(frozen=True, repr=False, eq=False)
class SystemIntoQuery(Rule):
    """The row's system text stands before the first message, with `separator` between."""

    separator: str


@dataclass(frozen=True, repr=False, eq=False)
class CloseQuery(Rule):
    """A row that ends with a query gets an empty answer, so that the suffix closes it.

    Attributes:
        only_odd: Only where the number of messages, without the system message, is odd.
    """

    only_odd: bool = False


@dataclass(frozen=True, repr=False, eq=False)
class QueryDocument(Rule):
    """The first two messages are a query and a document to rank: both become one query, behind an instruction.

    Attributes:
        instruction: The instruction of rows without a system text; a row's system text takes its place.
        before_instruction: What stands before the instruction, and so on.
    """

    instruction: str
    before_instruction: str
    before_query: str
    before_document: str


@dataclass(frozen=True, repr=False, eq=False)
class MarkSteps(Rule):
    """The last message ends with `marker`, where no message of the row holds it: there a step is scored."""

    marker: str


@dataclass(frozen=True, repr=False, eq=False)
class ThinkingChannels(Rule):
    """Answers are written in two channels, thinking and response: rows tell them apart by `<think>` and `</think>`."""

    think_open: str
    think_close: str
    response_open: str
    response_close: str

    def read_back(self, text: str) -> str:
        """The channels as `<think>` and `</think>`.

        >>> channels = ThinkingChannels("[think]", "[/think]", "[answer]", "[/answer]")
        >>> channels.read_back("[think]Hm.[/think][answer]Yes.[/answer]")
        '<think>Hm.</think>Yes.'
        """
        text = text.replace(self.think_open, "<think>").replace(self.think_close, "</think>")
        return text.replace(self.response_open, "").replace(self.response_close, "")


@dataclass(frozen=True, repr=False, eq=False)
class NeedsProcessor(Rule):
    """Rows are refused: they need what only a media processor, or a file of the model, knows.

    Attributes:
        reason: What that is; the error of the row.
        for_system: Only rows are refused for which neither they, the call nor the template have a system text.
    """

    reason: str
    for_system: bool = False


# Turns


@dataclass(frozen=True, repr=False, eq=False)
class StripAnswers(Rule):
    """Answers that are one text lose these characters at their ends."""

    characters: str


@dataclass(frozen=True, repr=False, eq=False)
class ResponseTags(Rule):
    """What follows the thinking of an answer stands between `<response>` and `</response>`."""


@dataclass(frozen=True, repr=False, eq=False)
class OpenAnswers(Rule):
    """Answers that are one text begin with `prefix`, unless they begin with `unless` already."""

    prefix: str
    unless: str


@dataclass(frozen=True, repr=False, eq=False)
class HarmonyChannels(Rule):
    """Write the assistant's messages in the channels of OpenAI's Harmony.

    In rows without tools, answers begin with the channel `final`, unless they name a channel themselves. In rows with
    tools, thinking is in `analysis`, text before a call in `commentary`, and the agent format is `harmony` unless
    another one is named.
    """

    agent_template = "harmony"


@dataclass(frozen=True, repr=False, eq=False)
class FrameSystem(Rule):
    """The row's system text stands between `before` and `after`, unless it begins with `unless`.

    Attributes:
        unset: The system text of rows without one, in place of the template's default. `{{LEVEL}}` in it and in
            `before` is the level of a `ThinkingLevel`.
    """

    unset: str = ""
    before: str = ""
    after: str = ""
    unless: str = ""


@dataclass(frozen=True, repr=False, eq=False)
class ThinkingBudget(Rule):
    """A budget of tokens for thinking: named in the system text, and answers are tagged for it.

    The budget is rounded up to 512, 1024, 2048, 4096, 8192 or 16384; a larger one is taken as it is.

    Attributes:
        budget: How many tokens; None for as many as the longest thinking of the row has. The keyword
            `thinking_budget` of `get_template` sets it.
        enabled: Whether rows are changed at all; the keyword `seed_use_thinking`.
        remarks: Whether thinking is interrupted by remarks on the tokens used; the keyword
            `seed_use_budget_interval`.
        between_systems: What stands between the row's system text and the one that names the budget.
        system: That text, with `{{BUDGET}}` and `{{INTERVAL}}`.
        system_none: That text for a budget of 0.
        think_open: What `<think>` becomes.
        think_close: What `</think>` becomes.
        remark: A remark, with `{{USED}}` and `{{LEFT}}`.
        remark_open: How remarks begin: thinking with one in it gets no others.
        remark_none: The remark on a budget of 0.
        prompt_end: A row that ends with this is answered within a budget of 0 by beginning with such a remark.
    """

    between_systems: str
    system: str
    system_none: str
    think_open: str
    think_close: str
    remark: str
    remark_open: str
    remark_none: str
    prompt_end: str
    budget: int | None = None
    enabled: bool = True
    remarks: bool = False


# Thinking


@dataclass(frozen=True, repr=False, eq=False)
class EnableThinking(Rule):
    """Whether thinking is on where neither row nor call says so.

    Attributes:
        default: Whether it is.
        always: It is, whoever says what.
        variable: The environment variable ENABLE_THINKING, where it is set, says so in place of `default`.
    """

    default: bool = True
    always: bool = False
    variable: bool = False


@dataclass(frozen=True, repr=False, eq=False)
class PreserveThinking(Rule):
    """Whether history keeps its thinking where neither row nor call says so."""

    default: bool = True


@dataclass(frozen=True, repr=False, eq=False)
class ThinkingMarkers(Rule):
    """What thinking begins and ends with, in place of `<think>` and `</think>`.

    Attributes:
        opening: What it begins with.
        closing: What it ends with.
        trim: Whether what is left of an answer in history is trimmed.
    """

    opening: str = "<think>"
    closing: str = "</think>"
    trim: bool = True


@dataclass(frozen=True, repr=False, eq=False)
class HistoryAnswer(Rule):
    """What stands behind the last `opening`, and before `closing` at the end, is left of an answer in history."""

    opening: str
    closing: str


@dataclass(frozen=True, repr=False, eq=False)
class PrefixAfterUser(Rule):
    """The prefix of answers without thinking stands only directly behind a user's message, not behind a tool's."""


@dataclass(frozen=True, repr=False, eq=False)
class PrefixAllAnswers(Rule):
    """Every answer that neither begins to think nor says that it does not gets a prefix.

    Attributes:
        thinking: The prefix with thinking on.
        otherwise: The prefix with thinking off.
    """

    thinking: str
    otherwise: str


@dataclass(frozen=True, repr=False, eq=False)
class PrefixLastAnswer(Rule):
    """Only the last answer gets the prefix of answers without thinking, and only where no thinking is in it."""


@dataclass(frozen=True, repr=False, eq=False)
class HistoryBeforeTools(Rule):
    """Thinking is stripped up to the answer before the first tool's, or without tools up to the last turn."""


@dataclass(frozen=True, repr=False, eq=False)
class KeepThinkingWithTools(Rule):
    """Rows with tools keep all thinking."""


@dataclass(frozen=True, repr=False, eq=False)
class ThinkingLevel(Rule):
    """How much the model is to think: a word that a row has in its `chat_template_kwargs`, or the call as a keyword.

    Attributes:
        setting: The name of both: `reasoning_effort`, `thinking_effort` (rows may say `reasoning_effort` too) or
            `thinking_mode`.
        given: The level of the call; `get_template` sets it.
        known: The levels that there are; () for any.
        unknown: What becomes of others: `keep`, `ignore`, or `refuse` the row.
        default_on: The level where nobody names one, with thinking on.
        default_off: The same with thinking off.
        off: The level that means not to think.
        decides: Whether the level says if the model thinks: `never`, where it is `given`, or `always`.
        opens: The only level at which an open turn begins with thinking; None for all but `off`.
        variable: Whether the environment variable of that name, in capitals, stands for the keyword.
    """

    setting: Literal["reasoning_effort", "thinking_effort", "thinking_mode"] = "reasoning_effort"
    given: str | None = None
    known: tuple[str, ...] = ()
    unknown: Literal["keep", "ignore", "refuse"] = "keep"
    default_on: str | None = None
    default_off: str | None = None
    off: str | None = None
    decides: Literal["never", "given", "always"] = "never"
    opens: str | None = None
    variable: bool = True


# The system text


@dataclass(frozen=True, repr=False, eq=False)
class SystemNote(Rule):
    """A note in the system text.

    Attributes:
        text: The note; `{{LEVEL}}` is the level of a `ThinkingLevel`, `{{Level}}` the same with a capital.
        levels: Notes of some levels, as pairs, in place of `text`; an empty one is none.
        after: Whether it stands after the system text, not before it.
        behind: The text behind which it stands, wherever the system text holds that.
        separator: What stands between the note and a system text that is not empty.
        wherever: `any` row, those where a system text is `set`, be it empty, or where it is `filled`.
        unless: A system text that holds one of these gets no note.
        thinking: True for rows with thinking only, False for those without.
        tools: True for rows with tools only, False for those without.
    """

    text: str = ""
    levels: tuple[tuple[str, str], ...] = ()
    after: bool = False
    behind: str | None = None
    separator: str = ""
    wherever: Literal["any", "set", "filled"] = "any"
    unless: tuple[str, ...] = ()
    thinking: bool | None = None
    tools: bool | None = None

    def spec(self) -> dict[str, Any]:
        """The rule as plain data: its place in one field.

        >>> SystemNote("!", after=True).spec()["place"]
        'after'
        """
        values = super().spec()
        after, behind = values.pop("after"), values.pop("behind")
        values["place"] = "after" if after else "before"
        if behind is not None:
            values["place"] = {"behind": behind}
        return values


# What was rendered


@dataclass(frozen=True, repr=False, eq=False)
class OpeningNote(Rule):
    """A note on the level of thinking before all of a row, where the row names one.

    Attributes:
        text: The note, with `{{LEVEL}}`.
        declaration: What the first text holds where it declares tools: the note then stands in it.
        behind: Behind which of its texts.
    """

    text: str
    declaration: str
    behind: str


@dataclass(frozen=True, repr=False, eq=False)
class TrimNewline(Rule):
    """A text that ends with one of `after` loses its newline at the end of a row, or before a text with `before`."""

    after: tuple[str, ...]
    before: str

    def read_back(self, text: str) -> str:
        r"""The text without the newlines that it begins with: the prompt did not end with them.

        >>> TrimNewline((), "").read_back("\n\nHi")
        'Hi'
        """
        return text.lstrip("\n")


@dataclass(frozen=True, repr=False, eq=False)
class LastRoundOnly(Rule):
    """Only the last round is trained, whatever the base strategy of the loss scale."""


@dataclass(frozen=True, repr=False, eq=False)
class AnswerApart(Rule):
    """In training, the last answer is tokenized apart from what stands before it."""
