"""The cache folder from the outside: other users, killed processes, planted files, and what is said about it."""

from __future__ import annotations

import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import swiftcore
from swiftcore.tokenizer import store
from swiftcore.tokenizer import tokenizer as loaded
from tokenizer_support import description

TEXT = "Hi, 字 12\n"
SCRIPT = f"import sys, swiftcore; print(swiftcore.Tokenizer.from_file(sys.argv[1]).encode({TEXT!r}))"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="users and modes of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(description()))
    return file


def start(path: Path, cache: Path | None, **more: str) -> subprocess.Popen[str]:
    known = {name: value for name, value in os.environ.items() if name not in ("SWIFTCORE_CACHE", "XDG_CACHE_HOME")}
    env = known | more | ({} if cache is None else {"SWIFTCORE_CACHE": str(cache)})
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", SCRIPT, path], stdout=pipe, stderr=pipe, text=True, env=env)


def encode(path: Path, cache: Path | None, **more: str) -> tuple[str, str]:
    """Return the ids that a new process prints, and what it says on standard error."""
    process = start(path, cache, **more)
    ids, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return ids, said


def of_another_user(cache: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(cache, 12345, 12345)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(lambda cache: cache.chmod(0o777), "every user may write to it"), (of_another_user, "it belongs to another user")],
)
def test_a_folder_that_others_write_to_is_not_used(
    path: Path, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    cache = tmp_path / "cache"
    expected, said = encode(path, cache)
    assert said == ""
    (verdict,) = cache.glob("engine/*/*")
    verdict.unlink()
    before = sorted(cache.rglob("*"))
    spoil(cache)
    ids, said = encode(path, cache)
    assert ids == expected
    assert said.count(f"cache folder {cache}: {reason}") == 1
    assert sorted(cache.rglob("*")) == before


def test_a_pickle_says_why_it_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    monkeypatch.setenv("SWIFTCORE_CACHE", str(cache))
    with pytest.warns(UserWarning, match="every user may write to it"):
        tokenizer = swiftcore.Tokenizer.from_json(json.dumps(description(), indent=1))
    with pytest.raises(swiftcore.DataError, match="every user may write to it; let SWIFTCORE_CACHE name a folder"):
        pickle.dumps(tokenizer)
    assert list(cache.iterdir()) == []


def test_there_need_be_no_cache(path: Path, tmp_path: Path) -> None:
    expected, _ = encode(path, tmp_path / "cache")
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert encode(path, blocked / "cache") == (expected, "")
    assert encode(path, None, HOME="/nowhere/at/all") == (expected, "")
    # A link out of the cache is not written through, and a pipe is not waited for.
    cache, victim = tmp_path / "cache", tmp_path / "victim"
    victim.write_text("victim")
    kept = [place for place in cache.rglob("*") if place.is_file()]
    for plant in (lambda place: place.symlink_to(victim), os.mkfifo, Path.mkdir):
        for place in kept:
            place.unlink()
            plant(place)
        assert encode(path, cache)[0] == expected
        assert victim.read_text() == "victim"
        if plant is not Path.mkdir:
            assert all(place.is_file() and not place.is_symlink() for place in kept)


def test_processes_that_are_killed_leave_nothing_wrong(path: Path, tmp_path: Path) -> None:
    expected, _ = encode(path, tmp_path / "other")
    cache = tmp_path / "cache"
    running = [start(path, cache) for _ in range(8)]
    for index, process in enumerate(running):
        time.sleep(0.03 * index)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    running = [start(path, cache) for _ in range(4)]
    assert {process.communicate(timeout=120)[0] for process in running} == {expected}
    assert encode(path, cache) == (expected, "")


def test_left_temporary_files_are_deleted_once_they_are_old(tmp_path: Path) -> None:
    old, new, kept = (tmp_path / name for name in (".a.tmp", ".b.tmp", "c.json"))
    for place in (old, new, kept):
        place.write_text("x")
    for place in (old, kept):
        os.utime(place, (0, 0))
    store.bound_folder(tmp_path, 1 << 20)
    assert sorted(tmp_path.iterdir()) == [new, kept]
    store.bound_folder(tmp_path, 0)
    assert sorted(tmp_path.iterdir()) == [new]


def test_a_long_preparation_is_logged(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def slow() -> str:
        time.sleep(0.3)
        return "made"

    monkeypatch.setattr(loaded, "_PATIENCE", 0.05)
    assert loaded._prepared(path, slow) == "made"  # type: ignore[arg-type,comparison-overlap]
    assert caplog.messages == []
    with caplog.at_level(logging.INFO, logger="swiftcore"):
        loaded._prepared(path, slow)  # type: ignore[arg-type]
        loaded._prepared(path, lambda: "quick")  # type: ignore[arg-type,return-value]
    assert caplog.messages == [f"preparing tokenizer {path}; this takes a few seconds, once"]
