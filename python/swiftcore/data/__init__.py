"""Files of chat data in, files of token ids out."""

from .files import Progress, encode_files

__all__ = ["Progress", "encode_files"]
