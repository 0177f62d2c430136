"""Tokens of hubs: checked before they reach a client, and taken out of whatever is said."""

from __future__ import annotations

import os

from ..errors import ArgumentError

__all__ = ["checked", "without"]

_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MODELSCOPE_API_TOKEN")


def checked(token: str | None) -> str | None:
    """A token without the white space around it; None for an empty one.

    >>> checked(" hf_abc\\n"), checked("")
    ('hf_abc', None)

    Raises:
        ArgumentError: It has characters that no token has. The message does not hold it.
    """
    if token is None:
        return None
    if not isinstance(token, str):
        text = f"argument 'hub_token': a {type(token).__name__} is no token; give a string, or None for the one saved"
        raise ArgumentError(text, argument="hub_token")
    token = token.strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        text = (
            f"argument 'hub_token': its {len(token)} characters hold one that no token has, such as a space or a line "
            "break; copy it again"
        )
        raise ArgumentError(text, argument="hub_token")
    return token or None


def without(text: str, token: str | None) -> str:
    """`text` without the token, and without those that the environment holds.

    >>> without("Bearer hf_abc was refused", "hf_abc")
    'Bearer *** was refused'
    """
    for secret in (token, *(os.environ.get(name, "").strip() for name in _VARIABLES)):
        if secret and len(secret) > 3:
            text = text.replace(secret, "***")
    return text
