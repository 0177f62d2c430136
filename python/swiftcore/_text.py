"""Check strings for lone surrogates. File names in another encoding have them; no encoding can write them."""

from __future__ import annotations

__all__ = ["is_unicode"]


def is_unicode(text: str) -> bool:
    r"""Return whether a string can be written as UTF-8: whether it has no lone surrogates.

    >>> is_unicode("caf\xe9"), is_unicode("caf\udce9")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
