"""Rows that are longer than `max_length`: deleted or split, and how they are counted in every way in."""

import pickle

import pytest
import swiftcore
from cli_support import ids, read, run, squeezed, write
from support import row
from swiftcore.data.files import encode_files
from swiftcore.template.registry import get_template_meta
from swiftcore.template.template import Template

SHORT = row("Hi", "Ho")
LONG = row("Hi", "one two three four five six seven eight nine ten")
BAD = {"messages": [{"role": "usr", "content": "x"}]}
LIMIT = 8
DELETE = {"max_length": LIMIT, "truncation_strategy": "delete", "mode": "train"}
TEMPLATE = ("--template", "deepseek_v2_5", "--tokenizer", "deepseek")


@pytest.fixture(scope="module")
def deleting(make):
    return make(**DELETE)


def encode(source, target, *more):
    return run("encode", source, "-o", target, *TEMPLATE, *more)


# Deleting


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_leaves_out_rows_that_are_too_long(deleting, threads):
    batch = deleting.encode_batch([SHORT, LONG, BAD, LONG, SHORT] * 9, on_error="ignore", num_threads=threads)
    assert (len(batch), batch.deleted, len(batch.refused)) == (18, 18, 9)
    assert memoryview(batch.row_index).tolist()[:3] == [0, 4, 5]
    assert {error.kind for error in batch.refused} == {"unknown_role"}
    assert batch[0] == deleting.encode(SHORT)
    assert pickle.loads(pickle.dumps(batch)).deleted == 18


def test_other_strategies_delete_nothing(make):
    for strategy in ("left", "right", "split"):
        template = make(max_length=LIMIT, truncation_strategy=strategy)
        assert template.encode_batch([SHORT, LONG]).deleted == 0
    template = make(max_length=LIMIT, truncation_strategy="raise")
    batch = template.encode_batch([SHORT, LONG], on_error="ignore")
    assert (batch.deleted, len(batch.refused)) == (0, 1)


def test_a_single_row_raises(deleting):
    assert deleting.truncation_strategy == "delete"
    with pytest.raises(swiftcore.MaxLengthError, match=f"more than max_length {LIMIT}"):
        deleting.encode(LONG)


def test_a_pair_is_deleted_if_either_side_is_too_long(make):
    template = make(**{**DELETE, "mode": "rlhf"})
    pairs = [
        {**SHORT, "rejected_response": "No"},
        {**SHORT, "rejected_response": LONG["messages"][1]["content"]},
        {**LONG, "rejected_response": "No"},
    ]
    batch = template.encode_batch(pairs)
    assert (len(batch), batch.deleted, len(batch.refused)) == (1, 2, 0)


def test_the_strategy_is_part_of_the_template(make, deleting):
    again = pickle.loads(pickle.dumps(deleting))
    assert again.truncation_strategy == "delete"
    assert again.fingerprint == deleting.fingerprint != make(**{**DELETE, "truncation_strategy": "raise"}).fingerprint


def test_hooks_delete_too():
    class Hooked(Template):
        def _preprocess_inputs(self, inputs):
            super()._preprocess_inputs(inputs)

    meta = get_template_meta("deepseek_v2_5")
    processor = swiftcore.Tokenizer.from_pretrained("deepseek")
    with pytest.warns(UserWarning, match="one by one"):
        template = Hooked(processor, meta, **DELETE)
        batch = template.encode_batch([SHORT, LONG, SHORT])
    assert (len(batch), batch.deleted, len(batch.refused)) == (2, 1, 0)
    with pytest.raises(swiftcore.MaxLengthError):
        template.encode(LONG)


def test_map_rows_counts_and_reports_deleted_rows(deleting):
    encode = deleting.map_rows
    columns = {"messages": [one["messages"] for one in (SHORT, LONG, SHORT)]}
    assert len(encode(columns)["input_ids"]) == 2
    assert (encode.deleted, encode.refused) == (1, [])
    with pytest.warns(UserWarning, match=f"1 of 3 rows deleted: they are longer than max_length {LIMIT}"):
        del encode


def test_files_count_deleted_rows(tmp_path, deleting):
    source = write(tmp_path / "in.jsonl", [SHORT, LONG, SHORT])
    summary = encode_files(deleting, source, tmp_path / "out.jsonl")
    assert (summary.rows_read, summary.rows_written, summary.deleted, summary.refused) == (3, 2, 1, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_the_command_deletes(tmp_path):
    source = write(tmp_path / "in.jsonl", [SHORT, LONG, SHORT])
    result = encode(source, tmp_path / "out.jsonl", "--max_length", LIMIT, "--truncation_strategy", "delete")
    assert result.code == 0
    assert len(ids(tmp_path / "out.jsonl")) == 2
    assert f"rows deleted 1 longer than max_length {LIMIT}" in squeezed(result.out)


# Splitting


@pytest.mark.parametrize(
    ("choice", "kept", "said"),
    [("keep", 5, "parts of rows with nothing to train on: 4 of 5, kept"),
     ("skip", 1, "parts of rows with nothing to train on: 4 of 5, left out"),
     ("error", 0, "rows with nothing to train on: 1 of 1, refused")],
)  # fmt: skip
def test_parts_of_split_rows_are_counted_as_parts(tmp_path, choice, kept, said):
    source = write(tmp_path / "in.jsonl", [row("one two three four five six seven eight nine", "Yes it is", "No")])
    result = encode(
        source, tmp_path / "out.jsonl", "--max_length", 4, "--truncation_strategy", "split", "--on_untrainable", choice
    )
    assert f"swiftcore: warning: {said}" in result.err
    assert len(ids(tmp_path / "out.jsonl") if kept else []) == kept


# Refused rows of the command


@pytest.mark.parametrize(
    ("allowed", "code"),
    [(None, 3), ("0", 3), ("1", 3), ("2", 0), ("100", 0), ("49%", 3), ("50%", 0), ("50.0%", 0), ("100%", 0), ("0%", 3)],
)
def test_max_refused_decides_the_exit_code(tmp_path, allowed, code):
    source = write(tmp_path / "in.jsonl", [SHORT, BAD, BAD, SHORT])
    more = () if allowed is None else ("--max_refused", allowed)
    result = encode(source, tmp_path / "out.jsonl", *more)
    assert result.code == code
    assert len(ids(tmp_path / "out.jsonl")) == 2
    assert len(read(tmp_path / "out.jsonl.refused.jsonl")) == 2


def test_max_refused_counts_shown_rows(tmp_path):
    source = write(tmp_path / "in.jsonl", [SHORT, BAD, BAD])
    assert run("encode", source, "--show", 2, *TEMPLATE).code == 3
    assert run("encode", source, "--show", 2, *TEMPLATE, "--max-refused", "50%").code == 0
    assert run("encode", source, "--show", 3, *TEMPLATE, "--max-refused", "50%").code == 3


@pytest.mark.parametrize("text", ["-1", "x", "5 rows", "101%", "%", "1e3", "", "٣"])
def test_max_refused_that_means_nothing(tmp_path, text):
    source = write(tmp_path / "in.jsonl", [SHORT])
    result = encode(source, tmp_path / "out.jsonl", f"--max_refused={text}")
    assert result.code == 2
    assert result.err.startswith("swiftcore: usage: --max_refused: expected a number of rows or a percentage")
    assert list(tmp_path.iterdir()) == [source]


# Numbers that are too large


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--limit", 10**30, f"--limit: expected an integer from 1 to {2**63 - 1}"),
        ("--num_threads", 100_000, "--num_threads: expected an integer from 1 to 1024"),
        ("--num_threads", 10**30, "--num_threads: expected an integer from 1 to 1024"),
        ("--max_length", 10**30, "--max_length: "),
    ],
)
def test_numbers_that_are_too_large_for_the_command(tmp_path, option, value, expected):
    source = write(tmp_path / "in.jsonl", [SHORT])
    result = encode(source, tmp_path / "out.jsonl", option, value)
    assert result.code == 2
    assert result.err.startswith(f"swiftcore: usage: {expected}")
    assert list(tmp_path.iterdir()) == [source]


def test_numbers_that_are_too_large_for_python(tmp_path, make):
    template = make()
    for threads in (100_000, 2**70, 0, -1, True, 1.5, "2"):
        for call in (
            lambda threads=threads: template.encode_batch([SHORT], num_threads=threads),
            lambda threads=threads: encode_files(template, tmp_path / "none.jsonl", None, num_threads=threads),
        ):
            with pytest.raises(swiftcore.ArgumentError, match="expected an integer from 1 to 1024") as caught:
                call()
            assert caught.value.argument == "num_threads"
    with pytest.raises(swiftcore.ArgumentError, match="'limit': expected an integer"):
        encode_files(template, tmp_path / "none.jsonl", None, limit=2**64)


def test_a_number_of_threads_in_the_environment(make, monkeypatch):
    monkeypatch.setenv("SWIFTCORE_NUM_THREADS", "100000")
    with pytest.raises(swiftcore.ArgumentError, match="SWIFTCORE_NUM_THREADS.*from 1 to 1024"):
        make().encode_batch([SHORT])
