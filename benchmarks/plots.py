"""A line chart as SVG: enough for a curve in a page, and not a plotting library. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 36, 48
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#b45309", "#0f766e")


@dataclass(frozen=True)
class Line:
    """Points to be joined, in the order of their x."""

    name: str
    points: Sequence[tuple[float, float]]


def chart(title: str, x_name: str, y_name: str, lines: Sequence[Line], limit: float | None = None) -> str:
    """The chart as a document of its own, on white. Both axes are logarithmic; ``limit`` is drawn as a dashed line."""
    points = [p for line in lines for p in line.points]
    xs = [max(x, 1e-9) for x, _ in points] or [1.0]
    ys = [max(y, 1.0) for _, y in points] + ([limit] if limit else []) or [1.0]
    across = _Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    up = _Axis(min(ys), max(ys), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(x_name)}</text>',
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y_name)}</text>',
    ]
    for value in across.ticks():
        x = across.place(value)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for value in up.ticks():
        y = up.place(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    if limit:
        y = up.place(limit)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#333" stroke-dasharray="6 4"/>'
        )
    for number, line in enumerate(lines):
        parts += _drawn(line, COLOURS[number % len(COLOURS)], TOP + 14 + 18 * number, across, up)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(line: Line, colour: str, key_y: float, across: "_Axis", up: "_Axis") -> list[str]:
    """A line, its points, and its name in the key."""
    places = [(across.place(x), up.place(max(y, 1.0))) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x = WIDTH - RIGHT + 12
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places),
        f'<line x1="{x}" x2="{x + 18}" y1="{key_y - 4}" y2="{key_y - 4}" stroke="{colour}" stroke-width="2"/>',
        f'<text x="{x + 24}" y="{key_y}">{escape(line.name)}</text>',
    ]


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis: from the least to the most value, from one place to another."""

    least: float
    most: float
    begin: float
    end: float

    def place(self, value: float) -> float:
        if self.most <= self.least:
            return (self.begin + self.end) / 2
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        """1, 2 and 5 times powers of ten within the axis; its ends where there is none."""
        powers = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)) + 1)
        found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        return [value for value in found if self.least <= value <= self.most] or sorted({self.least, self.most})
