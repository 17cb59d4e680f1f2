"""The performance targets by model, and the targets page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reports import RESULTS, Target, targets_grid


@dataclass(frozen=True)
class Bounds:
    """The targets of a model on two cores; times in seconds, from the end of what they follow."""

    last_word_s: tuple[float, float]
    """Last word in any text, p50 and p95."""
    settled_word_s: tuple[float, float]
    """Last word in a final, p50 and p95."""
    first_partial_s: float
    """p50."""
    final_s: tuple[float, float]
    """Final behind the endpoint silence, p50 and p99."""
    cost: float
    """CPU time of a live session, compared with one offline pass."""
    streams: int
    flicker: float


BOUNDS = {
    "base": Bounds((0.5, 1.0), (0.8, 1.3), 0.6, (0.10, 0.60), 1.5, 8, 0.15),
    "tiny.en": Bounds((0.4, 0.8), (0.7, 1.2), 0.45, (0.05, 0.40), 1.5, 16, 0.15),
}
"""Other models have no targets."""
SET_DIFFERENCE, OVERALL_DIFFERENCE = 0.3, 0.0
"""Points of WER or CER that a server may add to plain faster-whisper: on each set, and on all."""

MEASURED_ELSEWHERE = (
    Target("words lost at −45 dBFS, compared with −12 dBFS", "≤ 1 point", "`benchmarks/segmentation.py`", None),
    Target("endpoint behind a voice over hold music", "≤ 1.0 s", "`benchmarks/segmentation.py`", None),
)
"""Targets without a report of their own: a report that has the same name replaces the row."""


def bounds(model: str) -> Bounds | None:
    """Return the targets of a model."""
    return BOUNDS.get(Path(model).name)


def at_most(name: str, limit: float, value: float | None, unit: str = "", digits: int = 2) -> Target:
    """Return a target for a single value."""
    return at_most_each(name, [("", limit, value)], unit, digits)


def at_most_each(
    name: str, values: Sequence[tuple[str, float, float | None]], unit: str = "", digits: int = 2
) -> Target:
    """Return a target for several values, each with its label and limit; ``None`` stands for an unknown value."""
    suffix = f" {unit}" if unit else ""
    limits = ", ".join(f"{label} ≤ {limit:.{digits}f}{suffix}".strip() for label, limit, _ in values)
    shown = ", ".join(
        f"{label} {'–' if value is None else f'{value:.{digits}f}{suffix}'}".strip() for label, _, value in values
    )
    unknown = any(value is None for _, _, value in values)
    met = None if unknown else all(value <= limit for _, limit, value in values if value is not None)
    return Target(name, limits, shown, met)


def difference_target(name: str, limit: float, value: float) -> Target:
    """Return a target for the points of WER or CER that a server adds."""
    shown = f"≤ {limit:+.1f} points" if limit else "≤ 0 points"
    return Target(name, shown, f"{value:+.2f} points", value <= limit)


def all_targets(reported: Sequence[Target]) -> list[Target]:
    """Return the reported targets, and those that are measured elsewhere."""
    names = {target.name for target in reported}
    return [*reported, *(target for target in MEASURED_ELSEWHERE if target.name not in names)]


def write_targets_page(folder: Path = RESULTS) -> Path | None:
    """Write the targets of all reports in a folder to one page; return ``None`` if there are none."""
    reported: list[Target] = []
    for path in sorted(folder.glob("*.json")):
        reported += [Target(**entry) for entry in json.loads(path.read_text(encoding="utf-8")).get("targets", ())]
    if not reported:
        return None
    page = folder / "targets.md"
    about = "Collected from the other reports by `python -m benchmarks summary`."
    page.write_text(f"# Targets\n\n{about}\n\n{targets_grid(all_targets(reported))}\n", encoding="utf-8")
    return page
