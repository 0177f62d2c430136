"""Arrow arrays that nobody has checked: texts that are not UTF-8, dictionaries with wrong indices, slices."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import swiftcore
from cli_support import run
from pyarrow import parquet

GOOD = "ok é 你".encode()
LATIN = b"caf\xe9 au lait, and then some more text"


@pytest.fixture(scope="module")
def template() -> swiftcore.Template:
    return swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")


def unchecked(values: list[bytes], kind: pa.DataType) -> pa.Array:
    """Return an array of texts whose bytes are as given, as pyarrow reads them from a file."""
    binary = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}[kind]
    array = pa.array(values, binary)
    return pa.Array.from_buffers(kind, len(values), array.buffers())


def rows(contents: pa.Array) -> pa.Table:
    count = len(contents)
    messages = pa.StructArray.from_arrays(
        [pa.array(["user", "assistant"] * (count // 2)), contents], ["role", "content"]
    )
    return pa.table({"messages": pa.ListArray.from_arrays(pa.array(range(0, count + 1, 2), pa.int32()), messages)})


def encoded(template: swiftcore.Template, table: Any) -> swiftcore.EncodedBatch:
    return template.encode_batch(table, on_error="ignore")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_text_that_is_not_utf8_costs_its_row(template: swiftcore.Template, kind: pa.DataType) -> None:
    contents = unchecked([GOOD, b"a", b"hi", LATIN, GOOD, b"a"], kind)
    batch = encoded(template, rows(contents))
    assert [str(error) for error in batch.refused] == [
        "row 1, message 1, field 'content': is not valid UTF-8 at byte 3; give text in UTF-8"
    ]
    assert batch.refused[0].kind == "invalid_text"
    talk = [{"role": "user", "content": GOOD.decode()}, {"role": "assistant", "content": "a"}]
    assert [dict(row) for row in batch] == [dict(template.encode_batch([{"messages": talk}])[0])] * 2


def test_wherever_the_text_is(template: swiftcore.Template) -> None:
    bad = unchecked([b"user", LATIN], pa.string())
    encoded_bad = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), bad)
    assert "'content': is not valid UTF-8" in str(encoded(template, rows(encoded_bad)).refused[0])
    names = pa.StructArray.from_arrays([bad, pa.array(["a", "b"])], ["role", "content"])
    lists = pa.ListArray.from_arrays(pa.array([0, 2], pa.int32()), names)
    assert "'role': is not valid UTF-8 at byte 3" in str(encoded(template, pa.table({"messages": lists})).refused[0])
    text = b'[{"role": "user", "content": "caf\xe9"}]'
    as_json = pa.table({"messages": unchecked([text], pa.string())})
    assert "'messages': is not valid UTF-8 at byte 33" in str(encoded(template, as_json).refused[0])
    columns = pa.table({"query": pa.array(["Hi"]), "response": unchecked([LATIN], pa.string())})
    assert "'response': is not valid UTF-8" in str(encoded(template, columns).refused[0])
    # A column that nobody reads may hold anything.
    beside = rows(pa.array(["a", "b"])).append_column("note", unchecked([LATIN], pa.string()))
    assert len(encoded(template, beside)) == 1


def test_an_index_outside_of_a_dictionary_costs_its_row(template: swiftcore.Template) -> None:
    contents = pa.DictionaryArray.from_arrays(pa.array([0, 0, 0, 7], pa.int8()), pa.array(["x"]), safe=False)
    batch = encoded(template, rows(contents))
    expected = "row 1, message 1, field 'content': is entry 7 of a dictionary of 1; write the table again"
    assert [str(error) for error in batch.refused] == [expected]
    assert len(batch) == 1


def test_random_bytes_never_end_the_process(template: swiftcore.Template) -> None:
    chance = random.Random(1)
    for _ in range(200):
        contents = [chance.randbytes(chance.choice([1, 5, 12, 13, 100])) for _ in range(8)]
        kind = chance.choice([pa.string(), pa.large_string(), pa.string_view()])
        batch = encoded(template, rows(unchecked(contents, kind)))
        assert len(batch) + len(batch.refused) == 4
        assert {error.kind for error in batch.refused} <= {"invalid_text"}


@pytest.mark.parametrize("kept", [[], ["--keep_columns", "note"]])
def test_the_command_refuses_the_row_and_not_the_file(tmp_path: Path, kept: list[str]) -> None:
    count = 40
    contents = [GOOD] * (2 * count)
    contents[2 * 7] = LATIN
    notes = [b"n"] * count
    notes[9] = LATIN
    table = rows(unchecked(contents, pa.string())).append_column("note", unchecked(notes, pa.string()))
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=10)
    out = tmp_path / "out.parquet"
    arguments = ["encode", str(tmp_path / "in.parquet"), "-o", str(out), "--tokenizer", "deepseek"]
    done = run(*arguments, "--template", "deepseek_v2_5", *kept)
    bad = [7, 9] if kept else [7]
    assert done.code != 0
    written = parquet.read_table(out)
    assert len(written) == count - len(bad)
    assert not kept or written["note"].to_pylist() == ["n"] * (count - 2)
    refused = [json.loads(line) for line in Path(f"{out}.refused.jsonl").read_text().splitlines()]
    assert [one["line"] for one in refused] == [index + 1 for index in bad]
    assert all("is not valid UTF-8 at byte 3" in json.dumps(one) for one in refused)


def fixed(values: list[Any], size: int) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(values), size)


def test_slices_of_lists_of_fixed_size(template: swiftcore.Template) -> None:
    talk = [[{"role": "user", "content": f"a{index}"}, {"role": "assistant", "content": "b"}] for index in range(4)]
    expected = [dict(row) for row in template.encode_batch([{"messages": one} for one in talk])]
    whole = fixed([message for one in talk for message in one], 2)
    beside = fixed([{"x": index} for index in range(8)], 2)
    nested = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3, 4], pa.int32()), beside)
    large = pa.LargeListArray.from_arrays(pa.array([0, 1, 2, 3, 4], pa.int64()), beside)
    keys = pa.array(["k"] * 4)
    entries = pa.MapArray.from_arrays(pa.array([0, 1, 2, 3, 4], pa.int32()), keys, beside)
    struct = pa.StructArray.from_arrays([beside, nested], ["a", "b"])
    for column in (beside, nested, large, entries, struct):
        for messages in (whole, pa.array(talk)):
            table = pa.table({"messages": messages, "column": column})
            for start, length in ((0, 4), (1, 2), (3, 1), (2, 0)):
                cut = table.slice(start, length)
                found = template.encode_batch(cut)
                assert [dict(row)["input_ids"] for row in found] == [
                    one["input_ids"] for one in expected[start : start + length]
                ]
                assert template.map_rows(cut).num_rows == length
    batch = pa.table({"messages": whole}).to_batches()[0].slice(1, 2)
    assert len(template.encode_batch(batch)) == 2
