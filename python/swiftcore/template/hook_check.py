"""Check the class of a template: it may override the hooks of `Template`, and nothing else."""

from __future__ import annotations

import functools
import inspect
from types import FunctionType

from .fields import TemplateFields, default_class, refuse, show

__all__ = ["HOOKS", "check_class"]

# What a subclass of `Template` may override. `hooks.py` documents the arguments.
HOOKS = (
    *("_preprocess_inputs", "replace_tag", "_encode", "_post_encode", "_data_collator"),
    *("_tokenize", "_extend_tokens", "placeholder_tokens", "data_collator"),
)

# The methods of ms-swift's `Template` that its subclasses override. swiftcore calls only those in `HOOKS`.
_PEER_NAMES = """
    _add_default_tags _add_dynamic_eos _add_non_thinking_prefix _concat_context_list
    _concat_text_position_ids _data_collator _data_collator_mm_data _decision_data_collator _decision_encode
    _decode_decision _embedding_data_collator _embedding_encode _encode _encode_context_list
    _encode_truncated _extend_tokens _extract_extra_decision_meta _fetch_inputs_startswith
    _flash_attention_forward _get_bbox_str _get_enable_thinking _get_height_width _get_inputs_embeds_hf
    _get_length _get_max_pixels _get_megatron_cp_length _get_model _get_preserve_thinking
    _get_response_prefix _get_seq_cls_logprobs _get_std_messages _get_system _handle_megatron_cp
    _init_placeholder_tokens _initialize _is_add_non_thinking_round _is_special _jinja_encode
    _kto_data_collator _kto_encode _load_image _pad_3d_position_ids _pad_sequence
    _patch_flash_attention_forward _post_encode _pre_tokenize _pre_tokenize_images _preprocess_inputs
    _preprocess_standalone_tools _preprocess_tool_call _preprocess_tools _remove_history_thinking
    _remove_response_separator_overlap _remove_thinking_content _replace_image_tags
    _replace_start_image_tags _reranker_data_collator _reranker_encode _rlhf_data_collator _rlhf_encode
    _save_pil_image _seq_cls_data_collator _seq_cls_encode _simplify_context_list _split_list
    _split_special_tokens _swift_encode _swift_prepare_inputs _tokenize _truncate
"""
_PEER_METHODS = frozenset(_PEER_NAMES.split())
_METHOD_TYPES = (
    *(FunctionType, classmethod, staticmethod, property),
    *(functools.partialmethod, functools.cached_property, functools.singledispatchmethod),
)


def check_class(meta: TemplateFields) -> None:
    """Check that `template_cls` is a subclass of `Template` that overrides only its hooks.

    Raises:
        TemplateError: It is not, a method would never be called, or a hook does not take its arguments.
    """
    given = vars(meta)["template_cls"]
    if given is None:
        return
    base = default_class()
    if not isinstance(given, type) or not issubclass(given, base):
        raise refuse(meta, "template_cls", f"expected a subclass of swiftcore's Template, got {show(given)}")
    for owner in given.__mro__[: given.__mro__.index(base)]:
        for name, value in vars(owner).items():
            if name.endswith("__") or not isinstance(value, _METHOD_TYPES):
                continue
            if name in HOOKS:
                _check_hook(meta, owner, name, getattr(base, name))
            elif name.startswith("_") and (name in _PEER_METHODS or hasattr(base, name)):
                raise refuse(
                    meta,
                    "template_cls",
                    f"{owner.__qualname__}.{name} overrides a method that swiftcore does not call; override one of "
                    f"{', '.join(HOOKS)}, or say it with the fields of TemplateMeta",
                )


def _check_hook(meta: TemplateFields, owner: type, name: str, base: object) -> None:
    """Check that a hook takes the arguments that it is called with."""
    if name == "placeholder_tokens":
        raise refuse(meta, "template_cls", f"{owner.__qualname__}.{name} is a method; make it a list of tokens")
    if name == "_extend_tokens":
        return  # only the methods of subclasses call it
    wanted = inspect.signature(base)  # type: ignore[arg-type]
    parameters = wanted.parameters.values()
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    named = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    try:
        given = inspect.signature(getattr(owner, name))
    except (TypeError, ValueError):
        return  # its signature is unknown
    try:
        given.bind(*positional, **dict.fromkeys(named))
    except TypeError:
        problem = f"{owner.__qualname__}.{name} takes {_plain(given)}; it is called as {name}{_plain(wanted)}"
        raise refuse(meta, "template_cls", problem) from None


def _plain(signature: inspect.Signature) -> str:
    """Return a signature without its types."""
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))
