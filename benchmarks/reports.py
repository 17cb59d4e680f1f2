"""Reports of benchmarks: tables in the terminal, Markdown pages, and JSON files."""

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
from rich.table import Table as RichTable

RESULTS = Path("docs/benchmarks/results")


@dataclass(frozen=True)
class Table:
    """A table; its first column names the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Target:
    """A performance target and the measured value."""

    name: str
    target: str
    measured: str
    met: bool | None
    """``None`` if the value could not be measured."""


@dataclass
class Report:
    """The results of a benchmark."""

    name: str
    title: str
    about: str
    """The explanation of the figures."""
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    drawings: dict[str, str] = field(default_factory=dict)
    """SVG documents by file name."""
    data: dict[str, Any] = field(default_factory=dict)
    """Figures for programs."""
    machine: dict[str, str] = field(default_factory=lambda: describe_machine())

    def show(self, console: Console) -> None:
        """Print the report."""
        console.rule(self.title)
        for table in self.tables:
            rich_table = RichTable(*table.columns, title=table.title, title_justify="left")
            for row in table.rows:
                rich_table.add_row(*row)
            console.print(rich_table)
        for target in self.targets:
            console.print(f"{target.name}: {target.measured} (target {target.target}): {verdict(target)}")
        for note in self.notes:
            console.print(note, markup=False)

    def write(self, folder: Path = RESULTS) -> None:
        """Write NAME.md, NAME.json and the drawings to a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, drawing in self.drawings.items():
            (folder / file).write_text(drawing, encoding="utf-8")
        (folder / f"{self.name}.md").write_text(self.markdown(), encoding="utf-8")
        content = json.dumps(asdict(self) | {"drawings": list(self.drawings)}, ensure_ascii=False, indent=1)
        (folder / f"{self.name}.json").write_text(content + "\n", encoding="utf-8")

    def markdown(self) -> str:
        """Return the Markdown page."""
        parts = [f"# {self.title}", self.about]
        for table in self.tables:
            parts += [f"**{table.title}**", grid(table.columns, table.rows)]
        parts += [f"![{self.title}: chart of the table]({file})" for file in self.drawings]
        if self.targets:
            parts.append(targets_grid(self.targets))
        parts += self.notes
        parts.append("Measured with: " + ", ".join(f"{name} {value}" for name, value in self.machine.items()) + ".")
        return "\n\n".join(parts) + "\n"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def targets_grid(targets: Sequence[Target]) -> str:
    """Return the table of targets in Markdown."""
    lines = ["| | target | measured | |", "|---|---|---|---|"]
    lines += [f"| {target.name} | {target.target} | {target.measured} | {verdict(target)} |" for target in targets]
    return "\n".join(lines)


def verdict(target: Target) -> str:
    """Return ``met``, ``missed`` or ``not measured``."""
    return {True: "met", False: "**missed**", None: "not measured"}[target.met]


def describe_machine() -> dict[str, str]:
    """Return the properties of the machine and its software that influence the figures."""
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
    """Return a time in milliseconds; ``None`` is a dash."""
    return "–" if seconds is None else f"{seconds * 1000:.0f}"
