"""What docs/train.md shows is done, with a tiny model under the name that it uses."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import ROOT, row
from train_support import tiny_model, tokenizer_folder
from typer.testing import CliRunner

for package in ("torch", "transformers", "datasets", "accelerate", "trl"):
    pytest.importorskip(package)

DOCUMENT = ROOT / "docs" / "train.md"
BLOCK = re.compile(r"^```(python|console|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ROWS = [row("Hi", "Hello!"), row("1+1?", "2", "2+2?", "4"), row("So?", "So.", system="Be brief.")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    import torch

    tokenizer_folder(tmp_path / "Qwen3-0.6B")
    tiny_model().save_pretrained(tmp_path / "Qwen3-0.6B")
    lines = [json.dumps(one) for one in (*ROWS, row())]
    (tmp_path / "chat.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(threads)


def run(document: str) -> tuple[dict[str, Any], list[str]]:
    """The names that the Python of a document leaves, and its YAML; its commands are run in between."""
    from swiftcore.cli.app import app

    names: dict[str, Any] = {"__name__": "__main__"}
    settings = []
    for block in BLOCK.finditer(document):
        kind, text = block.groups()
        if kind == "yaml":
            settings.append(text)
        elif kind == "console":
            command, *arguments = shlex.split(text.removeprefix("$ "))
            assert command == "swiftcore"
            done = CliRunner().invoke(app, arguments)
            assert done.exit_code == 3, done.output  # one row is refused
        else:
            kept = ["" if "# not run" in line else line for line in text.splitlines()]
            code = "\n" * document.count("\n", 0, block.start(2)) + "\n".join(kept)
            exec(compile(code, str(DOCUMENT), "exec"), names)
    return names, settings


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:1 of 4 rows refused")
def test_the_document(place: Path) -> None:
    import datasets

    names, settings = run(DOCUMENT.read_text("utf-8"))
    template = swiftcore.get_template("Qwen3-0.6B", mode="train")
    assert template.template_meta.template_type == "qwen3"
    expected = [template.encode(one) for one in ROWS]
    # What `swiftcore encode`, a map and a tokenizer make of the rows is one and the same.
    assert datasets.load_from_disk("ids").remove_columns("length").to_list() == expected
    assert list(names["batch"]) == expected
    assert "ids.refused.jsonl" in {path.name for path in place.iterdir()}
    assert (place / "cache" / "json").is_dir()
    assert names["trainer"].state.global_step == 2
    # What LLaMA-Factory and axolotl load.
    tokenized = datasets.load_from_disk("tokenized")
    assert tokenized.column_names == ["input_ids", "attention_mask", "labels"]
    assert tokenized.to_list() == [{**one, "attention_mask": [1] * len(one["input_ids"])} for one in expected]
    assert all("tokenized" in text for text in settings)
    # What vLLM is given.
    prompt = swiftcore.get_template("Qwen3-0.6B").encode({"messages": [{"role": "user", "content": "Who are you?"}]})
    assert names["prompts"] == [{"prompt_token_ids": prompt["input_ids"]}]
    assert template.tokenizer.convert_tokens_to_ids("<|im_end|>") in names["stop_token_ids"]
