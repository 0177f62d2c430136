"""The columns of a batch: shared with NumPy, torch and Arrow, not copied."""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import swiftcore
from support import row

np = pytest.importorskip("numpy")

Make = Callable[..., swiftcore.Template]

ROWS = [row(f"question {index}", "answer " * index) for index in range(1, 6)]
RAGGED = {"input_ids": np.int32, "labels": np.int32, "loss_scale": np.float32}


@pytest.fixture(scope="module")
def template(make: Make) -> swiftcore.Template:
    return make(mode="train", loss_scale="react")


@pytest.fixture
def batch(template: swiftcore.Template) -> swiftcore.EncodedBatch:
    return template.encode_batch(ROWS)


def address(memory: Any) -> int:
    """Where the memory behind a buffer begins."""
    return int(np.frombuffer(memory, dtype=np.uint8).__array_interface__["data"][0])


def test_rows_are_what_encode_gives(template: swiftcore.Template, batch: swiftcore.EncodedBatch) -> None:
    assert list(batch) == [template.encode(one) for one in ROWS]
    assert batch[0] == template.encode(ROWS[0])
    assert batch[-1] == template.encode(ROWS[-1])
    assert batch[1:4] == [template.encode(one) for one in ROWS[1:4]]
    assert batch[::-2] == [template.encode(one) for one in ROWS[::-2]]
    assert (batch[7:], len(batch)) == ([], 5)
    assert list(reversed(batch)) == [template.encode(one) for one in reversed(ROWS)]


def test_columns_are_their_rows_flat(batch: swiftcore.EncodedBatch) -> None:
    assert batch.column_names == [*RAGGED, "length", "row_index"]
    assert memoryview(batch.length).tolist() == [len(one["input_ids"]) for one in batch]
    assert memoryview(batch.row_index).tolist() == [0, 1, 2, 3, 4]
    for name in RAGGED:
        column = batch[name]
        assert [part.tolist() for part in column] == [one[name] for one in batch]
        assert (column[-1].tolist(), column[0].tolist()) == (batch[-1][name], batch[0][name])
        offsets = memoryview(column.offsets).tolist()
        assert [stop - start for start, stop in itertools.pairwise(offsets)] == [len(one) for one in column]
        assert len(column) == 5


@pytest.mark.parametrize("index", [5, -6, 10**30, -(10**30)])
def test_indices_out_of_range(batch: swiftcore.EncodedBatch, index: int) -> None:
    for sequence in (batch, batch["input_ids"]):
        with pytest.raises(IndexError, match=f"row {index} of 5"):
            sequence[index]


@pytest.mark.parametrize("name", ["ids", "chosen_input_ids", ""])
def test_unknown_columns(batch: swiftcore.EncodedBatch, name: str) -> None:
    with pytest.raises(KeyError) as raised:
        batch[name]
    expected = f"{name!r}; this batch has the columns input_ids, labels, loss_scale, length, row_index"
    assert raised.value.args == (expected,)


@pytest.mark.parametrize("index", [1.0, None, (0, 1)], ids=str)
def test_indices_of_other_types(batch: swiftcore.EncodedBatch, index: Any) -> None:
    for sequence in (batch, batch["input_ids"]):
        with pytest.raises(TypeError):
            sequence[index]


def test_reprs(batch: swiftcore.EncodedBatch) -> None:
    assert repr(batch) == "EncodedBatch(5 rows, columns input_ids, labels, loss_scale, length, row_index)"
    total = sum(len(one["input_ids"]) for one in batch)
    assert repr(batch["labels"]) == f"Column('labels', 5 rows, {total} values)"


@pytest.mark.parametrize("name", RAGGED)
def test_numpy_shares_the_memory(batch: swiftcore.EncodedBatch, name: str) -> None:
    column = batch[name]
    array = column.numpy()
    assert array.dtype == RAGGED[name]
    assert array.tolist() == [value for one in batch for value in one[name]]
    assert address(array) == address(column.values) == address(batch[name].numpy())
    assert not array.flags.writeable
    with pytest.raises(ValueError, match="cannot set WRITEABLE"):
        array.flags.writeable = True
    assert address(np.asarray(column)) == address(array)
    assert address(np.asarray(column[1])) == address(array) + memoryview(column.offsets)[1] * 4
    assert address(np.array(column, copy=True)) != address(array)
    assert np.asarray(column, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="copy"):
        np.array(column, dtype=np.float64, copy=False)


def test_buffers_are_read_only(batch: swiftcore.EncodedBatch) -> None:
    for buffer, kind in ((batch.length, "i"), (batch.row_index, "q"), (batch["loss_scale"].values, "f")):
        view = memoryview(buffer)
        assert (view.format, view.readonly, view.contiguous, view.ndim) == (kind, True, True, 1)
        assert len(buffer) == len(view)
        with pytest.raises(TypeError, match="cannot modify read-only memory"):
            view[0] = 1
        with pytest.raises(TypeError, match="must be read-write"):
            io.BytesIO(b"x").readinto(buffer)


def test_memory_outlives_the_batch(template: swiftcore.Template) -> None:
    arrays = [template.encode_batch([one])["input_ids"].numpy() for one in ROWS]
    for array, one in zip(arrays, ROWS, strict=True):
        assert array.tolist() == template.encode(one)["input_ids"]


def test_torch_shares_the_memory(batch: swiftcore.EncodedBatch) -> None:
    torch = pytest.importorskip("torch")
    ids, weights = batch["input_ids"].torch(), batch["loss_scale"].torch()
    assert (ids.dtype, weights.dtype) == (torch.int32, torch.float32)
    assert ids.data_ptr() == address(batch["input_ids"].values)
    assert weights.data_ptr() == address(batch["loss_scale"].values)
    labels = batch["labels"]
    assert labels.torch().dtype == torch.int64
    assert labels.torch().tolist() == labels.numpy().tolist()
    assert labels.torch(dtype=torch.int32).data_ptr() == address(labels.values)
    assert batch["input_ids"].torch(dtype=torch.int64).dtype == torch.int64
    torch.nn.functional.cross_entropy(torch.zeros(len(ids), 129_280), labels.torch())


def test_torch_is_told_of_no_read_only_memory(batch: swiftcore.EncodedBatch) -> None:
    pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        batch["input_ids"].torch()


def test_arrow_shares_the_memory(batch: swiftcore.EncodedBatch) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table(batch)
    recorded = pa.record_batch(batch)
    assert table.column_names == recorded.schema.names == batch.column_names
    assert table.num_rows == recorded.num_rows == 5
    assert pa.RecordBatchReader.from_stream(batch).read_all().equals(table)
    assert pa.schema(batch).equals(table.schema)
    for name in RAGGED:
        alone = pa.array(batch[name])
        assert alone.to_pylist() == [one[name] for one in batch]
        assert alone.type == pa.large_list(pa.field("item", alone.type.value_type, nullable=False))
        for array in (alone, recorded[name], table[name].chunk(0)):
            assert array.equals(alone)
            _, offsets, _, values = array.buffers()
            assert values.address == address(batch[name].values)
            assert offsets.address == address(batch[name].offsets)
    assert recorded["length"].buffers()[1].address == address(batch.length)
    assert recorded["row_index"].buffers()[1].address == address(batch.row_index)
    assert recorded["length"].to_pylist() == [len(one["input_ids"]) for one in batch]
    table.validate(full=True)


def test_polars(batch: swiftcore.EncodedBatch) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(batch)
    assert frame.columns == batch.column_names
    assert frame.schema["input_ids"] == polars.List(polars.Int32)
    assert frame["labels"].to_list() == [one["labels"] for one in batch]
    assert frame["row_index"].to_list() == [0, 1, 2, 3, 4]


def test_datasets(batch: swiftcore.EncodedBatch) -> None:
    datasets = pytest.importorskip("datasets")
    pa = pytest.importorskip("pyarrow")
    data = datasets.Dataset(pa.table(batch))
    assert data.column_names == batch.column_names
    assert [one["input_ids"] for one in data] == [one["input_ids"] for one in batch]


@pytest.mark.parametrize("mode", ["train", "transformers"])
def test_an_empty_batch_reads_everywhere(make: Make, mode: str) -> None:
    pa = pytest.importorskip("pyarrow")
    batch = make(mode=mode).encode_batch([])
    assert pa.table(batch).num_rows == 0
    assert pa.table(batch).column_names == batch.column_names
    assert pa.array(batch["input_ids"]).to_pylist() == []
    assert batch["input_ids"].numpy().shape == (0,)
    assert np.asarray(batch.length).shape == (0,)


def test_columns_follow_the_mode(make: Make) -> None:
    assert make().encode_batch(ROWS).column_names == ["input_ids", "length", "row_index"]
    plain = make(mode="train").encode_batch(ROWS)
    assert plain.column_names == ["input_ids", "labels", "length", "row_index"]
    with pytest.raises(KeyError, match="loss_scale"):
        plain["loss_scale"]


def test_a_split_row_names_its_row_in_each_part(make: Make) -> None:
    template = make(mode="train", max_length=5, truncation_strategy="split")
    batch = template.encode_batch(ROWS[:2])
    parts = [template.encode(one) for one in ROWS[:2]]
    assert list(batch) == [part for several in parts for part in several]
    assert memoryview(batch.row_index).tolist() == [at for at, several in enumerate(parts) for _ in several]


def test_columns_and_batches_are_made_by_templates_only() -> None:
    with pytest.raises(TypeError):
        swiftcore.EncodedBatch()
    with pytest.raises(TypeError):
        swiftcore.Column()
