"""Find the markers of a template that a tokenizer splits into pieces instead of having them as tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._warn import MismatchWarning, warn

if TYPE_CHECKING:
    from ..tokenizer import Tokenizer
    from .meta import TemplateMeta

__all__ = ["missing_markers", "warn_of_missing_markers"]

# `<|im_start|>` and `<｜User｜>`.
_BARRED = re.compile(r"<[|｜][^<>|｜\s][^<>|｜]{0,60}[|｜]>")

# Other names that are tokens wherever they are used: `<s>`, `<end_of_turn>`, `<_user>`, `<seed:bos>`, `]~b]`.
_NAMED = re.compile(
    r"</?(?:s|bos|eos|sop|eop|eoa|sep|role|longcat_s|BOS_TOKEN|B_SYS|C_Q|C_A"
    r"|_[a-z_]+|[a-z]+_of_[a-z]+|seed:[a-z]+)>|\[gMASK\]|\]~!?b[\]\[]|\[e~\["
)

# Templates whose models read these markers as ordinary text: their tokenizers never had them.
_AS_TEXT = frozenset(
    ("codefuse", "codefuse_codellama", "internlm", "modelscope_agent", "olmoe", "olmoe_0924", "zephyr")
)

# Tags of HTML too, which are ordinary text or ordinary tokens of other models.
_TAGS = ("<s>", "</s>")

# At most this many markers and pieces are written out.
_MAX_LISTED = 4
_MAX_PIECES = 12


def missing_markers(meta: TemplateMeta, tokenizer: Tokenizer) -> dict[str, list[str]]:
    """Return the markers of a template that are not single tokens, each with the pieces that it is encoded to.

    >>> import swiftcore
    >>> tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
    >>> missing_markers(swiftcore.get_template_meta("deepseek_v2_5"), tokenizer)
    {}
    >>> missing_markers(swiftcore.get_template_meta("chatml"), tokenizer)["<|im_end|>"]
    ['<', '|', 'im', '_end', '|', '>']
    """
    missing: dict[str, list[str]] = {}
    for marker in _markers(meta):
        if not _is_token(marker, tokenizer):
            ids = tokenizer.encode(marker)
            missing[marker] = [tokenizer.convert_ids_to_tokens(one) or "" for one in ids]
    return missing


def _is_token(marker: str, tokenizer: Tokenizer) -> bool:
    token_id = tokenizer.convert_tokens_to_ids(marker)
    # A piece of the vocabulary is one token alone, but several in a text.
    if token_id is None or token_id not in tokenizer.encode(f"\n{marker}\n"):
        return False
    return marker not in _TAGS or not tokenizer.decode([token_id], skip_special_tokens=True)


def warn_of_missing_markers(meta: TemplateMeta, tokenizer: Tokenizer) -> None:
    """Issue one `MismatchWarning` that names all markers that a tokenizer does not have."""
    missing = missing_markers(meta, tokenizer)
    if not missing:
        return
    listed = [_described(marker, pieces) for marker, pieces in list(missing.items())[:_MAX_LISTED]]
    if len(missing) > _MAX_LISTED:
        listed.append(f"and {len(missing) - _MAX_LISTED} more")
    name = "the tokenizer" if tokenizer.origin is None else f"the tokenizer of {tokenizer.origin!r}"
    words = "this marker as a token" if len(missing) == 1 else "these markers as tokens"
    advice = "Use the template of the tokenizer's model, or another tokenizer"
    warn(
        f"template {meta.template_type!r}: {name} does not have {words}: {', '.join(listed)}. {advice}",
        MismatchWarning,
    )


def _described(marker: str, pieces: list[str]) -> str:
    shown = " ".join(map(repr, pieces[:_MAX_PIECES])) + (" ..." if len(pieces) > _MAX_PIECES else "")
    count = "1 ordinary piece" if len(pieces) == 1 else f"{len(pieces)} pieces"
    return f"{marker!r} ({count}: {shown})"


def _markers(meta: TemplateMeta) -> list[str]:
    """Return the markers in the texts of a template, in their order."""
    texts = [
        piece
        for pieces in (meta.prefix, meta.system_prefix, meta.prompt, meta.chat_sep, meta.suffix, meta.stop_words)
        for piece in pieces or ()
        if isinstance(piece, str)
    ]
    patterns = (_NAMED,) if meta.template_type in _AS_TEXT else (_BARRED, _NAMED)
    found = [marker for text in texts for pattern in patterns for marker in pattern.findall(text)]
    return list(dict.fromkeys(found))
