"""The row below: level, clock, connection, and what is not as it should be."""

import io
import math

import pytest
from rich.console import Console

from theresa_client.audio.levels import MicrophoneStatus
from theresa_client.cli.display.microphone_footer import MicrophoneFooter, decibels


class Line:
    """A footer on a terminal of some width."""

    def __init__(self, width: int = 100) -> None:
        self.status = MicrophoneStatus(open=True)
        self.console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system="256")
        self.footer = MicrophoneFooter(self.console, self.status)

    @property
    def text(self) -> str:
        return self.footer.__rich__().plain


def test_nothing_is_claimed_before_the_microphone_is_open() -> None:
    line = Line()
    line.status.open = False
    assert line.text == "opening the microphone …"


@pytest.mark.parametrize(("level", "cells"), [(-math.inf, 0), (-60, 0), (-30, 10), (0, 20)])
def test_each_cell_of_the_bar_is_3_decibels(level: float, cells: int) -> None:
    line = Line()
    line.status.meter.level_dbfs = level
    assert line.text.partition(" ")[0] == "━" * cells + "─" * (20 - cells)


def test_the_peak_is_a_mark_and_a_figure() -> None:
    line = Line()
    line.status.meter.level_dbfs, line.status.meter.peak_dbfs = -30, -15
    assert line.text.startswith("━━━━━━━━━━────┃───── −15 dBFS")


@pytest.mark.parametrize(("level", "text"), [(-math.inf, " −∞ dBFS"), (-6.02, " −6 dBFS"), (0, "  0 dBFS")])
def test_decibels_take_always_the_same_room(level: float, text: str) -> None:
    assert decibels(level) == text


def test_the_connection_is_shown_as_it_comes_and_goes() -> None:
    line, seen = Line(), []
    for event in (
        lambda: None,
        lambda: line.footer.show_connection("", True),
        lambda: line.footer.show_connection("", False),
    ):
        event()
        seen.append(line.text.split("  ")[-1])
    assert seen == ["connecting", "connected", "reconnecting"]


def test_a_connection_that_comes_back_at_the_end_is_still_waited_for() -> None:
    line = Line()
    line.footer.show_waiting("")
    line.footer.show_connection("", False)
    line.footer.show_connection("", True)
    assert line.text.endswith("waiting for the last finals")


def test_the_clock_is_that_of_the_audio() -> None:
    line = Line()
    line.footer.show_progress("", 75_300)
    assert "01:15.3" in line.text


def test_mute_and_the_key_are_shown_where_there_is_one() -> None:
    line = Line()
    assert "mutes" not in line.text
    line.status.keys = True
    assert line.text.endswith("m mutes")
    line.status.muted = True
    assert line.text.endswith("MUTED  m unmutes")


def test_what_waits_and_what_is_lost_is_shown() -> None:
    line = Line()
    line.status.waiting_ms, line.status.lost_ms = 12_400, 700
    assert line.text.endswith("12 s to be sent  0.7 s lost")


def test_a_microphone_that_gives_nothing_is_asked_about() -> None:
    line = Line()
    line.status.meter.update(bytes(2), 3_001)
    assert line.text.endswith("only silence: is it muted?")


def test_the_row_is_never_wider_than_the_terminal() -> None:
    line = Line(width=40)
    line.footer.show_connection("", True)
    line.status.keys = line.status.muted = True
    assert len(line.text) == 40
    assert line.text.endswith("…")
