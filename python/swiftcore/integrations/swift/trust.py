"""Which classes of templates are known: what they do beside their fields is then known as rules.

A class of ms-swift's is known by the templates that ms-swift registers with it: swiftcore has the same ones. A class of
the user's is known where it changes nothing that encoding goes by.
"""

from __future__ import annotations

import types
from typing import Any

from ...template.registry import TEMPLATE_MAPPING
from ...template.rules import Rule
from .peer import Peer

__all__ = ["Unknown", "Known", "known_class"]

# What a subclass may say otherwise: none of it is used between a row and its ids.
_BESIDE_ENCODING = frozenset(
    (
        *("compute_sft_loss", "data_collator", "_data_collator", "_data_collator_mm_data", "_post_encode"),
        *("decode_generate_ids", "decode_prm", "decode_seq_cls", "forward_context", "generate", "generate_context"),
        *("get_generate_ids", "packing_row", "post_process_generate_response", "pre_forward_hook"),
        *("prepare_engine_kwargs", "prepare_generate_kwargs", "prepare_pooling_params", "extract_embedding"),
        *("print_inputs", "debug_logger", "skip_prompt", "skip_stop_tokens", "support_padding_free", "use_model"),
        *("__doc__", "__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__annotations__"),
        *("__dict__", "__weakref__", "__orig_bases__", "__parameters__"),
    )
)


class Unknown(Exception):
    """A template that cannot be taken over as a whole; `reason` is a short name for it, the text says more."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Known:
    """What a class does beside its template's fields.

    Attributes:
        rules: What its templates have for rules.
        is_multimodal: Whether they are for models that take media.
    """

    def __init__(self, rules: tuple[Rule, ...], is_multimodal: bool) -> None:
        self.rules = rules
        self.is_multimodal = is_multimodal


def known_class(template: Any, peer: Peer) -> Known:
    """What the class of a template does.

    Raises:
        Unknown: It is a class of the user's that changes how rows are encoded, or methods were replaced.
    """
    for name in vars(template):
        if isinstance(getattr(type(template), name, None), types.FunctionType | property):
            raise Unknown("method", f"{name} was replaced on the template")
    classes = [cls for cls in type(template).__mro__ if issubclass(cls, peer.base)]
    for cls in classes:
        if peer.is_own(cls):
            _check_as_shipped(template, peer)
            return _of_its_templates(cls, peer)
        changed = sorted(vars(cls).keys() - _BESIDE_ENCODING)
        if changed:
            raise Unknown("class", f"{cls.__qualname__} has its own {', '.join(changed)}")
    raise Unknown("class", f"{type(template).__qualname__} is not known")  # not reached: the base is ms-swift's own


def _check_as_shipped(template: Any, peer: Peer) -> None:
    """Refuses a class of ms-swift's in which somebody put a function of their own."""
    top = peer.base.__module__.partition(".")[0]
    for cls in type(template).__mro__:
        if not peer.is_own(cls):
            continue
        for name, value in vars(cls).items():
            function = getattr(value, "__func__", value)
            if not isinstance(function, types.FunctionType) or name in _BESIDE_ENCODING:
                continue
            module = function.__module__ or ""
            if module.partition(".")[0] not in (top, "swiftcore", "torch", "contextlib"):
                raise Unknown("method", f"{cls.__qualname__}.{name} was replaced by one of {module}")


def _of_its_templates(cls: type[Any], peer: Peer) -> Known:
    """What swiftcore knows of the templates that ms-swift registers with `cls`: it must be the same of all."""
    found: dict[tuple[Any, ...], Known] = {}
    for name, meta in peer.registry.items():
        ours = TEMPLATE_MAPPING.get(name)
        if meta.template_cls is not cls or ours is None or not _looks_alike(meta, ours):
            continue
        found[ours.rules, ours.is_multimodal] = Known(ours.rules, ours.is_multimodal)
    rules = {rules for rules, _ in found}
    if len(rules) == 1:
        return Known(rules.pop(), any(known.is_multimodal for known in found.values()))
    if not found and cls is peer.base:
        return Known((), is_multimodal=False)
    raise Unknown("class", f"{cls.__qualname__} is not known")


def _looks_alike(theirs: Any, ours: Any) -> bool:
    """Whether a registered template is the one that ms-swift brings, and not the user's own of that name."""
    return (theirs.prompt, theirs.chat_sep, theirs.suffix) == (ours.prompt, ours.chat_sep, ours.suffix)
