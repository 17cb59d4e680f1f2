"""Draw a line chart as SVG. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 36, 48
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#b45309", "#0f766e")


@dataclass(frozen=True)
class Line:
    """A line through points, ordered by x."""

    name: str
    points: Sequence[tuple[float, float]]


def chart(title: str, x_name: str, y_name: str, lines: Sequence[Line], limit: float | None = None) -> str:
    """Return a chart as an SVG document.

    Args:
        title: the heading.
        x_name: the label of the x axis, which is logarithmic.
        y_name: the label of the y axis, which is logarithmic.
        lines: the lines.
        limit: a y value to mark with a dashed line.
    """
    points = [p for line in lines for p in line.points]
    xs = [max(x, 1e-9) for x, _ in points] or [1.0]
    ys = [max(y, 1.0) for _, y in points] + ([limit] if limit else []) or [1.0]
    x_axis = _Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    y_axis = _Axis(min(ys), max(ys), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(x_name)}</text>',
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y_name)}</text>',
    ]
    for value in x_axis.ticks():
        x = x_axis.position(value)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for value in y_axis.ticks():
        y = y_axis.position(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    if limit:
        y = y_axis.position(limit)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#333" stroke-dasharray="6 4"/>'
        )
    for number, line in enumerate(lines):
        parts += _draw_line(line, COLOURS[number % len(COLOURS)], TOP + 14 + 18 * number, x_axis, y_axis)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _draw_line(line: Line, colour: str, legend_y: float, x_axis: "_Axis", y_axis: "_Axis") -> list[str]:
    """Return the elements of a line, its points, and its entry in the legend."""
    positions = [(x_axis.position(x), y_axis.position(max(y, 1.0))) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in positions)
    x = WIDTH - RIGHT + 12
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in positions),
        f'<line x1="{x}" x2="{x + 18}" y1="{legend_y - 4}" y2="{legend_y - 4}" stroke="{colour}" stroke-width="2"/>',
        f'<text x="{x + 24}" y="{legend_y}">{escape(line.name)}</text>',
    ]


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis that maps ``least`` to ``begin`` and ``most`` to ``end``."""

    least: float
    most: float
    begin: float
    end: float

    def position(self, value: float) -> float:
        if self.most <= self.least:
            return (self.begin + self.end) / 2
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        """Return 1, 2 and 5 times the powers of ten within the axis, or its ends if there are none."""
        powers = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)) + 1)
        values = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        return [value for value in values if self.least <= value <= self.most] or sorted({self.least, self.most})
