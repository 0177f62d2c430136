"""Writes a large file of conversations, made of real text that the machine has.

`python benches/python/make_corpus.py OUT.jsonl [--megabytes 1000] [--roots DIR ...]`

The text is that of the source files and documentation under the roots (by default Python's standard library, installed
packages, `/usr/share` and what cargo fetched), each file once however often it is there. A file is cut at lines into
turns whose lengths follow those of real chats: mostly short, some long. No text is taken twice: where the roots hold
less than what was asked for, what there is is written and said. The same roots and seed give the same file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = {".py", ".pyi", ".rst", ".md", ".txt", ".rs", ".c", ".h", ".hpp", ".cpp", ".html", ".pl", ".pm", ".toml"}
LARGEST_FILE = 2_000_000


def default_roots() -> list[Path]:
    paths = sysconfig.get_paths()
    roots = [Path(paths["stdlib"]), Path(paths["purelib"]), Path("/usr/share"), Path.home() / ".cargo/registry/src"]
    return [root for root in [*roots, Path.home() / ".rustup/toolchains"] if root.is_dir()]


def texts(roots: list[Path]) -> Iterator[str]:
    """Every file's text, once."""
    seen: set[bytes] = set()
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                text = read(Path(folder, name))
                digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
                if text and digest not in seen:
                    seen.add(digest)
                    yield text


def read(path: Path) -> str:
    """A file's text; empty where it is no text that we take."""
    if path.suffix not in SUFFIXES or path.is_symlink():
        return ""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return ""
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return ""


def turns(text: str, random: random.Random) -> Iterator[str]:
    """The text cut at lines; lengths in characters are log-normal around 250."""
    turn, size, wanted = [], 0, random.lognormvariate(5.5, 1.0)
    for line in text.splitlines():
        turn.append(line)
        size += len(line) + 1
        if size >= wanted:
            yield "\n".join(turn)
            turn, size, wanted = [], 0, random.lognormvariate(5.5, 1.0)
    if turn:
        yield "\n".join(turn)


def rows(roots: list[Path], seed: int) -> Iterator[dict[str, object]]:
    """Conversations of one to four rounds; turns of nothing but white space are left out."""
    chance = random.Random(seed)
    for text in texts(roots):
        waiting = [turn for turn in turns(text, chance) if turn.strip()]
        while len(waiting) >= 2:
            rounds = min(chance.choice((1, 1, 1, 2, 3, 4)), len(waiting) // 2)
            taken, waiting = waiting[: 2 * rounds], waiting[2 * rounds :]
            roles = ("user", "assistant") * rounds
            yield {"messages": [{"role": role, "content": turn} for role, turn in zip(roles, taken, strict=True)]}


def write(out: Path, megabytes: float, roots: list[Path], seed: int) -> tuple[int, int]:
    """Writes the file; its rows and bytes."""
    count = size = 0
    with out.open("w", encoding="utf-8") as file:
        for row in rows(roots, seed):
            line = json.dumps(row, ensure_ascii=False) + "\n"
            file.write(line)
            count, size = count + 1, size + len(line.encode())
            if size >= megabytes * 1e6:
                break
    return count, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--roots", type=Path, nargs="*", default=None)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    roots = arguments.roots or default_roots()
    count, size = write(arguments.out, arguments.megabytes, roots, arguments.seed)
    print(f"{arguments.out}: {count:,} rows, {size / 1e6:,.0f} MB of {arguments.megabytes:,.0f}")


if __name__ == "__main__":
    main()
