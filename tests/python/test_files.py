"""Small files: JSON that is read, and writes that are atomic."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from swiftcore import DataError
from swiftcore._files import read_json, write_atomic


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077], indirect=True)
def test_the_mode_of_a_file_is_what_the_umask_allows(tmp_path: Path, umask: int) -> None:
    for _ in range(2):  # a new file, and one that is replaced
        write_atomic(tmp_path / "folder" / "file", b"content")
        write_atomic(tmp_path / "folder" / "shared", b"content", mode=0o666)
        modes = {place.name: stat.S_IMODE(place.stat().st_mode) for place in (tmp_path / "folder").iterdir()}
        assert modes == {"file": 0o644 & ~umask, "shared": 0o666 & ~umask}


def test_a_failed_write_leaves_the_old_content_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_atomic(tmp_path / "file", b"old")

    def fail(*arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(DataError, match="no space left; let SWIFTCORE_CACHE name a folder to write to"):
        write_atomic(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_two_writers_never_share_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    real = os.open

    def opened(path: str, flags: int, mode: int = 0o777) -> int:
        assert flags & os.O_EXCL
        names.append(os.fspath(path))
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "getpid", lambda: 1)  # as in containers that share a volume
    for _ in range(2):
        write_atomic(tmp_path / "file", b"content")
    assert len(set(names)) == 2


def test_json_that_is_absent_or_not_an_object_is_empty(tmp_path: Path) -> None:
    assert read_json(tmp_path / "missing.json") == {}
    (tmp_path / "list.json").write_text("[1]")
    assert read_json(tmp_path / "list.json") == {}
    (tmp_path / "broken.json").write_text('{"a": ')
    with pytest.raises(DataError) as caught:
        read_json(tmp_path / "broken.json")
    assert caught.value.path == str(tmp_path / "broken.json")
