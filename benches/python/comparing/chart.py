"""The rates as a chart: an SVG that needs nothing to draw it, readable on light and dark pages."""

from __future__ import annotations

from html import escape

from .phases import PHASES, Measured

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 860, 300, 90, 14, 14, 46
COLOURS = {"first": "#8aa9d6", "other": "#3f76c4", "warm": "#1c4587"}
NAMES = {"first": "first pass", "other": "warmed on other rows", "warm": "warm, same rows"}


def chart(results: dict[str, Measured], title: str) -> str:
    """Rows a second of each contender, three bars each."""
    largest = max(figures.rate(phase) for figures in results.values() for phase in PHASES)
    group = len(PHASES) * BAR + GAP
    height = TOP + len(results) * group + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="18" font-size="14" fill="#222222">{escape(title)}</text>',
        *_legend(),
    ]
    for index, (name, figures) in enumerate(results.items()):
        parts += _bars(name, figures, TOP + index * group, largest)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> list[str]:
    parts, x = [], LEFT
    for phase in PHASES:
        parts.append(f'<rect x="{x}" y="28" width="10" height="10" fill="{COLOURS[phase]}"/>')
        parts.append(f'<text x="{x + 15}" y="37" fill="#222222">{NAMES[phase]}</text>')
        x += 160
    return parts


def _bars(name: str, figures: Measured, y: float, largest: float) -> list[str]:
    middle = y + len(PHASES) * BAR / 2 + 4
    parts = [f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end" fill="#222222">{escape(name)}</text>']
    for index, phase in enumerate(PHASES):
        rate = figures.rate(phase)
        length = max(1.0, (WIDTH - LEFT - RIGHT) * rate / largest)
        top = y + index * BAR
        parts.append(
            f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[phase]}"/>'
            f'<text x="{LEFT + length + 5:.1f}" y="{top + 10}" font-size="10" fill="#222222">{rate:,.0f}</text>'
        )
    return parts
