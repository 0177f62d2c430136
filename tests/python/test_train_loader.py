"""`Template.data_collator` in the workers of a torch `DataLoader`, forked and spawned."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import pytest
import swiftcore
from support import row

torch = pytest.importorskip("torch")
data = pytest.importorskip("torch.utils.data")

ROWS = [row(f"question {index} 字" * (1 + index % 3), f"answer {index} été") for index in range(10)]
SIZE = 4


class EncodeAndCollate:
    """What a worker may do with rows as they came: it never makes a Python object of a token."""

    def __init__(self, template: swiftcore.Template) -> None:
        self.template = template

    def __call__(self, rows: list[Any]) -> dict[str, Any]:
        return self.template.data_collator(self.template.encode_batch(rows, num_threads=1))


def lists(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value.tolist() for name, value in batch.items()}


# A process that is spawned costs seconds.
@pytest.mark.parametrize("method, workers, padding_free", [("fork", 2, False), ("fork", 2, True), ("spawn", 1, True)])
def test_workers_give_what_this_process_gives(make: Any, method: str, workers: int, padding_free: bool) -> None:
    template = make(mode="train", padding_free=padding_free)
    encoded = [template.encode(one) for one in ROWS]
    expected = [lists(template.data_collator(encoded[at : at + SIZE])) for at in range(0, len(ROWS), SIZE)]
    options = {"batch_size": SIZE, "num_workers": workers, "multiprocessing_context": method, "timeout": 120}
    loader = data.DataLoader(encoded, collate_fn=template.data_collator, **options)
    assert [lists(batch) for batch in loader] == expected
    if method == "fork":
        loader = data.DataLoader(ROWS, collate_fn=EncodeAndCollate(template), **options)
        assert [lists(batch) for batch in loader] == expected
    if padding_free:
        lengths = [len(one["input_ids"]) for one in encoded[:SIZE]]
        assert expected[0]["position_ids"] == [list(itertools.chain(*map(range, lengths)))]


def test_the_collator_is_pickled_with_its_template(make: Any) -> None:
    template = make(mode="train", padding_free=True)
    collate = pickle.loads(pickle.dumps(template.data_collator))
    encoded = [template.encode(one) for one in ROWS]
    assert lists(collate(encoded)) == lists(template.data_collator(encoded))


def test_rows_of_a_dataset(make: Any) -> None:
    """What `datasets` gives, of any format, and with columns that are none of ours."""
    datasets = pytest.importorskip("datasets")
    template = make(mode="train")
    raw = datasets.Dataset.from_list(ROWS)
    encoded = raw.map(template.map_rows, batched=True, remove_columns=raw.column_names)
    expected = lists(template.data_collator([template.encode(one) for one in ROWS[:SIZE]]))
    for kind in (None, "numpy", "torch"):
        some = encoded.with_format(kind).select(range(SIZE))
        for loader in (
            data.DataLoader(some, batch_size=SIZE, collate_fn=template.data_collator),
            data.DataLoader(some.to_iterable_dataset(), batch_size=SIZE, collate_fn=template.data_collator),
        ):
            (batch,) = loader
            assert lists(batch) == expected
            assert {value.dtype for value in batch.values()} == {torch.int64}
