"""Which files of a repository are left out, and what is odd about the patterns that say so.

A pattern is a glob as `huggingface_hub` reads it: `*` matches `/` too, upper and lower case differ, and a pattern
that ends with `/` stands for all that is in that folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["ASKED", "IGNORE_PATTERNS", "TOKENIZER", "WEIGHTS", "Patterns", "matches"]

# What is left out where nobody says otherwise: archives, and weights that other software reads.
IGNORE_PATTERNS = (
    *("*.zip", "*.gguf", "*.pth", "*.pt", "consolidated*", "onnx/*"),
    *("*.safetensors.md", "*.msgpack", "*.onnx", "*.ot", "*.h5"),
)

# What is left out on top where no model is wanted.
WEIGHTS = (
    *("*.bin", "*.safetensors", "*.pt", "*.pth", "*.gguf", "*.ckpt", "*.h5", "*.msgpack", "*.ot", "*.onnx"),
    *("*.onnx_data", "*.tflite", "consolidated*"),
)

# The origin of those that the caller gave: each is meant for this one repository.
ASKED = "ignore_patterns"

# What is fetched where only the tokenizer and the configuration are wanted, and what of that is not.
TOKENIZER = ("*.json", "*.jinja", "*.model", "*.tiktoken", "*.vocab", "*.bpe", "vocab.txt", "merges.txt")
_NO_TOKENIZER = ("*.index.json", "*/*.json", "*/*.model")

# What can stand in a regular expression and means nothing in a glob, or something else.
_REGULAR = re.compile(r"^\^|\\|\.\+|\$$|\(.*\|.*\)|\[\^")
# The parts of a regular expression that a glob has too.
_PARTS = {r"\.": ".", r"\-": "-", r"\_": "_", r"\/": "/", ".+": "*", ".*": "*"}
_PART = re.compile(r"\\[.\-_/]|\.[+*]|[A-Za-z0-9_/\-]+|(?P<other>.)")


@dataclass(frozen=True)
class Patterns:
    """The patterns that leave files out, and who gave them.

    Attributes:
        ignored: Files that match one of these are left out.
        origin: Who says so, as a message names it; empty for the default, which nobody has to mind.
        weights: Whether the model's weights are wanted.
        allowed: Only files that match one of these are wanted; None for all.
        only_tokenizer: Whether nothing but the tokenizer and the configuration is wanted.
    """

    ignored: tuple[str, ...] = IGNORE_PATTERNS
    origin: str = ""
    weights: bool = True
    allowed: tuple[str, ...] | None = None
    only_tokenizer: bool = False

    def why_not(self, path: str) -> str | None:
        """The pattern that leaves a file out; None where it is wanted.

        >>> Patterns().why_not("onnx/model.onnx"), Patterns().why_not("model.safetensors")
        ('onnx/*', None)
        >>> Patterns(weights=False).why_not("model.safetensors")
        '*.safetensors'
        >>> only = Patterns(only_tokenizer=True)
        >>> only.why_not("README.md"), only.why_not("tokenizer.json")
        ('not of the tokenizer', None)
        """
        for pattern in self.ignored:
            if matches(path, as_glob(pattern) or pattern):
                return pattern
        for pattern in () if self.weights else WEIGHTS:
            if matches(path, pattern):
                return pattern
        if self.allowed is not None and not any(matches(path, pattern) for pattern in self.allowed):
            return "not among " + ", ".join(self.allowed)
        if self.only_tokenizer and not _is_of_tokenizer(path, self.allowed):
            return "not of the tokenizer"
        return None

    def remarks(self, paths: Sequence[str]) -> list[str]:
        """What is odd about them, for a repository with these files.

        >>> Patterns((".pth",), ASKED).remarks(["a.pth"])
        ["ignore_patterns: '.pth' matches no file; '*.pth' does"]
        """
        said: list[str] = []
        if self.only_tokenizer:
            return said
        for pattern in self.ignored if self.origin else ():
            glob = as_glob(pattern)
            if glob is not None:
                said.append(
                    f"{self.origin}: {pattern!r} looks like a regular expression; patterns are globs, and it is taken "
                    f"for {glob!r}"
                )
            elif looks_regular(pattern):
                said.append(f"{self.origin}: {pattern!r} looks like a regular expression; give a glob, such as '*.bin'")
            if self.origin == ASKED and not any(matches(path, glob or pattern) for path in paths):
                said.append(f"{self.origin}: {pattern!r} matches no file{_nearer(glob or pattern, paths)}")
        for pattern in self.allowed or ():
            if not any(matches(path, pattern) for path in paths):
                said.append(f"allow_patterns: {pattern!r} matches no file{_nearer(pattern, paths)}")
        return said


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern matches a path.

    >>> matches("original/params.json", "original/"), matches("a/model.bin", "*.bin"), matches("a.pth", ".pth")
    (True, True, False)
    """
    return fnmatchcase(path, pattern + "*" if pattern.endswith("/") else pattern)


def _is_of_tokenizer(path: str, folders: tuple[str, ...] | None) -> bool:
    """Whether a file is read with a tokenizer: it is in the folder of the model, not in one of its parts."""
    for folder in folders or ():
        path = path.removeprefix(folder.rstrip("*"))
    return any(matches(path, pattern) for pattern in TOKENIZER) and not any(
        matches(path, pattern) for pattern in _NO_TOKENIZER
    )


def looks_regular(pattern: str) -> bool:
    r"""Whether a pattern looks like a regular expression.

    >>> looks_regular(r".+\.bin$"), looks_regular("^original"), looks_regular("*.bin"), looks_regular("model.*")
    (True, True, False, False)
    """
    return _REGULAR.search(pattern) is not None


def as_glob(pattern: str) -> str | None:
    r"""The glob that a regular expression stands for; None where it is a glob already, or no glob can say it.

    >>> as_glob(r".+\.bin$"), as_glob("*.bin"), as_glob(r"(a|b)\.bin")
    ('*.bin', None, None)
    """
    if not looks_regular(pattern):
        return None
    begins, ends = pattern.startswith("^"), pattern.endswith("$")
    made = []
    for part in _PART.finditer(pattern[begins : len(pattern) - ends]):
        if part["other"] is not None:
            return None
        made.append(_PARTS.get(part[0], part[0]))
    glob = "".join(made)
    return glob if ends or glob.endswith("*") else glob + "*"


def _nearer(pattern: str, paths: Iterable[str]) -> str:
    """What would match, where a pattern is nearly one that does."""
    for better in (f"*{pattern}", f"{pattern.rstrip('/')}/", f"*/{pattern}", f"{pattern}*"):
        if any(matches(path, better) for path in paths):
            return f"; {better!r} does"
    return ""
