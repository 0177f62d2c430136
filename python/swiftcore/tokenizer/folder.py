"""Which tokenizer a folder holds: what transformers' `AutoTokenizer` makes of it.

For some classes transformers 5 builds its own normalizer and pre-tokenizer, whatever `tokenizer.json` says, and the
ids differ. So transformers is asked, where it is installed; its answer is kept by the content of the folder's files
and transformers' version, and is not asked for again. Where it is not installed, a folder is taken if the class it
names builds just what its file says, and is refused otherwise.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from .._files import cache_dir, read_json, write_atomic
from ..errors import DataError, TokenizerError
from .backend import backend_json, named_tokens
from .config import special_tokens
from .ids import nothing_there
from .packaged import PACKAGED, packaged_tokenizer
from .remote_code import code_files, is_refused
from .store import bound_folder, is_intact, kept_path, write_to_cache

__all__ = ["Found", "auto_tokenizer", "find"]

# The files that a folder's tokenizer depends on.
_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "config.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
)

# The most bytes that the records of folders hold, with a block for each.
_RECORDS_BYTES = 16 << 20

# Classes for which transformers takes the file as it is.
_GENERIC = ("PreTrainedTokenizer", "TokenizersBackend", "PreTrainedTokenizerFast", "")

# What these classes build, whatever the file says: the parts that ids depend on.
_QWEN_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_BUILT: dict[str, dict[str, Any]] = {
    "Qwen2Tokenizer": {
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {
                    "type": "Split",
                    "pattern": {"Regex": _QWEN_PATTERN},
                    "behavior": "Isolated",
                    "invert": False,
                },
                {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
            ],
        },
    },
    "GemmaTokenizer": {
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
    },
    "LlamaTokenizer": {
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
    },
}

# Model types whose class transformers settles itself, against what their configuration names.
_SETTLED = {"qwen2": "Qwen2Tokenizer"}


class Found(NamedTuple):
    """A tokenizer that was found: its file (or its JSON, where there is none), the tokens it names, and its origin."""

    file: Path | str
    special_tokens: dict[str, str]
    origin: Path


def find(path: str | os.PathLike[str]) -> Found:
    """The tokenizer at `path`: a folder, a `tokenizer.json`, or a packaged one by its name.

    Raises:
        TokenizerError: There is none, or which one it is cannot be known.
    """
    place = Path(path)
    if not place.exists() and os.fspath(path) in PACKAGED:
        place = packaged_tokenizer(os.fspath(path))
    place = place.absolute()
    if place.is_file():
        return Found(place, special_tokens(place.parent), place)
    if not place.is_dir() or not os.fspath(path):
        raise nothing_there(path)
    version = _transformers_version()
    if version is None:
        return Found(_as_written(place), special_tokens(place), place)
    file, tokens = _as_transformers(place, version)
    return Found(file, tokens, place)


def _transformers_version() -> str | None:
    """The version of transformers that is installed. It is not imported."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        return None
    # The folder beside the package says it. To import `importlib.metadata` takes longer than to load most tokenizers.
    beside = [place.name for place in Path(spec.origin).parents[1].glob("transformers-*.dist-info")]
    if len(beside) == 1:
        return beside[0].removeprefix("transformers-").removesuffix(".dist-info")
    from importlib import metadata

    try:
        return metadata.version("transformers")
    except metadata.PackageNotFoundError:
        return None


def _as_transformers(place: Path, version: str) -> tuple[Path | str, dict[str, str]]:
    """The file and the tokens that `AutoTokenizer` makes of a folder, from the cache where it was asked before.

    Where the cache cannot be written, the file's content in its stead.
    """
    digest = hashlib.sha256(version.encode())
    for name in _FILES:
        path = place / name
        if path.exists():
            digest.update(f"\0{name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    with contextlib.suppress(DataError):  # a damaged record is written again
        known = _record_path(digest.hexdigest())
        kept = read_json(known)
        path = kept_path(str(kept.get("tokenizer")))
        if known.stem == kept.get("folder") and kept.get("checksum") == _checksum(kept) and is_intact(path):
            return path, dict(kept["special_tokens"])
    tokenizer = auto_tokenizer(place)
    content = backend_json(tokenizer)
    tokens = named_tokens(tokenizer)
    try:
        file = Path(write_to_cache(content.encode()))
        record: dict[str, Any] = {"folder": digest.hexdigest(), "tokenizer": file.stem, "special_tokens": tokens}
        known = _record_path(digest.hexdigest())
        write_atomic(known, json.dumps(record | {"checksum": _checksum(record)}).encode())
        bound_folder(known.parent, _RECORDS_BYTES)
    except DataError:  # a cache that cannot be written costs time only
        return content, tokens
    return file, tokens


def _record_path(digest: str) -> Path:
    return cache_dir() / "folders" / f"{digest}.json"


def _checksum(record: dict[str, Any]) -> str:
    """Return the checksum of a record. It covers the digest of the folder, so that a copied record does not match."""
    fields = [record.get(name) for name in ("folder", "tokenizer", "special_tokens")]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def auto_tokenizer(place: Path) -> Any:
    """Return what transformers' `AutoTokenizer` makes of a folder. No code of the folder runs.

    Raises:
        TokenizerError: transformers cannot load it.
    """
    from transformers import AutoTokenizer

    try:
        # Else transformers asks on the terminal whether code of the folder may run.
        return AutoTokenizer.from_pretrained(os.fspath(place), local_files_only=True, trust_remote_code=False)
    except Exception as error:
        code = [file for file, kind in code_files(place).items() if kind in ("AutoTokenizer", "AutoConfig")]
        if code and is_refused(error):
            raise TokenizerError(
                f"tokenizer: {place} needs code of its own, and {' and '.join(code)} would have run; if you trust it, "
                "load it with get_processor(model, trust_remote_code=True), and give what comes back"
            ) from error
        raise TokenizerError(f"tokenizer: transformers cannot load {place}: {error}") from error


def _as_written(place: Path) -> Path:
    """The folder's file, where transformers would take it as it is."""
    file = place / "tokenizer.json"
    if not file.exists():
        raise TokenizerError(
            f"tokenizer: {place} holds no tokenizer.json; install transformers (pip install transformers) and convert "
            "it: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
        )
    config = read_json(place / "tokenizer_config.json")
    model_type = str(read_json(place / "config.json").get("model_type", ""))
    name = str(config.get("tokenizer_class") or "").removesuffix("Fast")
    name = _SETTLED.get(model_type, name)
    if name in _GENERIC or _same_pipeline(file, name, config):
        return file
    raise TokenizerError(
        f"tokenizer: for {name}, transformers may build another tokenizer than {file} says; install it (pip install "
        "transformers), or give the file itself to have it as it is written"
    )


def _same_pipeline(file: Path, name: str, config: dict[str, Any]) -> bool:
    built = _BUILT.get(name)
    if built is None:
        return False
    if name == "LlamaTokenizer":
        scheme = "first" if not config.get("legacy", False) else "always"
        if config.get("add_prefix_space") is False:
            scheme = "never"
        built = {**built, "pre_tokenizer": {**built["pre_tokenizer"], "prepend_scheme": scheme}}
    written = read_json(file)
    return all(_without_offsets(written.get(part)) == built[part] for part in built)


def _without_offsets(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_offsets(value) for key, value in part.items() if key != "trim_offsets"}
    return [_without_offsets(value) for value in part] if isinstance(part, list) else part
