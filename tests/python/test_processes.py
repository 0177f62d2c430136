"""A template in other processes: forked ones, spawned ones, workers of torch and datasets, and pickled."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore.tokenizer import packaged_tokenizer

ROWS = [row(f"question {index} 字", f"answer {index} été") for index in range(50)]
LONG = row("the 字 and so on 12, don't\n" * 12_000, "short")


@pytest.fixture
def template(tokenizer: swiftcore.Tokenizer) -> swiftcore.Template:
    """A template that was used before anything else happens."""
    made = swiftcore.get_template(tokenizer, template_type="deepseek_v2_5", mode="train", max_length=10**7)
    made.encode_batch([*ROWS, LONG], num_threads=2)
    return made


def encoded_both_ways(template: swiftcore.Template) -> tuple[list[Any], list[Any]]:
    return [template.encode(one) for one in ROWS], list(template.encode_batch(ROWS, num_threads=2))


def test_torch_workers(template: swiftcore.Template) -> None:
    data = pytest.importorskip("torch.utils.data")

    class Rows(data.Dataset):
        def __len__(self) -> int:
            return len(ROWS)

        def __getitem__(self, index: int) -> Any:
            return template.encode(ROWS[index])

    loader = data.DataLoader(Rows(), batch_size=8, num_workers=2, collate_fn=list, timeout=60)
    encoded = [one for batch in loader for one in batch]
    assert encoded == encoded_both_ways(template)[0]
    batches = data.DataLoader(ROWS, batch_size=25, num_workers=2, collate_fn=template.encode_batch, timeout=60)
    assert [one for batch in batches for one in batch] == encoded


def test_datasets_map(template: swiftcore.Template) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_list(ROWS)
    mapped = data.map(template.encode, num_proc=2, remove_columns=data.column_names)
    assert mapped.to_list() == encoded_both_ways(template)[0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(template: swiftcore.Template, method: str) -> None:
    expected = encoded_both_ways(template)
    with multiprocessing.get_context(method).Pool(2) as pool:
        for result in pool.map_async(encoded_both_ways, [template] * 2).get(timeout=60):
            assert result == expected


# Forks, often, while threads encode; each child encodes the same and compares.
FORKS = """
import os, signal, sys, threading, warnings
import swiftcore

warnings.simplefilter("ignore")
place, kind = sys.argv[1:]
template = swiftcore.get_template(place, template_type="deepseek_v2_5", mode="train", max_length=10**7)
words = ["the", "quick", "字", "été", "12", "don't", "and so on"]

def text(length, seed):
    return " ".join(words[(at * at + at // 7 + seed) % 7] for at in range(length))

def row(length, seed):
    said = ({"role": "user", "content": text(length, seed)}, {"role": "assistant", "content": text(9, seed)})
    return {"messages": said}

rows = [row(20, seed) for seed in range(100)] if kind == "short" else [row(60_000, seed) for seed in range(2)]
expected = list(template.encode_batch(rows, num_threads=2))
done = False

def encode():
    while not done:
        template.encode_batch(rows, num_threads=2) if kind == "short" else template.encode(rows[0])

threads = [threading.Thread(target=encode) for _ in range(3)]
for thread in threads:
    thread.start()
wrong = []
for attempt in range(30):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        same = list(template.encode_batch(rows, num_threads=2)) == expected
        os._exit(0 if same and template.encode(rows[0]) == expected[0] else 1)
    if status := os.waitpid(child, 0)[1]:
        wrong.append((attempt, status))
        break
done = True
print("wrong:", wrong)
"""


@pytest.mark.parametrize("kind", ["short", "long"])
@pytest.mark.parametrize("place", ["deepseek", "llama3_1"])
def test_forks_while_other_threads_encode(request: pytest.FixtureRequest, place: str, kind: str) -> None:
    if place != "deepseek":
        place = str(request.getfixturevalue("shared") / "tokenizers" / place)
    ran = subprocess.run(
        [sys.executable, "-c", FORKS, place, kind], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.stdout.splitlines()[-1:], ran.returncode) == (["wrong: []"], 0), ran.stderr


# A pattern that the fast engine has no scanner for: it matches long texts on several threads.
CHILD = """
import json, os, signal, sys
import swiftcore

description = json.load(open(sys.argv[1], encoding="utf-8"))
pattern = {"Regex": r" ?\\p{L}+(?!x)|\\s+(?=\\S)|\\s+|[^\\s]"}
split = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
description["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, level]}
tokenizer = swiftcore.Tokenizer.from_json(json.dumps(description), engine="fast")
reference = swiftcore.Tokenizer.from_json(json.dumps(description), engine="reference")
text = "the quick brown 字 fox été 12 and so on, don't\\n" * 5000
assert tokenizer.encode(text) == reference.encode(text)
child = os.fork()
if child == 0:
    signal.alarm(30)
    os._exit(0 if tokenizer.encode(text[::-1]) == reference.encode(text[::-1]) else 1)
print("status:", os.waitpid(child, 0)[1])
"""


def test_a_text_matched_on_several_threads_after_a_fork() -> None:
    command = [sys.executable, "-c", CHILD, str(packaged_tokenizer("deepseek"))]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.stdout == "status: 0\n", ran.stderr


# Forks while another thread loads what decoding needs.
LOADING = """
import os, signal, threading, time, warnings
import swiftcore

warnings.simplefilter("ignore")
path = swiftcore.Tokenizer.from_pretrained("deepseek").path
wrong = []
for wait in (0.02, 0.05, 0.1, 0.2):
    tokenizer = swiftcore.Tokenizer.from_file(path)
    loading = threading.Thread(target=tokenizer.decode, args=([1],))
    loading.start()
    time.sleep(wait)
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        os._exit(0 if tokenizer.decode([1]) == "<｜end▁of▁sentence｜>" else 1)
    wrong += [status] if (status := os.waitpid(child, 0)[1]) else []
    loading.join()
    del tokenizer, loading
print("wrong:", wrong)
"""


def test_a_fork_while_another_thread_loads() -> None:
    command = [sys.executable, "-c", LOADING]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert ran.stdout == "wrong: []\n", ran.stderr


def test_long_texts_in_a_child(template: swiftcore.Template) -> None:
    assert len(LONG["messages"][0]["content"].encode()) > 200_000
    with multiprocessing.get_context("fork").Pool(1) as pool:
        got = pool.apply_async(template.encode, [LONG]).get(timeout=60)
    assert got == template.encode(LONG)


def folder(place: Path) -> Path:
    """A folder as a hub would give it."""
    place.mkdir()
    packaged = packaged_tokenizer("deepseek")
    shutil.copy(packaged, place / "tokenizer.json")
    shutil.copy(packaged.with_name("tokenizer_config.json"), place)
    (place / "config.json").write_text(json.dumps({"model_type": "deepseek_v3", "max_position_embeddings": 512}))
    return place


def from_transformers(place: Path) -> Any:
    return pytest.importorskip("transformers").AutoTokenizer.from_pretrained(str(folder(place)))


def from_tokenizers(place: Path) -> Any:
    tokenizer = pytest.importorskip("tokenizers").Tokenizer.from_file(str(packaged_tokenizer("deepseek")))
    tokenizer.add_special_tokens(["<|new|>"])
    return tokenizer


ORIGINS: dict[str, Callable[[Path], Any]] = {
    "name": lambda place: "deepseek",
    "file": lambda place: folder(place) / "tokenizer.json",
    "folder": folder,
    "transformers": from_transformers,
    "tokenizers": from_tokenizers,
    "swiftcore": lambda place: swiftcore.Tokenizer.from_pretrained("deepseek", engine="reference"),
}


@pytest.mark.parametrize("origin", ORIGINS)
# The control token is meant, and the template is not the tokenizer's own.
@pytest.mark.filterwarnings("error", "ignore::swiftcore.MismatchWarning", "ignore::swiftcore.DataWarning")
def test_pickles(tmp_path: Path, origin: str) -> None:
    template = swiftcore.get_template(
        ORIGINS[origin](tmp_path / "model"),
        "Be brief.",
        300,
        template_type="qwen3",
        mode="train",
        loss_scale="react",
        truncation_strategy="right",
        enable_thinking=False,
        current_date="2026-11-22",
    )
    special = row("Hi <|new|>", "Ho", system=None)
    pickled = pickle.dumps(template)
    assert len(pickled) < 10_000
    back = pickle.loads(pickled)
    for name in ("mode", "max_length", "template_meta", "padding_side"):
        assert getattr(back, name) == getattr(template, name)
    assert back.tokenizer.special_tokens == template.tokenizer.special_tokens
    assert back.tokenizer.engine == template.tokenizer.engine
    expected = encoded_both_ways(template), template.encode(special)
    assert (encoded_both_ways(back), back.encode(special)) == expected
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        spawned = pool.apply_async(unpickled, [pickled, special]).get(timeout=60)
    assert spawned == expected


def unpickled(pickled: bytes, special: Any) -> Any:
    template = pickle.loads(pickled)
    return encoded_both_ways(template), template.encode(special)


def test_a_pickle_carries_the_mode_and_the_limit(tokenizer: swiftcore.Tokenizer) -> None:
    template = swiftcore.get_template(tokenizer, template_type="deepseek_v2_5")
    template.set_mode("train")
    back = pickle.loads(pickle.dumps(template))
    assert (back.mode, back.max_length) == ("train", template.max_length)
    assert back.encode(ROWS[0]) == template.encode(ROWS[0])


@pytest.mark.parametrize("mode", ["train", "transformers"])
@pytest.mark.parametrize("loss_scale", ["default", "react"])
@pytest.mark.filterwarnings("ignore:2 rows refused")
def test_batches_pickle(tokenizer: swiftcore.Tokenizer, mode: str, loss_scale: str) -> None:
    template = swiftcore.get_template(
        tokenizer, template_type="deepseek_v2_5", mode=mode, loss_scale=loss_scale, max_length=40
    )
    for rows in ([], [*ROWS, {"messages": [5]}, LONG, ROWS[0]]):
        batch = template.encode_batch(rows)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            back = pickle.loads(pickle.dumps(batch, protocol))
            assert (list(back), back.column_names, back.untrainable) == (
                list(batch),
                batch.column_names,
                batch.untrainable,
            )
            assert memoryview(back.row_index) == memoryview(batch.row_index)
            assert [(str(e), vars(e)) for e in back.refused] == [(str(e), vars(e)) for e in batch.refused]


def test_errors_of_a_batch_pickle(template: swiftcore.Template) -> None:
    with pytest.raises(swiftcore.BatchError) as raised:
        template.encode_batch([*ROWS, {"messages": [5]}], on_error="raise")
    back = pickle.loads(pickle.dumps(raised.value))
    assert str(back) == str(raised.value)
    assert list(back.batch) == list(raised.value.batch)


def test_a_damaged_pickle_of_a_batch_is_refused(template: swiftcore.Template) -> None:
    native = template.encode_batch(ROWS)._native
    _, (parts,) = native.__reduce__()
    columns, row_index, *rest = parts
    shorter = [(columns, row_index[:-8], *rest)]
    for index, column in enumerate(columns):
        for at in (2, 3, 5):  # the values, the offsets, which rows have a value
            if column[at] is not None:
                damaged = tuple(part[:-8] if place == at else part for place, part in enumerate(column))
                shorter.append(([*columns[:index], damaged, *columns[index + 1 :]], row_index, *rest))
    assert len(shorter) > len(columns)
    for damage in shorter:
        with pytest.raises(ValueError, match="the columns of this batch do not fit together"):
            type(native)(damage)


UNPICKLE = "import pickle, sys; print(pickle.load(sys.stdin.buffer).encode('Hi'))"


def unpickle_elsewhere(pickled: bytes, cache: Path) -> subprocess.CompletedProcess[str]:
    """Unpickles a tokenizer in a process of its own, with another cache."""
    environment = {**os.environ, "SWIFTCORE_CACHE": str(cache)}
    ran = subprocess.run(
        [sys.executable, "-c", UNPICKLE],
        input=pickled,
        capture_output=True,
        timeout=60,
        env=environment,
        check=False,
    )
    return subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def test_a_folder_is_asked_again_where_the_kept_file_is_gone(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    pickled = pickle.dumps(swiftcore.Tokenizer.from_pretrained(folder(tmp_path / "model")))
    shutil.rmtree(cache)
    ran = unpickle_elsewhere(pickled, tmp_path / "other")
    assert (ran.stdout, ran.returncode) == ("[23166]\n", 0), ran.stderr


def test_a_pickle_without_its_file_says_so(cache: Path, tmp_path: Path) -> None:
    description = json.loads(packaged_tokenizer("deepseek").read_text("utf-8"))
    pickled = pickle.dumps(swiftcore.Tokenizer.from_json(json.dumps(description)))
    shutil.rmtree(cache / "tokenizers")
    ran = unpickle_elsewhere(pickled, tmp_path / "other")
    assert ran.returncode == 1
    assert "is not on this machine; load the tokenizer from a folder that both machines see" in ran.stderr


def test_a_pickle_of_a_file_that_changed_says_so(tmp_path: Path) -> None:
    file = folder(tmp_path / "model") / "tokenizer.json"
    pickled = pickle.dumps(swiftcore.Tokenizer.from_file(file))
    file.write_text(file.read_text("utf-8") + "\n", encoding="utf-8")
    ran = unpickle_elsewhere(pickled, tmp_path / "other")
    assert ran.returncode == 1
    assert f"{file} has changed since the pickle was made; make the template again" in ran.stderr


def test_a_pickle_is_not_bound_to_another_file_of_the_same_content(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "first") / "tokenizer.json", folder(tmp_path / "second") / "tokenizer.json"
    loaded = swiftcore.Tokenizer.from_file(first)
    pickled = pickle.dumps(swiftcore.Tokenizer.from_file(second))
    first.write_text(first.read_text("utf-8") + "\n", encoding="utf-8")
    other = pickle.loads(pickled)
    assert (loaded.path, other.path) == (str(first), str(second))
    # Decoding reads the file again.
    assert other.decode_stream().step(other.encode("Hi")) == "Hi"
