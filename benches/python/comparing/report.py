"""Write the figures as Markdown tables, and insert them into documents."""

from __future__ import annotations

from pathlib import Path

from .claims import ARROW, ENCODE, ENCODING, Claim, kind_claims
from .contenders import CONTENDERS
from .files import FileFigures
from .machine import version
from .phases import PHASES, Measured, ratio
from .start import StartFigures

Row = tuple[str, str, float, float, float]


def claim_rows(claims: list[Claim], results: dict[str, Measured]) -> list[Row]:
    """Return rows of claim, reference, measured ratio, minimum and aim."""
    values = [(claim, claim.value(results)) for claim in claims]
    return [(claim.what, claim.to, value, claim.at_least, claim.aim) for claim, value in values if value is not None]


def encoding_rows(results: dict[str, Measured]) -> list[Row]:
    return claim_rows(ENCODING, results)


def kind_rows(folder: str, at_least: float, aim: float, results: dict[str, Measured]) -> list[Row]:
    return claim_rows(kind_claims(folder, at_least, aim), results)


def file_rows(figures: FileFigures) -> list[Row]:
    """The command against the batch in memory; memory against that of a tenth of the rows (less is better)."""
    size = f"{figures.megabytes / 1000:.1f} GB of JSONL"
    memory = figures.in_memory
    return [
        (
            f"`swiftcore encode`, {size} to Arrow IPC, loading apart",
            "`encode_batch(Arrow table)`",
            memory / figures.arrow,
        )
        + (0.5, 0.8),
        ("the same to Parquet", "the same", memory / figures.parquet, 0.3, 0.5),
        ("peak memory of the command (at most)", "on a tenth of the rows", figures.growth, 1.2, 1.1),
    ]


def claims_table(rows: list[Row]) -> str:
    lines = ["| | ratio to | measured | wanted | aim |", "| --- | --- | --- | --- | --- |"]
    for what, to, value, at_least, aim in rows:
        lines.append(f"| {what} | {to} | {_number(value)}× | {at_least:g} | {aim:g} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 3 else f"{value:.1f}" if value < 30 else f"{value:.0f}"


def rates_table(results: dict[str, Measured], baseline: str) -> str:
    """Return the rows per second of each contender and phase: median, spread, ratio to the baseline's median."""
    lines = ["| | version | first pass | warmed on other rows | warm, same rows | same ids | |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for name, figures in results.items():
        cells = []
        for phase in PHASES:
            low, high = figures.spread(phase)
            times = ratio(figures, results[baseline], phase)
            cells.append(f"{figures.rate(phase):,.0f} ({low:,.0f} to {high:,.0f}), {times:,.1f}×")
        cells.append(f"{figures.equal_rows(results[baseline]):,} of {len(results[baseline].digests):,}")
        contender = CONTENDERS[name]
        lines.append(f"| {name} | {version(contender.package)} | {' | '.join(cells)} | {contender.note} |")
    return "\n".join(lines)


def short_table(results: dict[str, Measured], baseline: str) -> str:
    """Return the four rows that the README shows: median rows per second, and the ratio to the baseline."""
    lines = ["| | first pass | warm | |", "| --- | ---: | ---: | --- |"]
    for name in (baseline, ENCODE, ARROW, "fastokens"):
        if name in results:
            figures = results[name]
            cells = [
                f"{figures.rate(phase):,.0f} ({ratio(figures, results[baseline], phase):,.1f}×)"
                for phase in ("first", "warm")
            ]
            lines.append(f"| {name} | {' | '.join(cells)} | {CONTENDERS[name].note} |")
    return "\n".join(lines)


def start_table(found: dict[str, StartFigures]) -> str:
    lines = ["| tokenizer | the first time | seen before | `tokenizers` |", "| --- | --- | --- | --- |"]
    for name, figures in found.items():
        lines.append(f"| {name} | {figures.first:.2f} s | {figures.again:.2f} s | {figures.tokenizers:.2f} s |")
    return "\n".join(lines)


def insert(path: Path, name: str, text: str) -> None:
    """Put `text` between the markers `<!-- NAME -->` and `<!-- /NAME -->` of a Markdown file.

    Raises:
        ValueError: The file has no such markers.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    whole = path.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        raise ValueError(f"{path} has no {begin} … {end}")
    head, _, rest = whole.partition(begin)
    _, _, tail = rest.partition(end)
    path.write_text(f"{head}{begin}\n{text.strip()}\n{end}{tail}", encoding="utf-8")
