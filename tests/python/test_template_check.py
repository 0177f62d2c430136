"""What is refused in a template, with the full message, and what is not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from swiftcore.errors import TemplateError
from swiftcore.template import TEMPLATE_MAPPING, TemplateMeta
from swiftcore.template.hook_check import HOOKS
from swiftcore.template.meta import check


def make(**fields: Any) -> TemplateMeta:
    given: dict[str, Any] = {
        "template_type": "mine",
        "prefix": ["<s>"],
        "prompt": ["<user>{{QUERY}}<bot>"],
        "chat_sep": ["</s>"],
    }
    return TemplateMeta(**(given | fields))


AT_CONSTRUCTION: list[tuple[dict[str, Any], str]] = [
    ({"template_type": ""}, "template '', template_type: expected a name, a string that is not empty"),
    (
        {"template_type": ["<s>"]},
        "template ['<s>'], template_type: expected a name, a string that is not empty",
    ),
    (
        {"prefix": "<s>"},
        "template 'mine', prefix: expected a list of pieces, got the string '<s>'; write ['<s>']",
    ),
    (
        {"prompt": ("{{QUERY}}",)},
        "template 'mine', prompt: expected a list of pieces, got ('{{QUERY}}',); write ['{{QUERY}}']",
    ),
    ({"suffix": None}, "template 'mine', suffix: expected a list of pieces, got None; write [] for nothing"),
    (
        {"chat_sep": "</s>"},
        "template 'mine', chat_sep: expected a list of pieces or None, got the string '</s>'; write ['</s>']",
    ),
    (
        {"system_prefix": {"{{SYSTEM}}"}},
        "template 'mine', system_prefix: expected a list of pieces or None, got {'{{SYSTEM}}'}",
    ),
    (
        {"prompt": [195, "{{QUERY}}"]},
        "template 'mine', prompt[0]: expected text or a list of token ids, got 195; write [195]",
    ),
    (
        {"prompt": ["{{QUERY}}", (196,)]},
        "template 'mine', prompt[1]: expected text or a list of token ids, got (196,); write [196]",
    ),
    (
        {"suffix": [b"</s>"]},
        "template 'mine', suffix[0]: expected text or a list of token ids, got b'</s>'",
    ),
    (
        {"prefix": ["{{SYSTEM}}"], "system_prefix": ["<s>{{SYSTEM}}"]},
        "template 'mine', system_prefix: given although prefix holds {{SYSTEM}}; put {{SYSTEM}} in one of the two",
    ),
    (
        {"default_system": "Be brief."},
        "template 'mine', default_system: given, but the template has no place for a system text; "
        "put {{SYSTEM}} in prefix, system_prefix or prompt",
    ),
    (
        {"system_prefix": ["{{SYSTEM}}"], "default_system": ["Be brief."]},
        "template 'mine', default_system: expected a string or None, got ['Be brief.']",
    ),
]

AT_REGISTRATION: list[tuple[dict[str, Any], str]] = [
    # pieces
    ({"suffix": [[-1]]}, "template 'mine', suffix[0]: -1 is not a token id; ids start at 0"),
    (
        {"suffix": [[2**31]]},
        "template 'mine', suffix[0]: 2147483648 is not a token id; ids end at 2147483647",
    ),
    ({"suffix": [[True]]}, "template 'mine', suffix[0]: True is not a token id"),
    ({"suffix": [[1.5]]}, "template 'mine', suffix[0]: 1.5 is not a token id"),
    (
        {"prefix": [["<s>"]]},
        "template 'mine', prefix[0]: '<s>' is not the name of a tokenizer attribute that holds an id; "
        "write text without the inner brackets, '<s>'",
    ),
    (
        {"prefix": [["bos_token"]]},
        "template 'mine', prefix[0]: 'bos_token' is not the name of a tokenizer attribute that holds an id; "
        "write ['bos_token_id']",
    ),
    # placeholders
    (
        {"prompt": ["<user>"]},
        "template 'mine', prompt: the user's text would be left out; put {{QUERY}} where it goes",
    ),
    (
        {"prompt": []},
        "template 'mine', prompt: the user's text would be left out; put {{QUERY}} where it goes",
    ),
    (
        {"prompt": ["<user>{{query}}"]},
        "template 'mine', prompt: the user's text would be left out; write {{query}} as {{QUERY}}",
    ),
    (
        {"prompt": ["<user>", "{QUERY}"]},
        "template 'mine', prompt: the user's text would be left out; write {QUERY} as {{QUERY}}",
    ),
    (
        {"prompt": ["{{ QUERY }}"]},
        "template 'mine', prompt: the user's text would be left out; write {{ QUERY }} as {{QUERY}}",
    ),
    (
        {"prefix": ["{{QUERY}}"]},
        "template 'mine', prefix[0]: {{QUERY}} is not filled in here, only in prompt",
    ),
    (
        {"system_prefix": ["{{SYSTEM}}{{QUERY}}"]},
        "template 'mine', system_prefix[0]: {{QUERY}} is not filled in here, only in prompt",
    ),
    (
        {"chat_sep": ["</s>", "{{ROUND0}}"]},
        "template 'mine', chat_sep[1]: {{ROUND0}} is not filled in here, only in prompt",
    ),
    (
        {"prefix": ["{{ROUND1}}"]},
        "template 'mine', prefix[0]: {{ROUND1}} is not filled in here, only in prompt",
    ),
    (
        {"suffix": ["{{SYSTEM}}"]},
        "template 'mine', suffix[0]: {{SYSTEM}} is not filled in here, only in prefix, system_prefix and prompt",
    ),
    (
        {"prompt": ["{{QUERY}}", "{{RESPONSE}}"]},
        "template 'mine', prompt[1]: {{RESPONSE}} is not filled in here, nor anywhere else: "
        "a response follows prompt by itself",
    ),
    (
        {"thinking_prefix": "<think>{{QUERY}}"},
        "template 'mine', thinking_prefix: {{QUERY}} is not filled in here, only in prompt",
    ),
    (
        {"non_thinking_prefix": "{{DATE:%Y}}"},
        "template 'mine', non_thinking_prefix: a date is not filled in here, only in pieces and default_system",
    ),
    (
        {"prefix": ["{{DATE}}"]},
        "template 'mine', prefix[0]: {{DATE}} does not say how to write the date; write {{DATE:%Y-%m-%d}}",
    ),
    (
        {"prefix": ["{{SYSTEM}}"], "default_system": "It is {{DATE:%H}}."},
        "template 'mine', default_system: {{DATE:%H}} holds the unknown directive %H; "
        "known are %d %-d %m %-m %y %Y %b %B %a %A %j %%",
    ),
    # system
    (
        {"system_prefix": ["<s>"]},
        "template 'mine', system_prefix: the system text would be left out; put {{SYSTEM}} where it goes",
    ),
    (
        {"system_prefix": ["<s>{{system}}"]},
        "template 'mine', system_prefix: the system text would be left out; write {{system}} as {{SYSTEM}}",
    ),
    (
        {"prompt": ["{{SYSTEM}}", "{{QUERY}}"], "system_prefix": ["{{SYSTEM}}"]},
        "template 'mine', system_prefix: would never be written, as prompt holds {{SYSTEM}}; leave one of the two out",
    ),
    (
        {"prompt": ["{{SYSTEM}}{{QUERY}}"]},
        "template 'mine', prompt: pieces that hold {{SYSTEM}} are written in the last round alone, and "
        "{{QUERY}} stands in no other; give {{QUERY}} a piece of its own",
    ),
    # stop words
    (
        {"stop_words": "</s>"},
        "template 'mine', stop_words: expected a list of texts or lists of token ids, got the string '</s>'; "
        "write ['</s>']",
    ),
    (
        {"stop_words": None},
        "template 'mine', stop_words: expected a list of texts or lists of token ids, got None; write [] for nothing",
    ),
    (
        {"stop_words": ["</s>", 2]},
        "template 'mine', stop_words[1]: expected text or a list of token ids, got 2; write [2]",
    ),
    (
        {"stop_words": [""]},
        "template 'mine', stop_words[0]: is empty, so that every response would end with it",
    ),
    (
        {"stop_words": [[]]},
        "template 'mine', stop_words[0]: is empty, so that every response would end with it",
    ),
    (
        {"stop_words": [["eos_token_id"]]},
        "template 'mine', stop_words[0]: 'eos_token_id' is not a token id",
    ),
    ({"stop_words": [[-3]]}, "template 'mine', stop_words[0]: -3 is not a token id; ids start at 0"),
    # the rest
    ({"auto_add_bos": "yes"}, "template 'mine', auto_add_bos: expected True or False, got 'yes'"),
    ({"is_thinking": 1}, "template 'mine', is_thinking: expected True or False, got 1"),
    (
        {"preserve_thinking": "no"},
        "template 'mine', preserve_thinking: expected True, False or None, got 'no'",
    ),
    (
        {"agent_template": ["hermes"]},
        "template 'mine', agent_template: expected the name of an agent format, or None, got ['hermes']",
    ),
    ({"thinking_prefix": None}, "template 'mine', thinking_prefix: expected a string, got None"),
    ({"non_thinking_prefix": 0}, "template 'mine', non_thinking_prefix: expected a string, got 0"),
    ({"history_thinking_prefix": []}, "template 'mine', history_thinking_prefix: expected a string, got []"),
    (
        {"template_cls": "Template"},
        "template 'mine', template_cls: expected a subclass of swiftcore's Template, got 'Template'",
    ),
    (
        {"template_cls": dict},
        "template 'mine', template_cls: expected a subclass of swiftcore's Template, got <class 'dict'>",
    ),
]


def blamed(message: str) -> str:
    return message.split(", ", 1)[1].split(":")[0].split("[")[0]


@pytest.mark.parametrize(("fields", "message"), AT_CONSTRUCTION, ids=[blamed(m) for _, m in AT_CONSTRUCTION])
def test_refused_at_construction(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        make(**fields)
    assert str(caught.value) == message
    assert caught.value.field == blamed(message)
    name = fields.get("template_type", "mine")
    assert caught.value.template_type == (name if isinstance(name, str) else None)


@pytest.mark.parametrize(("fields", "message"), AT_REGISTRATION, ids=[blamed(m) for _, m in AT_REGISTRATION])
def test_refused_at_registration(fields: dict[str, Any], message: str) -> None:
    meta = make(**fields)
    with pytest.raises(TemplateError) as caught:
        check(meta)
    assert str(caught.value) == message
    assert caught.value.field == blamed(message)
    assert caught.value.template_type == "mine"


def test_fields_changed_after_construction_are_checked_again() -> None:
    meta = make()
    meta.suffix = "</s>"  # type: ignore[assignment]
    with pytest.raises(TemplateError, match=r"^template 'mine', suffix: expected a list of pieces"):
        check(meta)
    for field in ("prefix", "prompt"):
        meta = make()
        setattr(meta, field, ["{{SYSTEM}}", "{{QUERY}}"])
        with pytest.raises(TemplateError) as caught:
            check(meta)
        assert str(caught.value) == (
            f"template 'mine', {field}: {{{{SYSTEM}}}} was put here after construction; "
            "make a new template with dataclasses.replace"
        )


def test_long_values_are_cut_short() -> None:
    with pytest.raises(TemplateError) as caught:
        make(prefix="<s>" * 1000)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "fields",
    [
        {"prefix": [], "suffix": [], "chat_sep": []},
        {"prefix": ["", []], "prompt": [[195], "{{QUERY}}", [196, 0]]},
        {"prefix": [["bos_token_id", 5, "user_token_id"]], "suffix": [["im_end_id"]]},
        {"prompt": ["[Round {{ROUND0}}/{{ROUND1}}] {{QUERY}}, again: {{QUERY}}"]},
        {"prompt": ["{{SYSTEM}}{{QUERY}}"], "chat_sep": None},
        {"prompt": ["{{SYSTEM}}", "{{QUERY}}"], "default_system": ""},
        {"prompt": ["{{QUERY}} in {{place}} {query}"], "suffix": ["{{ x }}"]},
        {"prefix": ["{{SYSTEM}}"], "default_system": "Fill in {{QUERY}} and {{name}}."},
        {"stop_words": ["</s>", [1, 2], "{{"]},
        {"thinking_prefix": "<think>\n", "preserve_thinking": False, "agent_template": "react"},
        {"prefix": ["{{DATE:%d %b %Y}}"], "chat_sep": ["{{DATE:100%%}}"]},
    ],
)
def test_allowed(fields: dict[str, Any]) -> None:
    check(make(**fields))


# These have their system placeholder in lower case, as in ms-swift, so that it is never filled in.
LOWER_CASE = {"llava1_6_mistral", "llava1_6_mistral_hf"}


@pytest.mark.parametrize("name", [name for name in TEMPLATE_MAPPING if name not in LOWER_CASE])
def test_built_in_templates_pass(name: str) -> None:
    check(TEMPLATE_MAPPING[name])
    check(TEMPLATE_MAPPING[name].resolve(datetime.date(2026, 11, 22)))
    check(TEMPLATE_MAPPING[name].to_generate_template_meta())


def test_template_cls_may_not_override_what_is_no_hook() -> None:
    from swiftcore.template.template import Template

    class Fine(Template):
        def __len__(self) -> int:
            return 0

        def _helper_of_mine(self) -> None: ...

        def public(self) -> None: ...

    check(make(template_cls=Fine))
    check(make(template_cls=Template))

    class Mixin:
        @staticmethod
        def _swift_encode() -> None: ...

    class Direct(Template):
        def _rlhf_encode(self, inputs: object) -> None: ...

    class Inherits(Fine, Mixin, Template):
        pass

    for given, owner, method in [(Direct, Direct, "_rlhf_encode"), (Inherits, Mixin, "_swift_encode")]:
        with pytest.raises(TemplateError) as caught:
            check(make(template_cls=given))
        assert str(caught.value) == (
            f"template 'mine', template_cls: {owner.__qualname__}.{method} overrides a method that swiftcore "
            f"does not call; override one of {', '.join(HOOKS)}, or say it with the fields of TemplateMeta"
        )
        assert caught.value.field == "template_cls"
