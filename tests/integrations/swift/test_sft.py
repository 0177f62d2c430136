"""`swift sft` from end to end: with the plugin of one line it trains on the same rows, and logs the same losses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from swift_support import SHARED, chats, packaged

JOB = Path(__file__).with_name("sft_job.py")
STEPS, ROWS = 4, 40
ARGUMENTS = [
    *("--tuner_type", "full", "--torch_dtype", "float32", "--use_cpu", "true", "--seed", "7", "--max_length", "400"),
    *("--max_steps", str(STEPS), "--logging_steps", "1", "--per_device_train_batch_size", "2", "--report_to", "none"),
    *("--gradient_accumulation_steps", "1", "--gradient_checkpointing", "false", "--learning_rate", "1e-3"),
    *("--save_strategy", "no", "--eval_strategy", "no", "--split_dataset_ratio", "0", "--dataset_num_proc", "1"),
    *("--dataloader_num_workers", "0", "--attn_impl", "sdpa", "--lazy_tokenize", "false"),
    *("--load_from_cache_file", "false"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random numbers, of a size to train within a second."""
    import torch
    from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

    place = tmp_path_factory.mktemp("model") / "tiny"
    tokenizer = packaged() if SHARED is None else SHARED / "tokenizers" / "qwen3"
    torch.manual_seed(7)
    layers = {"num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8}
    size = len(AutoTokenizer.from_pretrained(str(tokenizer))) + 300
    config = Qwen3Config(vocab_size=size, hidden_size=16, intermediate_size=32, tie_word_embeddings=True, **layers)
    Qwen3ForCausalLM(config).save_pretrained(place)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, place)
    return place


def train(place: Path, model: Path, *arguments: str) -> dict[str, Any]:
    """What a run logs."""
    place.mkdir()
    rows = place / "rows.jsonl"
    rows.write_text("".join(json.dumps({"messages": row["messages"]}) + "\n" for row in chats(ROWS)))
    template = "deepseek_v2_5" if SHARED is None else "qwen3"
    given = ["--model", str(model), "--model_type", "qwen3", "--template", template, "--dataset", str(rows)]
    command = [sys.executable, str(JOB), str(place), *given, "--output_dir", str(place / "out"), *ARGUMENTS, *arguments]
    environment = os.environ | {"MODELSCOPE_CACHE": str(place / "cache"), "HF_HOME": str(place / "hf")}
    environment |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-4000:]
    logged: dict[str, Any] = json.loads((place / "logged.json").read_text())
    return logged


def test_the_same_losses(tmp_path: Path, model: Path) -> None:
    plugin = tmp_path / "natively.py"
    plugin.write_text("import swiftcore.integrations.swift.auto\n")
    ways = {"theirs": (), "ours": ("--external_plugins", str(plugin))}
    with ThreadPoolExecutor(2) as both:
        runs = {name: both.submit(train, tmp_path / name, model, *given) for name, given in ways.items()}
    theirs, ours = runs["theirs"].result(), runs["ours"].result()
    assert len(theirs["steps"]) == STEPS
    assert all(step["loss"] > 0 for step in theirs["steps"])
    assert ours["steps"] == theirs["steps"]
    assert theirs["rows"] is None
    assert ours["rows"]["handed"] == {}
    # All for their lengths, and once more those that are trained on.
    assert ours["rows"]["native"] >= ROWS + 2 * STEPS
