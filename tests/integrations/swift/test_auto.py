"""`swift.auto`: ms-swift's own mapping of datasets gives the same columns, whole batches at a time."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import swiftcore.integrations.swift.auto as auto
from datasets import Dataset, Features, Json, List, Value
from swift.dataset import AddLengthPreprocessor, EncodePreprocessor, IterablePackingDataset, LazyLLMDataset
from swift.template import MaxLengthError
from swift_support import both_ways, chats, dataset, template
from swiftcore.integrations.swift import accelerate

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]


@pytest.fixture(autouse=True)
def natively() -> Iterator[None]:
    datasets.disable_progress_bars()
    auto.enable()
    yield
    auto.enable()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


def standard_rows(count: int = 240) -> list[dict[str, Any]]:
    """Conversations with what only training on answers needs."""
    return [{"messages": row["messages"], "tools": row.get("tools")} for row in chats(count)]


@pytest.mark.parametrize("preprocessor", [EncodePreprocessor, AddLengthPreprocessor])
@pytest.mark.parametrize("arguments", [{}, {"max_length": 150}, {"loss_scale": "all+hermes", "max_length": 300}])
def test_columns_are_the_same(folder: Path, preprocessor: Any, arguments: dict[str, Any]) -> None:
    rows = dataset(folder, standard_rows())
    got, counts = both_ways(preprocessor, lambda: template("qwen3", "qwen3", **arguments), rows)
    assert (len(got) < len(rows)) == ("max_length" in arguments)
    assert counts.native == len(rows)
    assert not counts.handed


@pytest.mark.parametrize("strategy", ["left", "right", "split"])
def test_rows_that_are_cut(folder: Path, strategy: str) -> None:
    arguments = {"max_length": 100, "truncation_strategy": strategy, "use_chat_template": strategy != "split"}
    rows = dataset(folder, standard_rows(80))
    both_ways(EncodePreprocessor, lambda: template("qwen3", "qwen3", **arguments), rows)


@pytest.mark.parametrize("mode", ["rlhf", "kto", "transformers"])
def test_other_modes(folder: Path, mode: str) -> None:
    rows = [row for row in chats() if "rejected_response" in row or "label" in row or mode == "transformers"][:60]
    if mode == "rlhf":
        rows = [{"messages": TALK, "rejected_response": f"Go {index}.", "margin": 0.3} for index in range(30)]
    elif mode == "kto":
        rows = [{"messages": TALK, "label": bool(index % 3)} for index in range(30)]
    _, counts = both_ways(EncodePreprocessor, lambda: template("qwen3", "qwen3", mode), dataset(folder, rows))
    assert counts.native > 0


MIXED = [
    {"messages": TALK},
    {"messages": [TALK[0], TALK[1] | {"loss": False}, *TALK]},
    {"messages": [{"role": "user", "content": "{{ROUND0}} {{x}}"}, TALK[1]]},
    {"messages": [{"role": "user", "content": '"loss": "{{'}, TALK[1]]},
    {"messages": [*TALK, {"role": "robot", "content": "Beep"}]},
    {"messages": [{"role": "assistant", "content": "a"}, {"role": "system", "content": "b"}]},
    {"messages": [{"role": "system", "content": "Short."}, *TALK], "channel": "a"},
    {"messages": [TALK[0], {"role": "assistant", "content": "long " * 300}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Parts"}]}, TALK[1]]},
    {"messages": TALK, "tools": json.dumps([{"type": "function", "function": {"name": "f", "parameters": {}}}])},
]


@pytest.mark.parametrize("standard", [True, False])
@pytest.mark.parametrize("preprocessor", [EncodePreprocessor, AddLengthPreprocessor])
def test_rows_of_many_kinds(folder: Path, preprocessor: Any, standard: bool) -> None:
    # A column that only some rows have would end ms-swift's own map where it begins in a later batch.
    mixed = [row for row in MIXED if "channel" not in row] * 3
    if not standard:
        mixed = [row for row in mixed if all(isinstance(one["content"], str) for one in row["messages"])]
    rows = dataset(folder, mixed, standard=standard)
    _, counts = both_ways(preprocessor, lambda: template("qwen3", "qwen3", max_length=200), rows, batch_size=7)
    assert counts.native >= len(rows) // 3
    assert counts.handed["placeholder"] == 3


def test_channels(folder: Path) -> None:
    rows = dataset(folder, [{"messages": TALK, "channel": name} for name in "ab"])
    got, _ = both_ways(EncodePreprocessor, lambda: template("qwen3", "qwen3"), rows)
    assert got["channel"][:] == ["a", "b"]


@pytest.mark.parametrize("preprocessor", [EncodePreprocessor, AddLengthPreprocessor])
def test_rejected_responses_of_nothing(preprocessor: Any) -> None:
    texts = [json.dumps(message, separators=(",", ":")) for message in TALK]
    columns = {"messages": [texts] * 4, "rejected_response": ["No", None, "Go", None]}
    features = Features({"messages": List(Json()), "rejected_response": Value("string")})
    rows = Dataset.from_dict(columns, features=features)
    got, _ = both_ways(preprocessor, lambda: template("qwen3", "qwen3"), rows)
    assert len(got) == 2


def test_no_row_left(folder: Path) -> None:
    rows = dataset(folder, [{"messages": TALK}] * 3)
    got, _ = both_ways(EncodePreprocessor, lambda: template("qwen3", "qwen3", max_length=2), rows)
    assert len(got) == 0


def test_strict_raises_what_ms_swift_raises(folder: Path) -> None:
    rows = dataset(folder, [{"messages": TALK}] * 3)
    ours = template("qwen3", "qwen3", max_length=2)
    raised = []
    for switch in (auto.disable, auto.enable):
        switch()
        with pytest.raises(MaxLengthError) as error:
            EncodePreprocessor(ours)(rows, num_proc=None, strict=True, load_from_cache_file=False)
        raised.append(str(error.value))
    assert raised[0] == raised[1]


def test_what_was_mapped_is_found_again(folder: Path) -> None:
    rows = dataset(folder, standard_rows(30))
    first = EncodePreprocessor(template("qwen3", "qwen3"))(rows)
    counts = []
    for arguments in ({}, {"max_length": 4000}):
        ours = template("qwen3", "qwen3", **arguments)
        again = EncodePreprocessor(ours)(rows, num_proc=4)
        counts.append(auto.counts(ours).total)
        assert (again.cache_files == first.cache_files) == (not arguments)
    assert counts == [0, len(rows)]


def test_rows_as_they_are_needed(folder: Path) -> None:
    rows = dataset(folder, standard_rows(20))
    auto.disable()
    wanted = [LazyLLMDataset(rows, template("qwen3", "qwen3").encode)[index] for index in range(len(rows))]
    auto.enable()
    ours = template("qwen3", "qwen3")
    lazy = LazyLLMDataset(rows, ours.encode)
    assert [lazy[index] for index in range(len(rows))] == wanted
    assert auto.counts(ours).native == len(rows)


def test_rows_that_stream(folder: Path) -> None:
    rows = dataset(folder, standard_rows(40))
    found = []
    for switch in (auto.disable, auto.enable):
        switch()
        mapped = EncodePreprocessor(template("qwen3", "qwen3"))(rows.to_iterable_dataset())
        found.append([{name: value for name, value in row.items() if value is not None} for row in mapped])
    assert found[0] == found[1]
    assert len(found[0]) == len(rows)


def test_packing_workers(folder: Path) -> None:
    rows = dataset(folder, standard_rows(20))
    found = []
    for switch in (auto.disable, auto.enable):
        switch()
        packed = IterablePackingDataset(template("qwen3", "qwen3"), rows, num_proc=2, packing_length=4096)
        found.append([[one["input_ids"] for one in pack] for pack in packed])
        for worker in packed.workers:
            worker.terminate()
    assert found[0] == found[1]


def in_another_process(pickled: bytes) -> tuple[Any, int]:
    made = pickle.loads(pickled)
    encoded = made.encode({"messages": TALK})
    import swiftcore.integrations.swift.auto as there

    return encoded, there.counts(made).native


def test_a_process_that_was_not_forked() -> None:
    made = template("qwen3", "qwen3")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        encoded, native = pool.apply(in_another_process, (pickle.dumps(made),))
    assert encoded == made.encode({"messages": TALK})
    assert native == 1


def test_accelerated_templates_go_along() -> None:
    made = template("qwen3", "qwen3")
    ours = accelerate(made)
    assert ours.encode({"messages": TALK}) == made.encode({"messages": TALK})
    assert ours.counts.native == auto.counts(made).native == 1


def test_nothing_stays_when_it_is_disabled() -> None:
    from swift.template import Template

    assert Template.encode.__module__.startswith("swiftcore")
    auto.disable()
    assert Template.encode.__module__ == "swift.template.base"
    assert "__call__" not in vars(EncodePreprocessor)
    assert "swiftcore" not in repr(template("qwen3", "qwen3").__getstate__())
