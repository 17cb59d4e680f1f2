"""What a benchmark found: tables for the terminal, Markdown for people and JSON for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Shown

RESULTS = Path("docs/benchmarks/results")


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first column names the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Target:
    """What was aimed at, what came out, and whether that is good enough; ``None``: it could not be measured."""

    what: str
    aim: str
    found: str
    reached: bool | None


@dataclass
class Report:
    """All that one benchmark has to say. ``data`` are its figures, for programs."""

    name: str
    title: str
    about: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    drawings: dict[str, str] = field(default_factory=dict)
    """SVG by the name of its file."""
    data: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=lambda: machine())

    def show(self, console: Console) -> None:
        """Print it."""
        console.rule(self.title)
        for table in self.tables:
            shown = Shown(*table.columns, title=table.title, title_justify="left")
            for row in table.rows:
                shown.add_row(*row)
            console.print(shown)
        for target in self.targets:
            console.print(f"{target.what}: {target.found} (aim {target.aim}): {verdict(target)}")
        for note in self.notes:
            console.print(note, markup=False)

    def write(self, folder: Path = RESULTS) -> None:
        """Write NAME.md, NAME.json and the drawings."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, drawing in self.drawings.items():
            (folder / file).write_text(drawing, encoding="utf-8")
        (folder / f"{self.name}.md").write_text(self.markdown(), encoding="utf-8")
        content = json.dumps(asdict(self) | {"drawings": list(self.drawings)}, ensure_ascii=False, indent=1)
        (folder / f"{self.name}.json").write_text(content + "\n", encoding="utf-8")

    def markdown(self) -> str:
        """The page."""
        parts = [f"# {self.title}", self.about]
        for table in self.tables:
            parts += [f"**{table.title}**", grid(table.columns, table.rows)]
        parts += [f"![{self.title}: the table as a curve]({file})" for file in self.drawings]
        if self.targets:
            parts.append(targets_grid(self.targets))
        parts += self.notes
        parts.append("Measured with: " + ", ".join(f"{name} {value}" for name, value in self.machine.items()) + ".")
        return "\n\n".join(parts) + "\n"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def targets_grid(targets: Sequence[Target]) -> str:
    """The targets in Markdown."""
    lines = ["| | target | measured | |", "|---|---|---|---|"]
    lines += [f"| {target.what} | {target.aim} | {target.found} | {verdict(target)} |" for target in targets]
    return "\n".join(lines)


def verdict(target: Target) -> str:
    """In a word."""
    return {True: "reached", False: "**missed**", None: "not measured"}[target.reached]


def summarise(folder: Path = RESULTS) -> Path | None:
    """Gather the targets of all reports that were written into one page; returns it."""
    found: list[Target] = []
    for path in sorted(folder.glob("*.json")):
        found += [Target(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["targets"]]
    if not found:
        return None
    page = folder / "targets.md"
    about = "Gathered from the pages beside this one by `python -m benchmarks summary`."
    page.write_text(f"# Targets\n\n{about}\n\n{targets_grid(found)}\n", encoding="utf-8")
    return page


def machine() -> dict[str, str]:
    """What the figures hang on."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "load before": f"{os.getloadavg()[0]:.2f}",
        "Python": platform.python_version(),
        "CTranslate2": version("ctranslate2"),
        "faster-whisper": version("faster-whisper"),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def ms(seconds: float | None) -> str:
    """Milliseconds, or a dash."""
    return "–" if seconds is None else f"{seconds * 1000:.0f}"
