"""Rows per second, side by side: swiftcore and whatever of its peers is installed.

`python benches/python/compare.py [--only SUITE ...] [--quick] [--save FILE] [--write-documents]`

Suites:

* encode: messages to ids and labels, and the ratios that swiftcore is held to; contenders by --contenders;
* kinds: an Arrow table with other tokenizers, beside `tokenizers`;
* files: the whole command on a large file (`--corpus`, from make_corpus.py), beside a batch in memory; peak memory;
* start: loading a tokenizer for the first time and again, beside `tokenizers`.

Every contender runs in processes of its own, freshly loaded, on the same rows; all take turns, and medians are printed.
"""

from __future__ import annotations

import argparse
import json
import pickle
from pathlib import Path
from typing import Any

from comparing import report
from comparing.chart import chart
from comparing.claims import ARROW, KINDS
from comparing.contenders import CONTENDERS
from comparing.files import measure_files
from comparing.machine import described, installed
from comparing.phases import measure
from comparing.rows import ROOT, SHARED, default_rows, read_rows
from comparing.start import measure_start
from comparing.worker import Task, work

SUITES = ("encode", "kinds", "files", "start")
CHART = ROOT / "docs" / "images" / "speeds.svg"


def encode(arguments: argparse.Namespace) -> Any:
    """Seconds a row of each contender that is installed."""
    names = [name for name, contender in CONTENDERS.items() if installed(contender.package)]
    names = [name for name in names if not arguments.contenders or name in arguments.contenders]
    tasks = [Task(name, arguments.tokenizer, arguments.template, arguments.rows) for name in names]
    return measure(tasks, repeat=arguments.repeat, passes=arguments.passes)


def kinds(arguments: argparse.Namespace) -> Any:
    """The same for each other tokenizer: ours and `tokenizers`."""
    found = {}
    for folder, template, *_ in KINDS:
        path = str(Path(arguments.tokenizer).parent / folder)
        tasks = [Task(name, path, template, arguments.rows) for name in (ARROW, "tokenizers")]
        found[folder] = measure(tasks, repeat=arguments.repeat, passes=arguments.passes)
    return found


def files(arguments: argparse.Namespace) -> Any:
    if arguments.corpus is None:
        raise SystemExit("the suite 'files' needs --corpus FILE; benches/python/make_corpus.py writes one")
    return measure_files(arguments.corpus, arguments.tokenizer, arguments.template, repeat=min(arguments.repeat, 3))


def start(arguments: argparse.Namespace) -> Any:
    parent = Path(arguments.tokenizer).parent
    folders = [(Path(arguments.tokenizer).name, arguments.template), *((kind[0], kind[1]) for kind in KINDS)]
    return {name: measure_start(parent / name, template, repeat=arguments.repeat) for name, template in folders}


def claims(found: dict[str, Any]) -> str:
    """All ratios that were measured, as one table."""
    rows = report.encoding_rows(found["encode"]) if "encode" in found else []
    if "files" in found:
        rows += report.file_rows(found["files"])
    for folder, _, at_least, aim in KINDS if "kinds" in found else ():
        rows += report.kind_rows(folder, at_least, aim, found["kinds"][folder])
    return report.claims_table(rows)


def tables(found: dict[str, Any]) -> dict[str, str]:
    """The tables that what was measured gives."""
    given = {}
    if "encode" in found:
        results = found["encode"]
        given["rates"] = report.rates_table(results, next(iter(results)))
        given["speed"] = report.short_table(results, next(iter(results)))
    if found.keys() & {"encode", "files", "kinds"}:
        given["speeds"] = claims(found)
    if "start" in found:
        given["starts"] = report.start_table(found["start"])
    return given


def subject(arguments: argparse.Namespace) -> str:
    rows = read_rows(Path(arguments.rows))
    characters = sum(len(message["content"]) for row in rows for message in row["messages"])
    name = Path(arguments.tokenizer).name
    return f"{len(rows):,} rows, {characters / 1e6:.1f} million characters, {arguments.template}, {name} tokenizer"


def write_documents(arguments: argparse.Namespace, found: dict[str, Any]) -> None:
    """Write the tables and the chart into the documents."""
    places = {"speed": "README.md", "starts": "docs/performance.md"}
    for name, text in tables(found).items():
        report.insert(ROOT / places.get(name, "BENCHMARKS.md"), name, text)
    if "encode" in found:
        CHART.parent.mkdir(parents=True, exist_ok=True)
        CHART.write_text(chart(found["encode"], f"Rows a second: {subject(arguments)}"), encoding="utf-8")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=str(default_rows()))
    parser.add_argument("--tokenizer", default=str(SHARED / "tokenizers" / "qwen3"))
    parser.add_argument("--template", default="qwen2_5")
    parser.add_argument("--only", nargs="*", choices=SUITES, default=list(SUITES[:2]), help="suites to run")
    parser.add_argument("--contenders", nargs="*", choices=list(CONTENDERS), help="contenders of the suite encode")
    parser.add_argument("--corpus", type=Path, help="the large file of the suite files")
    parser.add_argument("--repeat", type=int, default=9, help="rounds: fresh processes of each contender")
    parser.add_argument("--passes", type=int, default=3, help="warm passes in each process")
    parser.add_argument("--quick", action="store_true", help="one fresh process of each, one warm pass")
    parser.add_argument("--save", type=Path, help="keep the figures in this file, added to what is there")
    parser.add_argument(
        "--write-documents", action="store_true", help="write the tables and the chart into the documents"
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = parsed()
    if arguments.worker:
        work(Task(**json.loads(arguments.worker)))
        return
    if arguments.quick:
        arguments.repeat = arguments.passes = 1
    kept = arguments.save and arguments.save.exists()
    found = pickle.loads(arguments.save.read_bytes()) if kept else {}
    suites = {"encode": encode, "kinds": kinds, "files": files, "start": start}
    for name in arguments.only:
        found[name] = suites[name](arguments)
        if arguments.save:
            arguments.save.write_bytes(pickle.dumps(found))
    medians = f"; medians of {arguments.repeat}" if arguments.only else ""
    print(f"{subject(arguments)}; {described()}{medians}\n")
    for text in tables(found).values():
        print(f"{text}\n")
    if arguments.write_documents:
        write_documents(arguments, found)


if __name__ == "__main__":
    main()
