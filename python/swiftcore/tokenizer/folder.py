"""Which tokenizer a folder holds: what transformers' `AutoTokenizer` makes of it.

For some classes transformers 5 builds its own normalizer and pre-tokenizer, whatever `tokenizer.json` says, and the
ids differ. So transformers is asked, where it is installed; its answer is kept by the content of the folder's files
and transformers' version, and is not asked for again. Where it is not installed, a folder is taken if the class it
names builds just what its file says, and is refused otherwise.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, TokenizerError
from .packaged import PACKAGED, packaged_tokenizer

if TYPE_CHECKING:
    from .tokenizer import Engine, Tokenizer

__all__ = ["cache_dir", "load", "max_model_len", "special_tokens", "spill"]

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
                {"type": "Split", "pattern": {"Regex": _QWEN_PATTERN}, "behavior": "Isolated", "invert": False},
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

_TOKEN_NAMES = ("bos", "eos", "pad", "unk", "sep", "cls", "mask", "image", "video", "audio")


def load(cls: type[Tokenizer], path: str | os.PathLike[str], engine: Engine) -> Tokenizer:
    """The tokenizer at `path`: a folder, a `tokenizer.json`, or a packaged one by its name.

    Raises:
        TokenizerError: There is none, or which one it is cannot be known.
    """
    place = Path(path)
    if not place.exists() and os.fspath(path) in PACKAGED:
        place = packaged_tokenizer(os.fspath(path))
    if place.is_file():
        return cls.from_file(place, engine=engine)
    if not place.is_dir() or not os.fspath(path):
        names = ", ".join(PACKAGED)
        raise TokenizerError(
            f"tokenizer: there is no {os.fspath(path)!r}; give a folder with a tokenizer.json, such a file, a "
            f"transformers tokenizer, or the name of a packaged one ({names})"
        )
    place = place.absolute()
    version = _transformers_version()
    if version is None:
        return cls.from_file(_as_written(place), engine=engine, origin=place)
    file, tokens = _as_transformers(place, version)
    if isinstance(file, str):
        limit = max_model_len(place)
        made = cls.from_json(file, engine=engine, special_tokens=tokens, model_max_length=limit)
        made.origin = os.fspath(place)
        return made
    return cls.from_file(file, engine=engine, special_tokens=tokens, origin=place)


def special_tokens(place: Path) -> dict[str, str]:
    """The tokens that the configuration files of a folder name."""
    found: dict[str, str] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        config = _read_json(place / name)
        extra = config.get("extra_special_tokens")
        named = {**extra, **config} if isinstance(extra, dict) else config
        for token in _TOKEN_NAMES:
            value = named.get(f"{token}_token")
            if isinstance(value, dict):
                value = value.get("content")
            if isinstance(value, str):
                found[f"{token}_token"] = value
    return found


def max_model_len(place: Path) -> int | None:
    """The most tokens that the model in a folder takes, as its `config.json` says; None where it does not."""
    config = _read_json(place / "config.json")
    parts = [config, *(config[key] for key in ("text_config", "llm_config", "language_config") if key in config)]
    keys = ("seq_length", "max_position_embeddings", "n_positions", "model_max_length")
    aliases = ("seq_len", "max_seq_len", "max_sequence_length", "max_seq_length")
    limits = []
    for key in (*keys, *aliases):
        values = [part[key] for part in parts if isinstance(part, dict) and isinstance(part.get(key), int)]
        limits += values[:1]
    return min(limits, default=None)


def cache_dir() -> Path:
    """`$SWIFTCORE_CACHE`, else `$XDG_CACHE_HOME/swiftcore`, else `~/.cache/swiftcore`."""
    if own := os.environ.get("SWIFTCORE_CACHE"):
        return Path(own)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "swiftcore"
    return Path.home() / ".cache" / "swiftcore"


def spill(content: bytes, digest: str) -> str:
    """Keeps a `tokenizer.json` that has no file of its own in the cache, and says where.

    Raises:
        DataError: The cache cannot be written.
    """
    path = cache_dir() / "tokenizers" / f"{digest}.json"
    if not path.exists():
        _write(path, content)
    return os.fspath(path)


def _transformers_version() -> str | None:
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
    known = cache_dir() / "folders" / f"{digest.hexdigest()}.json"
    with contextlib.suppress(DataError):  # a damaged one is made anew
        kept = _read_json(known)
        if kept and Path(kept["file"]).exists():
            return Path(kept["file"]), dict(kept["special_tokens"])
    from .processor import backend_json, named_tokens

    tokenizer = _auto_tokenizer(place)
    content = backend_json(tokenizer)
    tokens = named_tokens(tokenizer)
    try:
        file = Path(spill(content.encode(), hashlib.sha256(content.encode()).hexdigest()))
        _write(known, json.dumps({"file": os.fspath(file), "special_tokens": tokens}).encode())
    except DataError:
        return content, tokens
    return file, tokens


def _auto_tokenizer(place: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(os.fspath(place), local_files_only=True)
    except Exception as error:
        raise TokenizerError(f"tokenizer: transformers cannot load {place}: {error}") from error


def _as_written(place: Path) -> Path:
    """The folder's file, where transformers would take it as it is."""
    file = place / "tokenizer.json"
    if not file.exists():
        raise TokenizerError(
            f"tokenizer: {place} holds no tokenizer.json; install transformers (pip install transformers) and convert "
            "it: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
        )
    config = _read_json(place / "tokenizer_config.json")
    model_type = str(_read_json(place / "config.json").get("model_type", ""))
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
    written = _read_json(file)
    return all(_without_offsets(written.get(part)) == built[part] for part in built)


def _without_offsets(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_offsets(value) for key, value in part.items() if key != "trim_offsets"}
    return [_without_offsets(value) for value in part] if isinstance(part, list) else part


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}", path=path) from error
    return value if isinstance(value, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """Writes a file that is whole or absent, whoever else writes it at the same time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(beside, path)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise DataError(f"{path}: {error}; let SWIFTCORE_CACHE name a folder to write to", path=path) from error
