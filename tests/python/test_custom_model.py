"""The example that registers a made-up model, as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import swiftcore
from cli_support import EXAMPLES, read, spawn, write
from swiftcore import import_external_file

pytestmark = pytest.mark.filterwarnings("ignore:.*one by one")
PATH = EXAMPLES / "custom_model.py"
PATCH = 128000


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    module = import_external_file(PATH)
    swiftcore.register_template(module.TEMPLATE, exist_ok=True)  # another test may have taken it away
    yield module


@pytest.fixture(scope="module")
def template(example: ModuleType) -> Any:
    return swiftcore.get_template("deepseek", template_type="tiny_eye", mode="train")


def test_its_rows(example: ModuleType, template: Any) -> None:
    seen, heard = [template.encode(row) for row in example.ROWS]
    text = template.tokenizer.decode(seen["input_ids"])
    assert text == f"<s><user><img>{example.PATCH * 2}</img>What is it?<bot>A cat.</s>"
    assert seen["patches"] == example.ROWS[0]["images"][0]
    assert len(seen["labels"]) == len(seen["input_ids"])
    assert template.tokenizer.decode([one for one in seen["labels"] if one != -100]) == "A cat.</s>"
    assert heard["patches"] == []


def test_its_model_is_matched(example: ModuleType) -> None:
    match_model = pytest.importorskip("swiftcore.model").match_model
    assert match_model("somewhere/Tiny-Eye-1M").template_type == "tiny_eye"
    made = swiftcore.get_template("deepseek", model_type="tiny_eye")
    assert made.template_meta.template_type == "tiny_eye"


def test_its_batches(example: ModuleType, template: Any) -> None:
    bad = {"images": [[[1.0]]], "messages": example.ROWS[0]["messages"]}
    with pytest.warns(UserWarning, match="1 row refused; the first: row 1: .*a patch is 4 numbers"):
        batch = template.encode_batch([example.ROWS[0], bad, example.ROWS[1]])
    assert list(batch) == [template.encode(row) for row in example.ROWS]


def test_it_collates(example: ModuleType, template: Any) -> None:
    torch = pytest.importorskip("torch")
    rows = [template.encode(row) for row in example.ROWS]
    batch = template.data_collator(rows)
    longest = max(len(row["input_ids"]) for row in rows)
    shapes = {name: tuple(value.shape) for name, value in batch.items()}
    assert shapes == {**dict.fromkeys(("input_ids", "labels", "attention_mask"), (2, longest)), "patches": (2, 4)}
    assert batch["labels"].dtype == torch.int64
    assert batch["attention_mask"].sum(1).tolist() == [len(row["input_ids"]) for row in rows]


def test_its_hook_runs_before_the_forward(example: ModuleType, template: Any) -> None:
    torch = pytest.importorskip("torch")
    batch = template.data_collator([template.encode(row) for row in example.ROWS])
    model = example.make_model(len(template.tokenizer))
    template.register_post_encode_hook([model])
    try:
        loss = model(**batch)
        loss.backward()
    finally:
        assert template.remove_post_encode_hook() == [model]
    assert torch.isfinite(loss)
    assert model.eye.weight.grad.abs().sum() > 0
    with pytest.raises(TypeError):  # the hook is gone, and the model does not take ids
        model(**batch)


def test_it_runs() -> None:
    pytest.importorskip("torch")
    done = subprocess.run([sys.executable, str(PATH)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    losses = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("loss")]
    assert len(losses) == 3 and losses[2] < losses[0]


def test_the_command_takes_it(example: ModuleType, template: Any, tmp_path: Any) -> None:
    rows = write(tmp_path / "rows.jsonl", example.ROWS)
    options = ("--template", "tiny_eye", "--tokenizer", "deepseek", "--custom_register_path", PATH)
    done = spawn("encode", rows, "-o", tmp_path / "ids.jsonl", *options)
    assert done.code == 0, done.err
    expected = [template.encode(row) for row in example.ROWS]
    assert [one["input_ids"] for one in read(tmp_path / "ids.jsonl")] == [one["input_ids"] for one in expected]
    assert json.dumps(expected)
