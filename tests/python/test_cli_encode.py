"""`swiftcore encode`: inputs and outputs, what is refused, and what is left where it ends early."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
import swiftcore
from cli_support import (
    EXAMPLES,
    TEMPLATE,
    command,
    ids,
    read,
    run,
    spawn,
    squeezed,
    talk,
    write,
)

CHAT = EXAMPLES / "chat.jsonl"
BAD = {"messages": [{"role": "usr", "content": "x"}]}
UNTRAINABLE = {"messages": [{"role": "user", "content": "Hi"}]}
QUIET = ("--tokenizer", "deepseek")


@pytest.fixture(scope="module")
def template():
    return swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")


@pytest.fixture(scope="module")
def expected(template):
    """The rows of the examples."""
    return [template.encode(row) for row in read(CHAT)]


def encode(source, target, *more, template="deepseek_v2_5"):
    sources = source if isinstance(source, list | tuple) else [source]
    return run("encode", *sources, "-o", target, "--template", template, *QUIET, *more)


def columns(rows):
    return {name: [row[name] for row in rows] for name in ("input_ids", "labels")}


# Outputs


def from_jsonl(path):
    return read(path)


def from_gzip(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def from_parquet(path):
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path).to_pylist()


def from_arrow(path):
    import pyarrow

    with pyarrow.ipc.open_file(path) as file:
        return file.read_all().to_pylist()


def from_datasets(path):
    import datasets

    return list(datasets.load_from_disk(str(path)))


OUTPUTS = [
    ("out.jsonl", [], from_jsonl),
    ("out.jsonl.gz", [], from_gzip),
    ("out.parquet", [], from_parquet),
    ("out.arrow", [], from_arrow),
    ("out", [], from_datasets),
    ("out.data", ["--format", "parquet"], from_parquet),
    ("out.folder", ["--format=datasets"], from_datasets),
    ("out.txt", ["--format", "jsonl"], from_jsonl),
]


@pytest.mark.parametrize(("name", "more", "rows_of"), OUTPUTS, ids=[output[0] for output in OUTPUTS])
def test_outputs(tmp_path, expected, name, more, rows_of):
    if rows_of is from_parquet or rows_of is from_arrow:
        pytest.importorskip("pyarrow")
    if rows_of is from_datasets:
        pytest.importorskip("datasets")
    result = encode(CHAT, tmp_path / name, *more, "--keep-columns", "source")
    assert result.code == 0, result.err
    rows = rows_of(tmp_path / name)
    assert columns(rows) == columns(expected)
    assert [row["source"] for row in rows] == [row["source"] for row in read(CHAT)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_summary(tmp_path, expected):
    result = spawn("encode", CHAT, "-o", tmp_path / "out.jsonl", *TEMPLATE)
    lengths = sorted(len(row["input_ids"]) for row in expected)
    tokens = sum(lengths)
    trained = sum(label != -100 for row in expected for label in row["labels"])
    lines = squeezed(result.out)
    assert result.code == 0
    assert lines[0].startswith("rows read 78 in ")
    assert lines[0].endswith(" rows/s")
    assert lines[2].startswith(f"tokens {tokens:,} ")
    assert lines[2].endswith(" M tokens/s")
    assert [lines[1], *lines[3:]] == [
        f"rows written 78 to {tmp_path / 'out.jsonl'}",
        f"trained tokens {trained:,} {trained / tokens:.1%}",
        "rows with nothing to train on 0",
        f"length, mean {tokens / 78:.0f}",
        f"length, 50% {lengths[38]:,}",
        f"length, 90% {lengths[70]:,}",
        f"length, 99% {lengths[77]:,}",
        f"length, longest {lengths[-1]:,}",
        "rows refused 0",
        "columns that are not used: source",
    ]
    (last,) = result.err.splitlines()
    assert last.startswith("78 rows in ")
    assert last.endswith(" M tokens/s")


def test_without_training_the_summary_has_no_trained_tokens(tmp_path):
    result = encode(CHAT, tmp_path / "out.jsonl", "--mode", "vllm")
    assert result.code == 0
    assert not [line for line in squeezed(result.out) if "train" in line.split(" to ")[0]]
    assert set(read(tmp_path / "out.jsonl")[0]) == {"input_ids", "length"}


# Inputs


def sharegpt(row):
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    return {"conversations": [{"from": names[m["role"]], "value": m["content"]} for m in row["messages"]]}


def single(row):
    system = [m["content"] for m in row["messages"] if m["role"] == "system"]
    query, response = (m["content"] for m in row["messages"] if m["role"] != "system")
    return query, response, ({"system": system[0]} if system else {})


def alpaca(row):
    query, response, system = single(row)
    return {"instruction": query, "input": "", "output": response, **system}


def query_response(row):
    query, response, system = single(row)
    return {"query": query, "response": response, **system}


def named(row):
    query, response, system = single(row)
    return {"frage": query, "antwort": response, **system}


SHAPES = [
    (sharegpt, ["--shape", "sharegpt"]),
    (alpaca, ["--shape", "alpaca"]),
    (query_response, ["--shape", "query_response"]),
    (named, ["--columns", "query=frage,response=antwort"]),
]


@pytest.mark.parametrize(("shaped", "more"), SHAPES, ids=[shape[0].__name__ for shape in SHAPES])
def test_shapes(tmp_path, expected, shaped, more):
    rows = [(row, want) for row, want in zip(read(CHAT), expected, strict=True)]
    if shaped is not sharegpt:
        rows = [(row, want) for row, want in rows if sum(m["role"] == "user" for m in row["messages"]) == 1]
    # What every row has is told by the first, so that those with a system text come first.
    rows.sort(key=lambda pair: pair[0]["messages"][0]["role"] != "system")
    source = write(tmp_path / "in.jsonl", [shaped(row) for row, _ in rows])
    for count, options in enumerate([more] if shaped is named else [[], more]):
        result = encode(source, tmp_path / f"{count}.jsonl", *options)
        assert result.code == 0, result.err
        assert columns(read(tmp_path / f"{count}.jsonl")) == columns([want for _, want in rows])


def test_alpaca_history(tmp_path, template):
    row = {"instruction": "And", "input": "you?", "output": "Fine.", "history": [["Hi", "Hello"]]}
    result = encode(write(tmp_path / "in.jsonl", [row]), tmp_path / "out.jsonl")
    assert result.code == 0
    messages = [*talk("Hi", "Hello"), *talk("And\nyou?", "Fine.")]
    assert ids(tmp_path / "out.jsonl") == [template.encode({"messages": messages})["input_ids"]]


def test_renamed_messages(tmp_path, expected):
    source = write(tmp_path / "in.jsonl", [{"chat": row["messages"]} for row in read(CHAT)])
    assert encode(source, tmp_path / "out.jsonl", "--columns", "messages=chat").code == 0
    assert columns(read(tmp_path / "out.jsonl")) == columns(expected)


def test_compressed_inputs(tmp_path, expected):
    rows = read(CHAT)
    assert encode(write(tmp_path / "in.jsonl.gz", rows), tmp_path / "out.jsonl").code == 0
    assert columns(read(tmp_path / "out.jsonl")) == columns(expected)


def test_zstandard(tmp_path, template):
    # What the command compresses, it reads.
    source = write(tmp_path / "in.jsonl", [{"query": "Hi", "response": "Ho"}] * 3)
    made = tmp_path / "ids.jsonl.zst"
    assert encode(source, made, "--keep_columns", "query,response").code == 0
    result = encode(made, tmp_path / "out.jsonl")
    assert result.code == 0, result.err
    assert ids(tmp_path / "out.jsonl") == [template.encode({"messages": talk("Hi", "Ho")})["input_ids"]] * 3


def test_a_list_in_json(tmp_path, expected):
    source = tmp_path / "in.json"
    source.write_text(json.dumps(read(CHAT), indent=1))
    assert encode(source, tmp_path / "out.jsonl").code == 0
    assert columns(read(tmp_path / "out.jsonl")) == columns(expected)


def test_parquet_input(tmp_path, expected):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(read(CHAT)), tmp_path / "in.parquet")
    result = encode(tmp_path / "in.parquet", tmp_path / "out.jsonl", "--keep_columns", "source")
    assert result.code == 0, result.err
    assert columns(read(tmp_path / "out.jsonl")) == columns(expected)


def test_several_inputs_and_folders(tmp_path, expected):
    rows = read(CHAT)
    folder = tmp_path / "parts"
    folder.mkdir()
    write(folder / "b.jsonl", rows[30:50])
    write(folder / "a.jsonl.gz", rows[10:30])
    (folder / "notes.md").write_text("no rows")
    sources = [write(tmp_path / "first.jsonl", rows[:10]), folder, write(tmp_path / "last.jsonl", rows[50:])]
    assert encode(sources, tmp_path / "out.jsonl").code == 0
    assert columns(read(tmp_path / "out.jsonl")) == columns(expected)


def test_limit(tmp_path, expected):
    for threads in (1, 3):
        result = encode(CHAT, tmp_path / "out.jsonl", "--limit=5", "--num-threads", threads, "--overwrite")
        assert result.code == 0
        assert columns(read(tmp_path / "out.jsonl")) == columns(expected[:5])


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("show", [0, 2])
def test_standard_input(tmp_path, expected, compress, show):
    data = compress(CHAT.read_bytes())
    result = spawn(
        "encode",
        "-",
        "-o",
        tmp_path / "out.jsonl",
        *TEMPLATE,
        *(["--show", show] if show else []),
        stdin=data,
    )
    assert result.code == 0, result.err
    assert columns(read(tmp_path / "out.jsonl")) == columns(expected)
    assert result.out.count("── row ") == show


def test_standard_input_is_named_in_refusals(tmp_path):
    data = (json.dumps(BAD) + "\n" + json.dumps({"messages": talk()}) + "\n").encode()
    result = spawn("encode", "-", "-o", tmp_path / "out.jsonl", *TEMPLATE, "--show", "2", stdin=data)
    assert result.code == 3
    assert result.out.count("refused: <stdin>:1: message 0, field 'role': 'usr' is no role; ") == 2
    (refused,) = read(tmp_path / "out.jsonl.refused.jsonl")
    assert (refused["file"], refused["line"]) == ("<stdin>", 1)


# Tokenizers


def test_tokenizers(tmp_path, expected):
    from swiftcore.tokenizer import packaged_tokenizer

    file = packaged_tokenizer("deepseek")
    model = tmp_path / "model"
    model.mkdir()
    (model / "tokenizer.json").symlink_to(file)
    (model / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<｜end▁of▁sentence｜>"})
    )
    (model / "config.json").write_text(json.dumps({"model_type": "other", "max_position_embeddings": 200}))
    for count, options in enumerate([["--tokenizer", "deepseek"], ["--tokenizer", file]]):
        result = run("encode", CHAT, "-o", tmp_path / f"{count}.jsonl", *TEMPLATE[:2], *options)
        assert (result.code, result.err.count("\n")) == (0, 1)
        assert columns(read(tmp_path / f"{count}.jsonl")) == columns(expected)
    result = run("encode", CHAT, "-o", tmp_path / "model.jsonl", *TEMPLATE[:2], "--model", model)
    short = [row for row in expected if len(row["input_ids"]) <= 200]
    assert result.code == 3
    assert columns(read(tmp_path / "model.jsonl")) == columns(short)
    assert f"rows refused {78 - len(short)} in {tmp_path / 'model.jsonl.refused.jsonl'}" in squeezed(result.out)


def test_a_tokenizer_has_to_be_named(tmp_path):
    for options in (["-o", tmp_path / "out.jsonl"], ["--show", "1"]):
        result = run("encode", CHAT, *options, "--template", "qwen3")
        assert result.code == 2
        assert result.err.startswith(
            "swiftcore: usage: no tokenizer; give --model with an id or a folder, or --tokenizer"
        )
    assert list(tmp_path.iterdir()) == []


# Refused and untrainable rows


def test_refused_rows(tmp_path, template):
    good = {"messages": talk()}
    source = write(tmp_path / "in.jsonl", [good, BAD, good])
    with source.open("a") as file:
        file.write("\n{no json\n")
    result = encode(source, tmp_path / "out.jsonl")
    assert result.code == 3
    assert ids(tmp_path / "out.jsonl") == [template.encode(good)["input_ids"]] * 2
    refused = read(tmp_path / "out.jsonl.refused.jsonl")
    assert [(row["file"], row["line"], row["kind"]) for row in refused] == [
        (str(source), 2, "unknown_role"),
        (str(source), 5, refused[1]["kind"]),
    ]
    assert refused[0]["reason"] == (
        "'usr' is no role; give one of system, user, assistant, tool, tool_response, tool_call"
    )
    assert json.loads(refused[0]["raw"]) == BAD
    assert refused[1]["raw"] == "{no json"
    lines = squeezed(result.out)
    assert f"rows refused 2 in {tmp_path / 'out.jsonl.refused.jsonl'}" in lines
    assert "unknown_role 1" in lines
    assert any(line.startswith(f"refused: {source}:2: message 0, field 'role': 'usr' is no role; ") for line in lines)


def test_refused_rows_where_one_asks(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}, BAD])
    result = encode(source, tmp_path / "out.jsonl", "--refused-path", tmp_path / "bad.jsonl")
    assert result.code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "in.jsonl", "out.jsonl"]


def test_a_mended_file_leaves_no_refused_rows(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}, BAD])
    assert encode(source, tmp_path / "out.jsonl").code == 3
    write(source, [{"messages": talk()}])
    assert encode(source, tmp_path / "out.jsonl", "--overwrite").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_many_refused_rows(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}, *[BAD] * 25, {"messages": []}])
    result = encode(source, tmp_path / "out.jsonl")
    assert result.out.count("refused: ") == 1  # of the same reason, the first
    assert result.out.endswith("and 25 more\n")
    assert len(read(tmp_path / "out.jsonl.refused.jsonl")) == 26


def test_on_error_raise(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}, BAD])
    result = encode(source, tmp_path / "out.jsonl", "--on_error", "raise")
    assert result.code == 1
    assert result.err == (
        "swiftcore: error: row 1, message 0, field 'role': 'usr' is no role; give one of system, user, "
        f"assistant, tool, tool_response, tool_call (in {source}, line 2)\n"
    )
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("choice", "code", "kept", "said"),
    [
        ("keep", 0, 2, "kept (--on_untrainable skip leaves them out, error refuses them)"),
        ("skip", 0, 1, "left out"),
        ("error", 3, 1, "refused"),
    ],
)
def test_on_untrainable(tmp_path, choice, code, kept, said):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}, UNTRAINABLE])
    result = encode(source, tmp_path / "out.jsonl", "--on-untrainable", choice)
    assert result.code == code
    assert len(ids(tmp_path / "out.jsonl")) == kept
    assert result.err.splitlines()[1:] == [f"swiftcore: warning: rows with nothing to train on: 1 of 2, {said}"]
    assert "rows with nothing to train on 1" in squeezed(result.out)


# Errors


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--format", "csv"], 2, "--format: 'csv' is unknown; give one of "),
        (["--shape", "chatml"], 2, "--shape: 'chatml' is unknown; give one of "),
        (["--on_error", "ignore"], 2, "--on_error: 'ignore' is unknown; give one of skip, raise"),
        (["--on_untrainable", "drop"], 2, "--on_untrainable: 'drop' is unknown; give one of "),
        (["--input_format", "xml"], 2, "--input_format: 'xml' is unknown; give one of "),
        (
            ["--truncation_strategy", "up"],
            2,
            "--truncation_strategy: unknown strategy 'up'; expected one of ",
        ),
    ],
)
def test_arguments_that_mean_nothing(tmp_path, more, code, message):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    result = encode(source, tmp_path / "out.jsonl", *more)
    assert result.code == code
    assert result.err.startswith(f"swiftcore: usage: {message}")
    assert result.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [source]


def test_an_output_is_not_replaced_unasked(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    (tmp_path / "out.jsonl").write_text("mine")
    result = encode(source, tmp_path / "out.jsonl")
    assert result.code == 1
    assert result.err.startswith(f"swiftcore: error: {tmp_path / 'out.jsonl'}: ")
    assert "overwrite" in result.err
    assert (tmp_path / "out.jsonl").read_text() == "mine"
    assert encode(source, tmp_path / "out.jsonl", "--overwrite").code == 0
    assert len(ids(tmp_path / "out.jsonl")) == 1


def test_inputs_that_are_none(tmp_path):
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "none.jsonl", tmp_path / "empty"):
        result = encode(source, tmp_path / "out.jsonl")
        assert result.code == 1
        assert result.err.startswith(f"swiftcore: error: {source}: ")
        assert result.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


# Ending early


def started(process, folder):
    """Waits until the output is being written."""
    deadline = time.monotonic() + 30
    while not any(path.name.startswith(".out") for path in folder.iterdir()):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def stop(process, number):
    """Sends a signal, and gives how the process ended and how long that took."""
    begun = time.monotonic()
    process.send_signal(number)
    code = process.wait(timeout=20)
    seconds = time.monotonic() - begun
    err = process.stderr.read().decode()
    process.stderr.close()
    return code, seconds, err


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More than is encoded in a few seconds."""
    path = tmp_path_factory.mktemp("large") / "in.jsonl"
    path.write_bytes(CHAT.read_bytes() * 300)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl", "out"])
def test_ctrl_c_leaves_nothing(tmp_path, large, name):
    arguments = (
        "encode",
        large,
        "-o",
        tmp_path / name,
        *TEMPLATE,
        "--engine",
        "reference",
        "--num_threads",
        1,
    )
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    started(process, tmp_path)
    time.sleep(0.3)
    code, seconds, err = stop(process, signal.SIGINT)
    assert (code, err) == (130, "swiftcore: interrupted\n")
    assert seconds < 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_keeps_the_output_that_was_there(tmp_path, large):
    (tmp_path / "out.jsonl").write_text("mine")
    arguments = (
        "encode",
        large,
        "-o",
        tmp_path / "out.jsonl",
        *TEMPLATE,
        "--engine=reference",
        "--overwrite",
    )
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    started(process, tmp_path)
    assert stop(process, signal.SIGINT)[0] == 130
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("show", [[], ["--show", "1"]])
def test_ctrl_c_while_standard_input_is_silent(tmp_path, show):
    arguments = ("encode", "-", "-o", tmp_path / "out.jsonl", *TEMPLATE, *show)
    process = subprocess.Popen(
        command(*arguments), stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    process.stdin.write(CHAT.read_bytes() * 50)
    process.stdin.flush()
    started(process, tmp_path)
    code, seconds, _ = stop(process, signal.SIGINT)
    process.stdin.close()
    assert code == 130
    assert seconds < 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_being_told_to_end_leaves_nothing(tmp_path, large):
    arguments = ("encode", large, "-o", tmp_path / "out.jsonl", *TEMPLATE, "--engine", "reference")
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    started(process, tmp_path)
    code, seconds, _ = stop(process, signal.SIGTERM)
    assert code == 143
    assert seconds < 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_while_the_tokenizer_loads(tmp_path, tmp_path_factory):
    from swiftcore.tokenizer import packaged_tokenizer

    model = tmp_path_factory.mktemp("models") / "Qwen3-8B"
    model.mkdir()
    (model / "tokenizer.json").symlink_to(packaged_tokenizer("deepseek"))
    arguments = ("encode", CHAT, "-o", tmp_path / "out.jsonl", "--model", model)
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE)
    assert process.stderr.readline().decode().startswith("template: 'qwen3'")
    code, seconds, err = stop(process, signal.SIGINT)
    assert code in (-signal.SIGINT, 130)  # a shell says 130 of both
    assert seconds < 1
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


# encode_files


def test_progress_of_encode_files(tmp_path, template, large):
    from swiftcore.data import encode_files

    seen = []
    summary = encode_files(template, large, tmp_path / "out.arrow", on_progress=seen.append, limit=20_000)
    assert summary.rows_written == 20_000
    assert seen[-1].rows == 20_000
    assert seen[-1].tokens == summary.tokens
    assert all(progress.bytes_total == large.stat().st_size for progress in seen[:-1])


def test_progress_without_a_terminal(tmp_path, large):
    arguments = (
        "encode",
        large,
        "-o",
        tmp_path / "out.jsonl",
        *TEMPLATE,
        "--engine",
        "reference",
        "--progress",
    )
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    line = process.stderr.readline().decode()
    stop(process, signal.SIGINT)
    assert re.fullmatch(r"[\d,]+ rows, [\d,]+ rows/s, \d+\.\d\d M tokens/s, (\d+ s|\d+:\d\d) left\n", line)


def test_an_error_in_on_progress_ends_the_job(tmp_path, large):
    from swiftcore.data import encode_files

    def fail(progress):
        raise RuntimeError("enough")

    slow = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train", engine="reference")
    with pytest.raises(RuntimeError, match="enough"):
        encode_files(slow, [large], tmp_path / "out.jsonl", on_progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_encode_files_runs_in_any_thread(tmp_path, template, expected):
    from swiftcore.data import encode_files

    def work(name):
        encode_files(template, str(CHAT), tmp_path / name)

    threads = [threading.Thread(target=work, args=(f"{count}.jsonl",)) for count in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for count in range(4):
        assert columns(read(tmp_path / f"{count}.jsonl")) == columns(expected)


def test_twice_gives_everything_again(tmp_path):
    from swiftcore.cli.stdin import Twice

    if not os.path.exists("/dev/fd"):
        pytest.skip("needs /dev/fd")
    data = bytes(range(256)) * 4000
    for taken in (0, 10, 100_000, len(data)):
        source, writer = os.pipe()

        def feed(writer=writer):
            with open(writer, "wb") as pipe:
                pipe.write(data)

        threading.Thread(target=feed, daemon=True).start()
        folder = tmp_path / str(taken)
        folder.mkdir()
        with Twice(source).first(folder) as path, open(path, "rb") as first:
            assert first.read(taken) == data[:taken]
        with open(source, "rb") as again:
            assert again.read() == data
