"""Check `content_policy`, which says how control tokens in the text of rows are encoded."""

from __future__ import annotations

from .._warn import warn
from ..errors import ArgumentError

__all__ = ["check_policy", "warn_of_markers"]


def check_policy(policy: str, hooked: type | None) -> None:
    """Refuse a policy that the hooks of a template class would not follow.

    >>> check_policy("literal", None)

    Raises:
        ArgumentError: The class `hooked` encodes rows itself.
    """
    if hooked is not None and policy != "parity":
        raise ArgumentError(
            f"argument 'content_policy': expected 'parity', got {policy!r}: {hooked.__qualname__} encodes rows "
            "with hooks of its own",
            argument="content_policy",
        )


def warn_of_markers(policy: str, template_type: str, markers: list[str]) -> None:
    """Warn that the turns of a template are marked by plain text, which `literal` cannot tell from text of a row."""
    if policy in ("literal", "literal_prompt", "error") and markers:
        named = ", ".join(map(repr, markers))
        warn(
            f"template '{template_type}' marks turns with plain text ({named}): under content_policy={policy!r}, text "
            "of a row that spells these markers is encoded like them"
        )
