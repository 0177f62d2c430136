"""What a multimodal template says of media: the tokens that stand for them, and columns that its models need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["MediaMeta"]


@dataclass(frozen=True)
class MediaMeta:
    """Facts about the media of a template. `TemplateMeta.media` holds it.

    >>> from swiftcore import get_template_meta
    >>> get_template_meta("gemma3_vision").media
    MediaMeta(placeholder_tokens=('<start_of_image>',), token_column='token_type_ids')

    Attributes:
        placeholder_tokens: Tokens that stand for media. Truncation keeps them, as in ms-swift. Tokens that the
            tokenizer does not have are left out.
        token_column: A column with one int32 value per token that the models need for rows without media too:
            zeros, and for `position_ids` the positions. `collate` pads it with 0.
    """

    placeholder_tokens: tuple[str, ...] = ()
    token_column: Literal["token_type_ids", "mm_token_type_ids", "position_ids"] | None = None
