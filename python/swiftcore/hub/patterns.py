"""Glob patterns that choose the files of a repository.

Patterns mean what they mean in `huggingface_hub`: `*` also matches `/`, case matters, and a pattern that ends with
`/` matches everything in that folder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["IGNORE_PATTERNS", "NOT_TOKENIZER", "TOKENIZER", "WEIGHTS", "FilePatterns", "matches"]

# The default: skip archives, and weights for other software.
IGNORE_PATTERNS = (
    *("*.zip", "*.gguf", "*.pth", "*.pt", "consolidated*", "onnx/*"),
    *("*.safetensors.md", "*.msgpack", "*.onnx", "*.ot", "*.h5"),
)

# Also skipped if no weights are wanted.
WEIGHTS = (
    *("*.bin", "*.safetensors", "*.pt", "*.pth", "*.gguf", "*.ckpt", "*.h5", "*.msgpack", "*.ot", "*.onnx"),
    *("*.onnx_data", "*.tflite", "consolidated*"),
)

# The files of a tokenizer and a configuration, and those that match these patterns but belong to something else.
TOKENIZER = ("*.json", "*.jinja", "*.model", "*.tiktoken", "*.vocab", "*.bpe", "vocab.txt", "merges.txt")
NOT_TOKENIZER = ("*.index.json", "*/*.json", "*/*.model")

# Syntax of regular expressions that a glob is unlikely to contain.
_REGULAR_EXPRESSION = re.compile(r"^\^|\\|\.\+|\$$|\(.*\|.*\)|\[\^")


@dataclass(frozen=True)
class FilePatterns:
    """The files to download: those that match `allow`, without those that match `ignore` or `also_ignore`.

    Attributes:
        ignore: Patterns of files to skip.
        allow: Patterns of the only files to download; None for all files.
        also_ignore: More patterns of files to skip, which nobody wrote for this repository.
        source: The origin of `ignore`, for warnings: `ignore_patterns` for the argument, or a model type. Empty for
            patterns that swiftcore supplies.
    """

    ignore: tuple[str, ...] = IGNORE_PATTERNS
    allow: tuple[str, ...] | None = None
    also_ignore: tuple[str, ...] = ()
    source: str = ""

    def ignored_by(self, path: str) -> str | None:
        """Return the pattern that excludes a file, or None if it is to be downloaded.

        >>> FilePatterns().ignored_by("onnx/model.onnx"), FilePatterns().ignored_by("model.safetensors")
        ('onnx/*', None)
        >>> FilePatterns(allow=("*.json",)).ignored_by("model.safetensors")
        'not in allow_patterns'
        """
        for pattern in self.ignore + self.also_ignore:
            if matches(path, pattern):
                return pattern
        if self.allow is not None and not any(matches(path, pattern) for pattern in self.allow):
            return "not in allow_patterns"
        return None

    def warnings(self, paths: Sequence[str]) -> list[str]:
        """Return warnings about patterns that are probably mistakes, for a repository with these files.

        >>> FilePatterns((".pth",), source="ignore_patterns").warnings(["a.pth"])
        ["ignore_patterns: '.pth' matches no file; '*.pth' does"]
        """
        found: list[str] = []
        for pattern in self.ignore if self.source else ():
            if is_regular_expression(pattern):
                text = f"{self.source}: {pattern!r} looks like a regular expression; expected a glob, such as '*.bin'"
                found.append(text)
            elif self.source == "ignore_patterns" and not any(matches(path, pattern) for path in paths):
                found.append(f"{self.source}: {pattern!r} matches no file{_better(pattern, paths)}")
        for pattern in self.allow or ():
            if not any(matches(path, pattern) for path in paths):
                found.append(f"allow_patterns: {pattern!r} matches no file{_better(pattern, paths)}")
        return found


def matches(path: str, pattern: str) -> bool:
    """Return whether a pattern matches a path.

    >>> matches("original/params.json", "original/"), matches("a/model.bin", "*.bin"), matches("a.pth", ".pth")
    (True, True, False)
    """
    return fnmatchcase(path, pattern + "*" if pattern.endswith("/") else pattern)


def is_regular_expression(pattern: str) -> bool:
    r"""Return whether a pattern looks like a regular expression.

    >>> is_regular_expression(r".+\.bin$"), is_regular_expression("*.bin"), is_regular_expression("model.*")
    (True, False, False)
    """
    return _REGULAR_EXPRESSION.search(pattern) is not None


def _better(pattern: str, paths: Sequence[str]) -> str:
    """Return a hint with a similar pattern that matches a file."""
    for better in (f"*{pattern}", f"{pattern.rstrip('/')}/", f"*/{pattern}", f"{pattern}*"):
        if any(matches(path, better) for path in paths):
            return f"; {better!r} does"
    return ""
