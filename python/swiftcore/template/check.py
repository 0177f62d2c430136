"""Check the fields of a `TemplateMeta`. Each error says what would be right.

`check_structure` runs at construction and checks types only. `check` runs at registration and checks everything. Both
raise the first error that they find.
"""

from __future__ import annotations

import re
from typing import Any

from .._near import nearest
from .dates import date_problem
from .fields import TemplateFields, refuse, show
from .hook_check import check_class
from .pieces import QUERY, RESPONSE, ROUND0, ROUND1, SYSTEM, Prompt, holds, lookalike
from .rules import Rule
from .rules import __all__ as RULES

__all__ = ["check", "check_structure"]

MAX_TOKEN_ID = 2**31 - 1  # ids travel as int32

# The attributes that every tokenizer has. Others (`user_token_id`) are taken on trust until there is one.
_ATTRIBUTES = tuple(f"{name}_token_id" for name in ("bos", "eos", "pad", "unk", "sep", "cls", "mask"))
_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*_id")

# A placeholder -> the fields that it is filled in, in words.
_PLACES = {
    SYSTEM: "only in prefix, system_prefix and prompt",
    QUERY: "only in prompt",
    ROUND0: "only in prompt",
    ROUND1: "only in prompt",
    RESPONSE: "nor anywhere else: a response follows prompt by itself",
}
_ALLOWED: dict[str, tuple[str, ...]] = {
    "prefix": (),
    "system_prefix": (SYSTEM,),
    "prompt": (SYSTEM, QUERY, ROUND0, ROUND1),
    "chat_sep": (),
    "suffix": (),
}


def check_structure(meta: TemplateFields) -> None:
    """Check the types that construction itself relies on.

    Raises:
        TemplateError: A field is not a list where one is meant, or the like.
    """
    if not isinstance(meta.template_type, str) or not meta.template_type:
        raise refuse(meta, "template_type", "expected a name, a string that is not empty")
    for field in ("prefix", "prompt", "suffix"):
        _check_pieces(meta, field, getattr(meta, field), optional=False)
    for field in ("chat_sep", "system_prefix"):
        _check_pieces(meta, field, getattr(meta, field), optional=True)
    _check_type(meta, "default_system", str, "a string or None", optional=True)


def check(meta: TemplateFields) -> None:
    """Check all of a template: what registration does.

    >>> from swiftcore.template import TemplateMeta
    >>> check(TemplateMeta("mine", prefix=["<s>"], prompt=["<user>{{QUERY}}<bot>"], chat_sep=[[-1]]))
    Traceback (most recent call last):
        ...
    swiftcore.errors.TemplateError: template 'mine', chat_sep[0]: -1 is not a token id; ids start at 0

    Raises:
        TemplateError: A field cannot mean anything, or contradicts another. `field` names it.
    """
    check_structure(meta)
    texts = {field: getattr(meta, field) for field in _ALLOWED}
    for field in ("prefix", "prompt"):
        if holds(texts[field], SYSTEM):
            raise refuse(
                meta,
                field,
                f"{SYSTEM} was put here after construction; make a new template with dataclasses.replace",
            )
    texts["prompt"] = meta.system_prompt or meta.prompt
    for field, pieces in texts.items():
        for index, piece in enumerate(pieces or ()):
            where = f"{field}[{index}]"
            if isinstance(piece, str):
                _check_placeholders(meta, where, piece, _ALLOWED[field])
            else:
                _check_ids(meta, where, piece, names=True)
    _check_query_and_system(meta, texts["prompt"])
    if meta.default_system is not None and (problem := date_problem(meta.default_system)):
        raise refuse(meta, "default_system", problem)
    _check_stop_words(meta)
    for field in ("auto_add_bos", "is_thinking", "is_multimodal"):
        _check_type(meta, field, bool, "True or False")
    _check_type(meta, "preserve_thinking", bool, "True, False or None", optional=True)
    _check_type(meta, "agent_template", str, "the name of an agent format, or None", optional=True)
    for field in ("thinking_prefix", "non_thinking_prefix", "history_thinking_prefix"):
        _check_type(meta, field, str, "a string")
        _check_placeholders(meta, field, getattr(meta, field), None)
    _check_rules(meta)
    check_class(meta)


def _check_pieces(meta: TemplateFields, field: str, value: object, *, optional: bool) -> None:
    if value is None and optional:
        return
    wanted = "a list of pieces or None" if optional else "a list of pieces"
    if isinstance(value, str):
        raise refuse(meta, field, f"expected {wanted}, got the string {show(value)}; write [{show(value)}]")
    if not isinstance(value, list):
        raise refuse(meta, field, f"expected {wanted}, got {show(value)}{_as_list(value)}")
    for index, piece in enumerate(value):
        if not isinstance(piece, str | list):
            problem = f"expected text or a list of token ids, got {show(piece)}{_as_list(piece)}"
            raise refuse(meta, f"{field}[{index}]", problem)


def _check_placeholders(meta: TemplateFields, where: str, text: str, allowed: tuple[str, ...] | None) -> None:
    # `allowed` is None for texts in which nothing is ever filled in.
    for placeholder, places in _PLACES.items():
        if placeholder in text and placeholder not in (allowed or ()):
            raise refuse(meta, where, f"{placeholder} is not filled in here, {places}")
    if allowed is None:
        if "{{DATE:" in text:
            raise refuse(meta, where, "a date is not filled in here, only in pieces and default_system")
    elif problem := date_problem(text):
        raise refuse(meta, where, problem)


def _check_ids(meta: TemplateFields, where: str, ids: list[object], *, names: bool) -> None:
    for value in ids:
        if isinstance(value, str) and names:
            if not _ATTRIBUTE.fullmatch(value):
                raise refuse(meta, where, _attribute_problem(value))
        elif not isinstance(value, int) or isinstance(value, bool):
            raise refuse(meta, where, f"{show(value)} is not a token id")
        elif value < 0:
            raise refuse(meta, where, f"{value} is not a token id; ids start at 0")
        elif value > MAX_TOKEN_ID:
            raise refuse(meta, where, f"{value} is not a token id; ids end at {MAX_TOKEN_ID}")


def _attribute_problem(name: str) -> str:
    near = nearest(name, _ATTRIBUTES, n=1, cutoff=0.8)
    advice = f"write [{near[0]!r}]" if near else f"write text without the inner brackets, {show(name)}"
    return f"{show(name)} is not the name of a tokenizer attribute that holds an id; {advice}"


def _check_query_and_system(meta: TemplateFields, prompt: Prompt) -> None:
    if not holds(prompt, QUERY):
        raise refuse(meta, "prompt", f"the user's text would be left out; {_instead(prompt, QUERY)}")
    if meta.is_post_system:
        if meta.system_prefix is not None:
            raise refuse(
                meta,
                "system_prefix",
                f"would never be written, as prompt holds {SYSTEM}; leave one of the two out",
            )
        if meta.support_multi_round and not holds(meta.prompt, QUERY):
            raise refuse(
                meta,
                "prompt",
                f"pieces that hold {SYSTEM} are written in the last round alone, and {QUERY} stands in no "
                f"other; give {QUERY} a piece of its own",
            )
    elif meta.system_prefix is not None and not holds(meta.system_prefix, SYSTEM):
        raise refuse(
            meta,
            "system_prefix",
            f"the system text would be left out; {_instead(meta.system_prefix, SYSTEM)}",
        )


def _instead(pieces: Prompt, placeholder: str) -> str:
    found = lookalike(pieces, placeholder)
    return f"write {found} as {placeholder}" if found else f"put {placeholder} where it goes"


def _check_stop_words(meta: TemplateFields) -> None:
    words: Any = meta.stop_words
    wanted = "a list of texts or lists of token ids"
    if isinstance(words, str):
        raise refuse(meta, "stop_words", f"expected {wanted}, got the string {show(words)}; write [{show(words)}]")
    if not isinstance(words, list):
        raise refuse(meta, "stop_words", f"expected {wanted}, got {show(words)}{_as_list(words)}")
    for index, word in enumerate(words):
        where = f"stop_words[{index}]"
        if not isinstance(word, str | list):
            problem = f"expected text or a list of token ids, got {show(word)}{_as_list(word)}"
            raise refuse(meta, where, problem)
        if not word:
            raise refuse(meta, where, "is empty, so that every response would end with it")
        if isinstance(word, list):
            _check_ids(meta, where, word, names=False)


def _check_rules(meta: TemplateFields) -> None:
    rules: Any = meta.rules
    if not isinstance(rules, tuple):
        raise refuse(meta, "rules", f"expected a tuple of rules, got {show(rules)}")
    for index, rule in enumerate(rules):
        if type(rule) is Rule or not isinstance(rule, Rule) or type(rule).__name__ not in RULES:
            raise refuse(meta, f"rules[{index}]", f"{show(rule)} is no rule of swiftcore.template.rules")
        for name, value in vars(rule).items():
            if isinstance(value, str) and (problem := date_problem(value)):
                raise refuse(meta, f"rules[{index}].{name}", problem)


def _check_type(meta: TemplateFields, field: str, kind: type, wanted: str, *, optional: bool = False) -> None:
    value = getattr(meta, field)
    if not (isinstance(value, kind) or (optional and value is None)):
        raise refuse(meta, field, f"expected {wanted}, got {show(value)}")


def _as_list(value: object) -> str:
    if value is None:
        return "; write [] for nothing"
    if isinstance(value, tuple):
        return f"; write {show(list(value))}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"; write [{value}]"
    return ""
