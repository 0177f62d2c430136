"""Tokenizers: what they are, where they come from, and which one a folder holds."""

from .ids import looks_like_id, nothing_there
from .packaged import PACKAGED, packaged_tokenizer
from .processor import Loaded, load_processor, looks_like_path
from .tokenizer import Tokenizer

__all__ = [
    "PACKAGED",
    "Loaded",
    "Tokenizer",
    "load_processor",
    "looks_like_id",
    "looks_like_path",
    "nothing_there",
    "packaged_tokenizer",
]
