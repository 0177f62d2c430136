"""What the cache folder keeps of tokenizers: found again, checked, and written again where it is wrong."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import get_template
from swiftcore.tokenizer import folder as folders
from swiftcore.tokenizer import tokenizer as loaded
from tokenizer_support import description, hub_folder, load, verdicts

ROW = row("Hi, who are you? 字", "A model.\n")


def test_a_folder_is_kept_by_its_content(monkeypatch: pytest.MonkeyPatch, cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    place = hub_folder(tmp_path / "model")
    asked: list[Path] = []
    ask = folders.auto_tokenizer
    monkeypatch.setattr(folders, "auto_tokenizer", lambda place: (asked.append(place), ask(place))[1])
    first = swiftcore.Tokenizer.from_pretrained(place)
    assert (len(asked), first.eos_token) == (1, "<｜end▁of▁sentence｜>")
    again = swiftcore.Tokenizer.from_pretrained(place)
    assert (len(asked), again.hash) == (1, first.hash)
    # The same content elsewhere is the same tokenizer.
    swiftcore.Tokenizer.from_pretrained(hub_folder(tmp_path / "copy"))
    assert len(asked) == 1
    settings = json.loads((place / "tokenizer_config.json").read_text("utf-8"))
    settings["eos_token"] = "<｜User｜>"
    (place / "tokenizer_config.json").write_text(json.dumps(settings))
    changed = swiftcore.Tokenizer.from_pretrained(place)
    assert (len(asked), changed.eos_token) == (2, "<｜User｜>")
    for kept in (cache / "tokenizers").iterdir():
        kept.unlink()
    assert swiftcore.Tokenizer.from_pretrained(place).eos_token == "<｜User｜>"
    assert len(asked) == 3
    for kept in (cache / "folders").iterdir():
        kept.write_text("{")
    assert swiftcore.Tokenizer.from_pretrained(place).eos_token == "<｜User｜>"
    assert len(asked) == 4


def test_a_folder_where_nothing_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable[..., swiftcore.Template]
) -> None:
    pytest.importorskip("transformers")
    (tmp_path / "cache").write_text("a file in place of the folder")
    monkeypatch.setenv("SWIFTCORE_CACHE", str(tmp_path / "cache"))
    place = hub_folder(tmp_path / "model")
    template = get_template(place, template_type="default", mode="train")
    assert template.encode(ROW) == make("default", mode="train").encode(ROW)
    assert (template.max_length, template.tokenizer.origin) == (512, str(place))
    with pytest.raises(swiftcore.DataError, match="let SWIFTCORE_CACHE name a folder to write to"):
        pickle.dumps(template)


@pytest.mark.filterwarnings("error")
def test_the_verdict_on_an_engine_is_kept(cache: Path) -> None:
    made = description()
    expected = load(made).encode("Hi, 字 12\n")
    (kept,) = verdicts(cache)
    assert kept.read_bytes().endswith(b"exact")
    stamp = kept.stat().st_mtime_ns
    assert load(made).engine == "fast"
    assert kept.stat().st_mtime_ns == stamp
    for content in (b"", b"garbage", b"\xff\xfe", b"exact?"):
        kept.write_bytes(content)
        tokenizer = load(made)
        assert (tokenizer.engine, tokenizer.encode("Hi, 字 12\n")) == ("fast", expected)
        assert kept.read_bytes().endswith(b"exact")
    kept.unlink()
    assert load(made).engine == "fast"
    assert kept.read_bytes().endswith(b"exact")


@pytest.mark.filterwarnings("error")
def test_a_damaged_engine_in_the_cache_is_written_again(cache: Path) -> None:
    made = description()
    expected = load(made).encode("Hi, 字 12\n")
    (kept,) = cache.glob("compiled/*/*")
    whole = kept.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for content in (b"", b"garbage", whole[:middle], flipped, whole + b"x"):
        kept.write_bytes(content)
        tokenizer = load(made)
        assert (tokenizer.engine, tokenizer.encode("Hi, 字 12\n")) == ("fast", expected)
        assert len(kept.read_bytes()) == len(whole)
    kept.unlink()
    assert load(made).encode("Hi, 字 12\n") == expected
    assert load(made).encode("Hi, 字 12\n") == expected


def other_description() -> dict[str, Any]:
    """Another tokenizer: each two neighbours have each other's ids."""
    made = description()
    vocab = made["model"]["vocab"]
    names = {number: token for token, number in vocab.items()}
    for number in range(100, 900, 2):
        vocab[names[number]], vocab[names[number + 1]] = number + 1, number
    return made


@pytest.mark.filterwarnings("error")
def test_a_file_under_another_tokenizers_name_is_written_again(cache: Path) -> None:
    text = "Hi, 字 12 that the of and\n"
    made = [description(), other_description()]
    expected = [load(one).encode(text) for one in made]
    assert expected[0] != expected[1]
    for pattern in ("compiled/*/*", "engine/*/*"):
        first, second = sorted(cache.glob(pattern))
        kept = [first.read_bytes(), second.read_bytes()]
        first.write_bytes(kept[1])
        second.write_bytes(kept[0])
        assert [load(one).encode(text) for one in made] == expected
        # The label names the tokenizer again that the file is named after.
        assert all(place.name in place.read_bytes().partition(b"\n")[0].decode() for place in (first, second))


def test_a_damaged_tokenizer_in_the_cache_is_written_again(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    place = hub_folder(tmp_path / "model")
    text = "Hi, 字 12\n"

    def fresh() -> swiftcore.Tokenizer:
        loaded._LOADED.clear()
        loaded._RECENT.clear()
        return swiftcore.Tokenizer.from_pretrained(place)

    expected = fresh().encode(text)
    (kept,) = (cache / "tokenizers").iterdir()
    whole = kept.read_bytes()
    altered = json.loads(whole)
    vocab = altered["model"]["vocab"]
    names = {number: token for token, number in vocab.items()}
    for number in range(0, 2000, 2):
        vocab[names[number]], vocab[names[number + 1]] = number + 1, number
    for content in (json.dumps(altered).encode(), whole[: len(whole) // 2], b"", b"{}"):
        kept.write_bytes(content)
        assert fresh().encode(text) == expected
        assert kept.read_bytes() == whole
    # A pickle finds its file damaged, and what it was made from unchanged.
    tokenizer = fresh()
    pickled = pickle.dumps(tokenizer)
    kept.write_bytes(json.dumps(altered).encode())
    loaded._LOADED.clear()
    loaded._RECENT.clear()
    assert pickle.loads(pickled).encode(text) == expected
    # The record of one folder says nothing about another.
    (record,) = (cache / "folders").iterdir()
    settings = json.loads((place / "tokenizer_config.json").read_text("utf-8"))
    settings["eos_token"] = "<｜User｜>"
    (place / "tokenizer_config.json").write_text(json.dumps(settings))
    assert fresh().eos_token == "<｜User｜>"
    (new,) = set((cache / "folders").iterdir()) - {record}
    new.write_bytes(record.read_bytes())
    assert fresh().eos_token == "<｜User｜>"
    changed = json.loads(new.read_text())
    changed["special_tokens"]["eos_token"] = "<｜Assistant｜>"
    new.write_text(json.dumps(changed))
    assert fresh().eos_token == "<｜User｜>"


def test_a_pickle_whose_file_is_damaged_says_which(cache: Path) -> None:
    tokenizer = load(description())
    pickled = pickle.dumps(tokenizer)
    (kept,) = (cache / "tokenizers").iterdir()
    whole = kept.read_bytes()
    for content in (whole[: len(whole) // 2], whole + b" ", b""):
        kept.write_bytes(content)
        loaded._LOADED.clear()
        loaded._RECENT.clear()
        with pytest.raises(swiftcore.TokenizerError, match=f"{kept.name} has changed since the pickle was made; make"):
            pickle.loads(pickled)
    assert pickle.dumps(tokenizer) == pickled  # which writes it anew
    assert kept.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_nobody_else_may_write_to_the_cache(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    before = os.umask(0)
    try:
        pickle.dumps(load(description()))
        swiftcore.Tokenizer.from_pretrained(hub_folder(tmp_path / "model"))
    finally:
        os.umask(before)
    places = [cache, *cache.rglob("*")]
    assert len(places) > 8
    assert [place for place in places if place.stat().st_mode & 0o022] == []


def test_processes_on_an_empty_cache(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(description()))
    script = "import sys, swiftcore; print(swiftcore.Tokenizer.from_file(sys.argv[1]).encode('Hi, 12'))"
    ran = [subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE) for _ in range(6)]
    assert len({process.communicate(timeout=120)[0] for process in ran}) == 1
    assert not [place for place in cache.rglob("*") if place.name.startswith(".")]


@pytest.mark.filterwarnings("error")
def test_a_cache_that_cannot_be_written_costs_time_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in place of the folder")
    monkeypatch.setenv("SWIFTCORE_CACHE", str(tmp_path / "cache"))
    assert load(description()).engine == "fast"
    assert (tmp_path / "cache").read_text() == "a file in place of the folder"
