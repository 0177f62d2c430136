"""Recorded encodings come out again: the committed ones always, the shared ones where they are there."""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import ROOT


def load(name: str, place: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


replay = load("swiftcore_replay", ROOT / "tests/conformance/replay.py")
FIXTURES = ROOT / "tests/fixtures"
COMMITTED = list(replay.records(FIXTURES / "vectors.deepseek.jsonl.gz"))


@pytest.fixture(scope="module", params=["fast", "reference"])
def replayer(request: pytest.FixtureRequest) -> Any:
    return replay.Replayer("deepseek", request.param)


def test_committed_records(replayer: Any) -> None:
    differing = [
        (record["template"], record["case"], record["mode"], record.get("args"))
        for record in COMMITTED
        if not replay.agrees(record, replayer.encode(record, record["row"]))
    ]
    assert differing == []


def test_committed_records_as_batches(replayer: Any) -> None:
    batches: dict[str, list[dict[str, Any]]] = {}
    for record in COMMITTED:
        key = json.dumps([record["template"], record["mode"], record.get("args")])
        batches.setdefault(key, []).append(record)
    for records in batches.values():
        template = replayer.template(records[0])
        rows = [record["row"] for record in records]
        native = template._current().encode_batch(rows)
        batch = swiftcore.EncodedBatch(native)
        parts: dict[int, list[dict[str, Any]]] = {}
        for index, encoded in zip(memoryview(batch.row_index), batch, strict=True):
            parts.setdefault(index, []).append(replay.outcome(encoded))
        refused = {error.row for error in batch.refused}
        for index, record in enumerate(records):
            got = {"error": ""} if index in refused else parts[index][0]
            if "split" in record:
                got = {"split": parts[index]}
            # A batch holds its weights as float32.
            for side in (got, record, *got.get("split", ()), *record.get("split", ())):
                if "loss_scale" in side:
                    side["loss_scale"] = [round(weight, 6) for weight in side["loss_scale"]]
            assert replay.agrees(record, got), record


def test_the_committed_records_cover_templates_modes_and_arguments() -> None:
    kinds = {(record["template"], record["mode"]) for record in COMMITTED}
    assert len({name for name, _ in kinds if {(name, "train"), (name, "transformers")} <= kinds}) == 130
    assert len({record["template"] for record in COMMITTED}) == 137
    assert len({json.dumps(record.get("args")) for record in COMMITTED}) == 23
    assert len({record["case"] for record in COMMITTED}) == 45


@pytest.fixture(scope="module")
def loaded(shared: Path) -> list[swiftcore.Tokenizer]:
    """The shared tokenizers, held so that each is loaded only once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the fast engine cannot be used")
        return [swiftcore.Tokenizer.from_pretrained(place) for place in (shared / "tokenizers").iterdir()]


@pytest.mark.parametrize("group", replay.GROUPS)
@pytest.mark.usefixtures("loaded")
def test_shared_records(shared: Path, group: str) -> None:
    inputs = json.loads((shared / "conformance/inputs.json").read_text("utf-8"))
    replayed = 0
    for file in sorted((shared / "conformance").glob(f"{group}.*.jsonl.gz")):
        tokenizer = shared / "tokenizers" / file.name.split(".")[1]
        equal, total = replay.replay_file(file, inputs, tokenizer, "auto", 3)
        assert (file.name, equal) == (file.name, total)
        replayed += total
    assert replayed >= 90


def test_the_packaged_tokenizer_is_the_one_the_records_were_made_with(shared: Path) -> None:
    ours = swiftcore.Tokenizer.from_pretrained("deepseek")
    theirs = swiftcore.Tokenizer.from_file(shared / "tokenizers/deepseek_v4/tokenizer.json")
    assert ours.hash == theirs.hash
    assert ours.special_tokens == theirs.special_tokens


def test_the_specs_for_rust_are_those_of_the_registry() -> None:
    specs = load("swiftcore_specs", FIXTURES / "specs.py")
    assert specs.FILE.read_text("utf-8") == specs.text(), "stale; run: python tests/fixtures/specs.py"
