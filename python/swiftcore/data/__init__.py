"""Files of chat data in, files of token ids out."""

from .._native import Summary
from .files import Progress, encode_files

__all__ = ["Progress", "Summary", "encode_files"]
