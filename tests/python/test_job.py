"""Files in, files out: every format opens where people open it, and holds what `Encoder.encode` gives."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

native = pytest.importorskip("swiftcore._native")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from swiftcore.errors import DataError, RowError, SwiftcoreError  # noqa: E402


def tokenizer_json() -> str:
    """A byte-level tokenizer with a token a byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    vocab = {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(others)}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
    end = {"id": 256, "content": "<end>", "special": True, "normalized": False}
    end |= {"single_word": False, "lstrip": False, "rstrip": False}
    model = {"type": "BPE", "vocab": vocab | {"<end>": 256}, "merges": []}
    parts = {"added_tokens": [end], "pre_tokenizer": byte_level, "decoder": byte_level, "model": model}
    return json.dumps({"version": "1.0", "normalizer": None, "post_processor": None} | parts)


def make_encoder(**options):
    tokenizer = native.Tokenizer.from_json(tokenizer_json(), {"eos_token": "<end>"}, "reference")
    spec = native.TemplateSpec(
        template_type="test",
        prefix=[],
        system_prefix=["S:{{SYSTEM}}\n"],
        prompt=["U:{{QUERY}}\nA:"],
        chat_sep=["\n"],
        suffix=["<end>"],
        support_system=True,
    )
    return native.Encoder(tokenizer, spec, native.Options(**({"mode": "train"} | options)))


@pytest.fixture(scope="module")
def encoder():
    return make_encoder()


def make_rows(count: int) -> list[dict]:
    def row(number: int) -> dict:
        messages = [{"role": "system", "content": "s"}] if number % 3 == 0 else []
        messages.append({"role": "user", "content": f"Frage {number}? é漢" + "x" * (number % 50)})
        messages.append({"role": "assistant", "content": f"Antwort {number}.", "loss": number % 7 != 0})
        extra = {"id": number, "source": f"set-{number % 2}", "score": number / 4, "tags": [number, None]}
        return {"messages": messages} | extra

    return [row(number) for number in range(count)]


def write_jsonl(path: pathlib.Path, rows: list[dict]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def expected(encoder, rows: list[dict]) -> list[dict]:
    encoded = [part for row in rows for part in encoder.encode(row)]
    return [row | {"length": len(row["input_ids"])} for row in encoded]


def read_output(path: pathlib.Path) -> list[dict]:
    if path.is_dir():
        datasets = pytest.importorskip("datasets")
        return datasets.load_from_disk(str(path)).to_list()
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all().to_pylist()
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    elif path.suffix == ".zst":
        raw = pa.CompressedInputStream(pa.BufferReader(raw), "zstd").read()
    return [json.loads(line) for line in raw.decode().splitlines()]


OUTPUTS = ["out.parquet", "out.arrow", "out.jsonl", "out.jsonl.gz", "out.jsonl.zst", "out"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_format_holds_what_encode_gives(tmp_path, encoder, name):
    rows = make_rows(3000)
    job = native.EncodeJob(encoder, [write_jsonl(tmp_path / "in.jsonl", rows)], str(tmp_path / name))
    summary = job.run()
    wanted = expected(encoder, rows)
    assert read_output(tmp_path / name) == wanted
    assert summary.rows_read == summary.rows_written == len(rows)
    assert summary.tokens == sum(row["length"] for row in wanted)
    assert summary.trained_tokens == sum(label != -100 for row in wanted for label in row["labels"])
    lengths = sorted(row["length"] for row in wanted)
    assert (summary.length_p50, summary.length_max) == (lengths[len(lengths) // 2 - 1], lengths[-1])
    assert summary.length_mean == pytest.approx(sum(lengths) / len(lengths))
    assert summary.refused == 0
    assert summary.refused_by_kind == {}
    assert sorted(os.listdir(tmp_path)) == sorted(["in.jsonl", name])


@pytest.mark.parametrize("name", OUTPUTS)
def test_weights_and_kept_columns(tmp_path, name):
    encoder = make_encoder(loss_scale="react", is_binary_loss_scale=False)
    rows = [row | {"none": None} for row in make_rows(40)]
    keep = ["id", "source", "score", "tags", "none"]
    inputs = [write_jsonl(tmp_path / "in.jsonl", rows)]
    native.EncodeJob(encoder, inputs, str(tmp_path / name), keep_columns=keep).run()
    kept = [
        {key: row[key] for key in ("id", "source", "score")} | {"tags": json.dumps(row["tags"]), "none": None}
        for row in rows
    ]
    wanted = [row | own for row, own in zip(expected(encoder, rows), kept, strict=True)]
    assert read_output(tmp_path / name) == wanted


def test_a_dataset_is_one_of_theirs(tmp_path, encoder):
    datasets = pytest.importorskip("datasets")
    inputs = [write_jsonl(tmp_path / "in.jsonl", make_rows(10))]
    native.EncodeJob(encoder, inputs, f"{tmp_path}/set.v1/", keep_columns=["source"]).run()
    opened = datasets.load_from_disk(str(tmp_path / "set.v1"))
    ints = datasets.List(datasets.Value("int32"))
    length, source = datasets.Value("int32"), datasets.Value("string")
    assert opened.features == datasets.Features({"input_ids": ints, "labels": ints, "length": length, "source": source})
    assert len(datasets.concatenate_datasets([opened, opened])) == 20
    opened.map(lambda row: {"double": row["length"] * 2}).save_to_disk(str(tmp_path / "again"))
    job = native.EncodeJob(encoder, inputs, str(tmp_path / "again"), overwrite=True)
    job.run()
    assert datasets.load_from_disk(str(tmp_path / "again")).column_names == ["input_ids", "labels", "length"]


def test_parquet_in_every_dress(tmp_path, encoder):
    rows = make_rows(500)
    wanted = expected(encoder, rows)
    plain = pa.Table.from_pylist(rows)
    text = pa.string()
    message = pa.struct({"role": text, "content": text, "loss": pa.bool_(), "tool_calls": text})
    dressed = {
        "plain": plain,
        "large": plain.set_column(0, "messages", pa.array([row["messages"] for row in rows], pa.large_list(message))),
        "text": plain.set_column(0, "messages", pa.array([json.dumps(row["messages"]) for row in rows])),
    }
    for name, table in dressed.items():
        path = tmp_path / f"{name}.parquet"
        pq.write_table(table, path, row_group_size=64, use_dictionary=name != "plain")
        output = tmp_path / f"{name}.arrow"
        summary = native.EncodeJob(encoder, [str(path)], str(output), keep_columns=["tags", "score"]).run()
        found = read_output(output)
        assert [row.pop("tags") for row in found] == [row["tags"] for row in rows]
        assert [row.pop("score") for row in found] == [row["score"] for row in rows]
        assert found == wanted, name
        assert summary.bytes_read == path.stat().st_size


def test_shapes(tmp_path, encoder):
    rows = {
        "sharegpt": {
            "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
            "system": "s",
        },
        "alpaca": {"instruction": "q", "input": "", "output": "a", "system": "s"},
        "pairs": {"prompt": "q", "completion": "a", "system_prompt": "s"},
        "query": {"query": "q", "response": "a", "history": [], "system": "s"},
        "named": {"chat": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]},
    }
    rows["named"]["chat"].append({"role": "assistant", "content": "a"})
    said = zip(("system", "user", "assistant"), "sqa", strict=True)
    messages = [{"role": role, "content": text} for role, text in said]
    wanted = expected(encoder, [{"messages": messages}])
    for name, row in rows.items():
        path = write_jsonl(tmp_path / f"{name}.jsonl", [row])
        table = tmp_path / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist([row]), table)
        for source in (path, str(table)):
            columns = {"messages": "chat"} if name == "named" else None
            output = tmp_path / "out.jsonl"
            native.EncodeJob(encoder, [source], str(output), columns=columns, overwrite=True).run()
            assert read_output(output) == wanted, source


# What ms-swift 4.6.0's `AutoPreprocessor` makes of a data set of that one row; null where it drops the row,
# and where two columns may be the response, of which it takes neither without a word. A text alone is plain text here.
SHAPES = pathlib.Path(__file__).parents[1] / "fixtures" / "shapes.jsonl"
CASES = [json.loads(line) for line in SHAPES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES)
def test_shapes_as_in_ms_swift(tmp_path, encoder, case):
    path, output = write_jsonl(tmp_path / "in.jsonl", [case["row"]]), tmp_path / "out.jsonl"
    summary = native.EncodeJob(encoder, [path], str(output)).run()
    if case["messages"] is None:
        assert summary.refused == 1
    elif case["row"].keys() == {"text"}:
        text = [*case["row"]["text"].encode(), 256]
        assert read_output(output) == [{"input_ids": text, "labels": [-100, *text[1:]], "length": len(text)}]
    else:
        assert read_output(output) == expected(encoder, [{"messages": case["messages"]}])


def test_refused_rows(tmp_path, encoder):
    path = tmp_path / "in.jsonl"
    good = json.dumps(make_rows(1)[0])
    path.write_bytes(f'{good}\n\n{{"messages": []}}\nnot json\n'.encode() + b'"\xff"\r\n' + good.encode())
    output = tmp_path / "out.parquet"
    summary = native.EncodeJob(encoder, [str(path)], str(output)).run()
    assert (summary.rows_read, summary.rows_written, summary.refused) == (5, 2, 3)
    assert summary.refused_by_kind == {"invalid_json": 1, "invalid_text": 1, "wrong_value": 1}
    assert summary.examples[0] == f"{path}:3: field 'messages': is empty; give at least one message"
    assert summary.refused_path == pathlib.Path(f"{output}.refused.jsonl")
    refused = read_output(summary.refused_path)
    assert [row["line"] for row in refused] == [3, 4, 5]
    assert list(refused[0]) == ["file", "line", "row", "kind", "message", "field", "reason", "raw"]
    assert refused[1]["raw"] == "not json"

    with pytest.raises(RowError, match=rf"give at least one message \(in {path}, line 3\)") as caught:
        native.EncodeJob(encoder, [str(path)], str(tmp_path / "other.arrow"), on_error="raise").run()
    assert (caught.value.row, caught.value.field, caught.value.kind) == (1, "messages", "wrong_value")
    assert not list(tmp_path.glob("*other*"))


def test_nothing_is_left_of_a_job_that_fails(tmp_path, encoder):
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(make_rows(1)[0]).encode() * 999)[:-20])
    with pytest.raises(DataError, match=r"in\.jsonl\.gz") as caught:
        native.EncodeJob(encoder, [str(path)], str(tmp_path / "out")).run()
    assert caught.value.path == str(path)
    assert os.listdir(tmp_path) == ["in.jsonl.gz"]
    good = write_jsonl(tmp_path / "good.jsonl", make_rows(3))
    native.EncodeJob(encoder, [good], str(tmp_path / "out.arrow")).run()
    with pytest.raises(DataError, match="is there already"):
        native.EncodeJob(encoder, [good], str(tmp_path / "out.arrow")).run()


@pytest.mark.parametrize("name", ["format", "shape", "columns", "on_error", "on_untrainable", "input_format"])
def test_options_are_checked_at_once(encoder, name):
    with pytest.raises(SwiftcoreError, match="'wrong'"):
        native.EncodeJob(encoder, ["-"], **{name: {"wrong": "x"} if name == "columns" else "wrong"})


def test_truncated_and_untrainable_rows_are_counted(tmp_path):
    rows = make_rows(20)
    path = write_jsonl(tmp_path / "in.jsonl", rows)
    encoder = make_encoder(max_length=30, truncation_strategy="right")
    summary = native.EncodeJob(encoder, [path], str(tmp_path / "out.arrow"), on_untrainable="skip").run()
    lengths = [len(make_encoder().encode(row)[0]["input_ids"]) for row in rows]
    assert summary.untrainable > 0
    assert summary.rows_written == len(rows) - summary.untrainable
    assert summary.truncated == sum(length > 30 for length in lengths) - summary.untrainable


def test_cancel_and_progress_from_another_thread(tmp_path, encoder):
    path = write_jsonl(tmp_path / "in.jsonl", make_rows(1000))
    job = native.EncodeJob(encoder, [path] * 2000, str(tmp_path / "out.arrow"))
    seen = []

    def watch() -> None:
        while job.progress()[0] == 0:
            time.sleep(0.001)
        seen.append(job.progress())
        job.cancel()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        job.run()
    watcher.join()
    rows, tokens, bytes_read, bytes_total, refused = seen[0]
    assert rows > 0
    assert tokens > rows
    assert 0 < bytes_read <= bytes_total == 2000 * os.path.getsize(path)
    assert refused == 0
    assert os.listdir(tmp_path) == ["in.jsonl"]


def test_ctrl_c_stops_a_job_that_waits_for_its_input(tmp_path):
    script = f"""
import signal, sys, threading, os
sys.path[:0] = {[str(pathlib.Path(__file__).parent), *sys.path]!r}
import test_job
job = test_job.native.EncodeJob(test_job.make_encoder(), ["-"], {str(tmp_path / "out.arrow")!r})
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    job.run()
except KeyboardInterrupt:
    os._exit(42)
"""
    started = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as process:
        assert process.wait(60) == 42
    assert time.monotonic() - started < 30
    assert os.listdir(tmp_path) == []


def test_standard_input(tmp_path, encoder):
    rows = make_rows(2000)
    script = f"""
import sys
sys.path[:0] = {[str(pathlib.Path(__file__).parent), *sys.path]!r}
import test_job
summary = test_job.native.EncodeJob(test_job.make_encoder(), ["-"], {str(tmp_path / "out.arrow")!r}).run()
print(summary.rows_written)
"""
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, input=gzip.compress(text), capture_output=True, check=True)
    assert int(done.stdout) == 2000
    assert read_output(tmp_path / "out.arrow") == expected(encoder, rows)
