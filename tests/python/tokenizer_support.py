"""Tokenizers that tests make: small ones, folders of them, and what the cache keeps of them."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path
from typing import Any

import swiftcore
from swiftcore.tokenizer import packaged_tokenizer
from swiftcore.tokenizer import tokenizer as loaded


def hub_folder(place: Path, **config: Any) -> Path:
    """A folder as a hub would give it, with the packaged tokenizer in it."""
    packaged = packaged_tokenizer("deepseek")
    settings = json.loads(packaged.with_name("tokenizer_config.json").read_text("utf-8"))
    place.mkdir()
    shutil.copy(packaged, place / "tokenizer.json")
    (place / "tokenizer_config.json").write_text(json.dumps(settings | config), encoding="utf-8")
    (place / "config.json").write_text(json.dumps({"model_type": "deepseek_v3", "max_position_embeddings": 512}))
    return place


@functools.cache
def _small() -> str:
    made: dict[str, Any] = json.loads(packaged_tokenizer("deepseek").read_text("utf-8"))
    model = made["model"]
    vocab = {token: number for token, number in model["vocab"].items() if number < 1000}
    model["merges"] = [pair for pair in model["merges"] if pair.replace(" ", "") in vocab]
    model["vocab"] = vocab
    made["added_tokens"] = [token for token in made["added_tokens"] if token["content"] in vocab]
    return json.dumps(made)


def description() -> dict[str, Any]:
    """A real tokenizer, cut down so that to make it and to probe it takes no time."""
    made: dict[str, Any] = json.loads(_small())
    return made


def load(made: dict[str, Any], engine: Any = "auto") -> swiftcore.Tokenizer:
    # This process knows its tokenizers; as if it were a new one.
    loaded._LOADED.clear()
    loaded._RECENT.clear()
    return swiftcore.Tokenizer.from_json(json.dumps(made), engine=engine)


def verdicts(cache: Path) -> list[Path]:
    return [place for place in cache.glob("engine/*/*") if place.is_file()]


def content(sealed: Path) -> str:
    """Return what a file of the native cache holds, behind its label and its checksum of 32 bytes."""
    return sealed.read_bytes().partition(b"\n")[2][32:].decode()
