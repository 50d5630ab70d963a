"""The learning curve of a log, as an SVG that needs no library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

__all__ = ["plot"]

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 52, 16, 190, 44
COLOURS = ("#1b6ca8", "#c0392b", "#1e8449", "#8e44ad", "#b9770e", "#34495e")
Curve = list[tuple[float, float]]


def plot(log: Path) -> str:
    """Return the curves of loss and negative log-probability over minutes, as an SVG document.

    Of a log without such values it is an empty frame.
    """
    curves = _curves([json.loads(line) for line in log.read_text("utf-8").splitlines()])
    points = [point for curve in curves.values() for point in curve]
    right = max((x for x, _ in points), default=1.0) or 1.0
    low, high = min((y for _, y in points), default=0.0), max((y for _, y in points), default=1.0)
    high = high if high > low else low + 1

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + x / right * (WIDTH - LEFT - RIGHT),
            TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_axes(right, low, high)]
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py in (place(*point) for point in curve))
        y = TOP + 14 + 18 * number
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
            f'<text x="{WIDTH - RIGHT + 12}" y="{y}" fill="{colour}">{escape(name)} '
            f"{curve[-1][1]:.3f}</text>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _curves(lines: Sequence[dict[str, float]]) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for line in lines:
        for key, value in line.items():
            if key == "loss" or key.startswith("nll"):
                curves.setdefault(key, []).append((line["seconds"] / 60, value))
    return curves


def _axes(right: float, low: float, high: float) -> str:
    bottom, edge = HEIGHT - BOTTOM, WIDTH - RIGHT
    return (
        f'<path d="M{LEFT} {TOP}V{bottom}H{edge}" fill="none" stroke="#888"/>'
        f'<text x="{LEFT - 6}" y="{TOP + 8}" text-anchor="end">{high:.2f}</text>'
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">{low:.2f}</text>'
        f'<text x="{edge}" y="{bottom + 16}" text-anchor="end">{right:.0f} min</text>'
        f'<text x="{LEFT}" y="{bottom + 16}">0</text>'
        f'<text x="{LEFT}" y="{bottom + 34}">nats a target piece, over minutes of training</text>'
    )
