"""`TemplateMeta`: ms-swift's order and defaults, what follows from the fields, dates, and plain data."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import locale
import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swiftcore.families.base import pieces
from swiftcore.template import TemplateMeta
from swiftcore.template.dates import date_problem, write_dates
from swiftcore.template.meta import Prompt

DAY = datetime.date(2026, 11, 2)


def make(**fields: Any) -> TemplateMeta:
    given_fields: dict[str, Any] = {
        "template_type": "mine",
        "prefix": ["<s>"],
        "prompt": ["<user>{{QUERY}}<bot>"],
        "chat_sep": ["</s>"],
    }
    return TemplateMeta(**(given_fields | fields))


def test_positional_order_and_defaults() -> None:
    defaults = [
        (
            entry.name,
            entry.default if entry.default_factory is dataclasses.MISSING else entry.default_factory(),
        )
        for entry in dataclasses.fields(TemplateMeta)
    ]
    missing = dataclasses.MISSING
    assert defaults == [
        ("template_type", missing),
        ("prefix", missing),
        ("prompt", missing),
        ("chat_sep", missing),
        ("suffix", [["eos_token_id"]]),
        ("template_cls", None),
        ("system_prefix", None),
        ("default_system", None),
        ("auto_add_bos", False),
        ("stop_words", []),
        ("agent_template", None),
        ("is_thinking", False),
        ("thinking_prefix", ""),
        ("non_thinking_prefix", ""),
        ("preserve_thinking", None),
        ("history_thinking_prefix", ""),
        ("rules", ()),
        ("is_multimodal", False),
        ("media", None),
    ]


def test_defaults_are_not_shared() -> None:
    one, other = make(), make()
    one.stop_words.append("</s>")
    one.suffix.append("x")
    assert other.stop_words == []
    assert other.suffix == [["eos_token_id"]]


def test_system_in_prefix_moves_to_system_prefix() -> None:
    prefix: Prompt = [["bos_token_id"], "<sys>{{SYSTEM}}</sys>"]
    meta = make(prefix=prefix)
    assert meta.system_prefix == [["bos_token_id"], "<sys>{{SYSTEM}}</sys>"]
    assert meta.prefix == [["bos_token_id"], "<sys></sys>"]
    assert prefix == [["bos_token_id"], "<sys>{{SYSTEM}}</sys>"]
    assert meta.support_system and not meta.is_post_system
    assert meta.system_prompt is None


def test_system_in_prompt_is_written_in_the_last_round() -> None:
    meta = make(prompt=["{{SYSTEM}}\n\n", [7], "{{QUERY}}[/INST]"])
    assert meta.prompt == [[7], "{{QUERY}}[/INST]"]
    assert meta.system_prompt == ["{{SYSTEM}}\n\n", [7], "{{QUERY}}[/INST]"]
    assert meta.support_system and meta.is_post_system
    assert meta.system_prefix is None


def test_support() -> None:
    assert not make().support_system
    assert make().support_multi_round
    assert make(chat_sep=[]).support_multi_round
    assert not make(chat_sep=None).support_multi_round
    assert make(system_prefix=["{{SYSTEM}}"]).support_system


@pytest.mark.parametrize(
    "meta",
    [
        make(),
        make(prefix=["<s>{{SYSTEM}}"]),
        make(prompt=["{{SYSTEM}}: ", "{{QUERY}}"]),
        make(system_prefix=["{{SYSTEM}}"], default_system="Be brief.", stop_words=["</s>", [1, 2]]),
    ],
    ids=["bare", "prefix", "post", "system_prefix"],
)
def test_copies_say_the_same(meta: TemplateMeta) -> None:
    copies = [
        dataclasses.replace(meta),
        copy.copy(meta),
        copy.deepcopy(meta),
        pickle.loads(pickle.dumps(meta)),
        dataclasses.replace(pickle.loads(pickle.dumps(meta))),
    ]
    for other in copies:
        assert other == meta
        assert other.spec() == meta.spec()
    renamed = dataclasses.replace(meta, template_type="other")
    assert renamed.spec() == meta.spec() | {"template_type": "other"}


def test_replace_of_what_was_derived() -> None:
    meta = make(prefix=["<s>{{SYSTEM}}"])
    changed = dataclasses.replace(meta, prefix=["<b>{{SYSTEM}}!"])
    assert (changed.prefix, changed.system_prefix) == (["<b>!"], ["<b>{{SYSTEM}}!"])
    assert not dataclasses.replace(meta, system_prefix=None).support_system

    post = make(prompt=["{{SYSTEM}}: ", "{{QUERY}}"])
    assert not dataclasses.replace(post, prompt=["{{QUERY}}"]).is_post_system
    assert dataclasses.replace(post, chat_sep=None).system_prompt == ["{{SYSTEM}}: ", "{{QUERY}}"]


def test_metas_that_differ_in_the_system_prompt_alone_are_unequal() -> None:
    one = make(prompt=["{{SYSTEM}}: ", "{{QUERY}}"])
    other = make(prompt=["{{SYSTEM}}; ", "{{QUERY}}"])
    assert one.prompt == ["{{QUERY}}"]
    assert one != other
    assert one == make(prompt=["{{SYSTEM}}: ", "{{QUERY}}"])


def test_template_cls_reads_as_template() -> None:
    from swiftcore.template.template import Template

    class Mine(Template):
        pass

    assert make().template_cls is Template
    assert make(template_cls=Mine).template_cls is Mine
    assert dataclasses.replace(make(template_cls=Mine)).template_cls is Mine
    assert make() == make()
    assert "template_cls=<class" in repr(make())
    meta = make()
    meta.template_cls = Mine
    assert meta.to_generate_template_meta().template_cls is Mine


@dataclass
class MineTemplateMeta(TemplateMeta):
    prefix: Prompt = field(default_factory=lambda: ["<s>{{SYSTEM}}"])
    prompt: Prompt = field(default_factory=lambda: ["<user>{{QUERY}}<bot>"])
    chat_sep: Prompt | None = pieces("</s>")
    default_system: str | None = "Be brief."
    extra: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.extra += 1


def test_subclass_with_other_defaults() -> None:
    meta = MineTemplateMeta("mine", stop_words=["</s>"])
    assert (meta.prefix, meta.system_prefix) == (["<s>"], ["<s>{{SYSTEM}}"])
    assert meta.spec()["default_system"] == "Be brief."
    assert meta.extra == 1
    assert not MineTemplateMeta("mine", ["<b>"], default_system=None).support_system


def test_subclass_that_chooses_a_class() -> None:
    from swiftcore.template.template import Template

    class Mine(Template):
        pass

    @dataclass
    class WithClass(MineTemplateMeta):
        template_cls: type[Template] = Mine

    assert WithClass("mine").template_cls is Mine
    assert WithClass("mine").to_generate_template_meta().template_cls is Mine


def test_to_generate_template_meta() -> None:
    meta = make(system_prefix=["{{SYSTEM}}"], default_system="Be brief.", stop_words=["</s>", [1]])
    plain = meta.to_generate_template_meta()
    assert vars(plain) == vars(
        TemplateMeta(
            "mine",
            prefix=[],
            prompt=["{{QUERY}}"],
            chat_sep=None,
            auto_add_bos=True,
            stop_words=["</s>", [1]],
        )
    )
    plain.stop_words.append("x")
    assert meta.stop_words == ["</s>", [1]]


def test_spec() -> None:
    meta = make(prefix=["<s>{{SYSTEM}}"], suffix=["</s>", ["eos_token_id", 5]], stop_words=["</s>", [1]])
    spec = meta.spec()
    assert spec == {
        "template_type": "mine",
        "prefix": ["<s>"],
        "prompt": ["<user>{{QUERY}}<bot>"],
        "system_prompt": None,
        "chat_sep": ["</s>"],
        "suffix": ["</s>", ["eos_token_id", 5]],
        "system_prefix": ["<s>{{SYSTEM}}"],
        "default_system": None,
        "stop_words": ["</s>", [1]],
        "auto_add_bos": False,
        "is_thinking": False,
        "thinking_prefix": "",
        "non_thinking_prefix": "",
        "preserve_thinking": None,
        "history_thinking_prefix": "",
        "agent_template": None,
        "support_system": True,
    }
    assert all(type(value) is list for value in spec.values() if isinstance(value, list))
    spec["suffix"][1].append(6)
    assert meta.suffix == ["</s>", ["eos_token_id", 5]]


def test_resolve_writes_dates_everywhere() -> None:
    date = "{{DATE:%d %b %Y}}"
    meta = make(
        prefix=[f"{date} {{{{SYSTEM}}}}", [1]],
        prompt=[f"{date}{{{{QUERY}}}}"],
        chat_sep=[date],
        suffix=[date, ["eos_token_id"]],
        default_system=f"Today is {date}, {{{{DATE:%A}}}}.",
        is_thinking=True,
    )
    resolved = meta.resolve(DAY)
    assert resolved.system_prefix == ["02 Nov 2026 {{SYSTEM}}", [1]]
    assert resolved.prefix == ["02 Nov 2026 ", [1]]
    assert resolved.prompt == ["02 Nov 2026{{QUERY}}"]
    assert resolved.chat_sep == ["02 Nov 2026"]
    assert resolved.suffix == ["02 Nov 2026", ["eos_token_id"]]
    assert resolved.default_system == "Today is 02 Nov 2026, Monday."
    assert resolved.is_thinking
    assert meta.chat_sep == [date]
    assert resolved.resolve(DAY) is resolved


def test_resolve_keeps_a_system_in_the_prompt() -> None:
    meta = make(prompt=["{{SYSTEM}} {{DATE:%Y}}", "{{QUERY}}"])
    resolved = meta.resolve(DAY)
    assert resolved.system_prompt == ["{{SYSTEM}} 2026", "{{QUERY}}"]
    assert resolved.prompt == ["{{QUERY}}"]


def test_resolve_keeps_the_class_of_the_meta() -> None:
    meta = MineTemplateMeta("mine", default_system="{{DATE:%Y}}")
    assert type(meta.resolve(DAY)) is MineTemplateMeta
    assert meta.resolve(datetime.datetime(2026, 11, 2, 23, 59)).default_system == "2026"


FORMS = "%d|%m|%y|%Y|%b|%B|%a|%A|%j|%%"


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_dates_are_what_strftime_says_in_english(day: datetime.date) -> None:
    assert locale.setlocale(locale.LC_TIME) in {"C", "POSIX"}
    assert write_dates(f"{{{{DATE:{FORMS}}}}}", day) == day.strftime(FORMS)
    assert write_dates("{{DATE:%-d.%-m.}}", day) == f"{day.day}.{day.month}."


def test_date_problems() -> None:
    assert date_problem(f"{{{{DATE:{FORMS}}}}} and {{{{QUERY}}}}") is None
    assert date_problem("{{DATE}}") == ("{{DATE}} does not say how to write the date; write {{DATE:%Y-%m-%d}}")
    assert date_problem("{{DATE:%H:%M}}") == (
        "{{DATE:%H:%M}} holds the unknown directive %H; known are %d %-d %m %-m %y %Y %b %B %a %A %j %%"
    )
