"""Markdown pages, JSON files and charts."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.plots import Line, chart
from benchmarks.reports import Report, Table, Target, grid, ms
from benchmarks.targets import write_targets_page

REPORT = Report(
    "latency",
    "Latency",
    "About.",
    tables=[Table("Model demo", ("", "p50"), [["all", "12"]])],
    targets=[Target("final", "≤ 30 ms", "12 ms", True), Target("partial", "≤ 400 ms", "410 ms", False)],
    drawings={"curve.svg": "<svg/>"},
    machine={"cores": "2"},
)


def test_a_page_has_the_table_the_targets_and_the_machine() -> None:
    page = REPORT.markdown()

    assert "| all | 12 |" in page
    assert "| partial | ≤ 400 ms | 410 ms | **missed** |" in page
    assert page.endswith("Measured with: cores 2.\n")


def test_targets_of_written_reports_are_collected(tmp_path: Path) -> None:
    REPORT.write(tmp_path)
    page = write_targets_page(tmp_path)

    assert page is not None
    assert "| final | ≤ 30 ms | 12 ms | met |" in page.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "latency.json").read_bytes())["drawings"] == ["curve.svg"]
    assert (tmp_path / "curve.svg").exists()


def test_without_reports_there_is_no_targets_page(tmp_path: Path) -> None:
    assert write_targets_page(tmp_path) is None


def test_a_bar_in_a_cell_is_escaped() -> None:
    assert grid(["a"], [["x|y"]]).endswith("| x\\|y |")


def test_a_missing_value_is_a_dash() -> None:
    assert (ms(0.0123), ms(None)) == ("12", "–")


def test_a_chart_is_a_document_with_a_line_for_each_model() -> None:
    drawn = chart("A & B", "streams", "ms", [Line("tiny", [(1, 20), (2, 40), (4, 400)]), Line("空", [])], limit=300)
    root = ET.fromstring(drawn)  # noqa: S314 - our own

    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2
    assert len((lines[0].get("points") or "").split()) == 3


def test_a_chart_of_one_point_can_be_drawn() -> None:
    assert "<circle" in chart("one", "x", "y", [Line("a", [(1, 1)])])
