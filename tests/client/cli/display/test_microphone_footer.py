"""The last row of ``theresa listen``: level, clock, connection and warnings."""

import io
import math

import pytest
from rich.console import Console

from theresa_client.audio.levels import MicrophoneStatus
from theresa_client.cli.display.microphone_footer import MicrophoneFooter, decibels


class FooterOnConsole:
    """A footer on a console of a given width."""

    def __init__(self, width: int = 100) -> None:
        self.status = MicrophoneStatus(open=True)
        self.console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system="256")
        self.footer = MicrophoneFooter(self.console, self.status)

    @property
    def text(self) -> str:
        return self.footer.__rich__().plain


def test_only_opening_is_shown_before_the_microphone_is_open() -> None:
    shown = FooterOnConsole()
    shown.status.open = False
    assert shown.text == "opening the microphone …"


@pytest.mark.parametrize(("level", "cells"), [(-math.inf, 0), (-60, 0), (-30, 10), (0, 20)])
def test_each_cell_of_the_bar_is_3_decibels(level: float, cells: int) -> None:
    shown = FooterOnConsole()
    shown.status.meter.level_dbfs = level
    assert shown.text.partition(" ")[0] == "━" * cells + "─" * (20 - cells)


def test_the_peak_is_shown_as_a_mark_and_a_number() -> None:
    shown = FooterOnConsole()
    shown.status.meter.level_dbfs, shown.status.meter.peak_dbfs = -30, -15
    assert shown.text.startswith("━━━━━━━━━━────┃───── −15 dBFS")


@pytest.mark.parametrize(("level", "text"), [(-math.inf, " −∞ dBFS"), (-6.02, " −6 dBFS"), (0, "  0 dBFS")])
def test_decibels_have_a_constant_width(level: float, text: str) -> None:
    assert decibels(level) == text


def test_the_state_of_the_connection_is_shown() -> None:
    shown, seen = FooterOnConsole(), []
    for event in (
        lambda: None,
        lambda: shown.footer.show_connection("", True),
        lambda: shown.footer.show_connection("", False),
    ):
        event()
        seen.append(shown.text.split("  ")[-1])
    assert seen == ["connecting", "connected", "reconnecting"]


def test_waiting_is_shown_after_a_reconnect() -> None:
    shown = FooterOnConsole()
    shown.footer.show_waiting("")
    shown.footer.show_connection("", False)
    shown.footer.show_connection("", True)
    assert shown.text.endswith("waiting for the last finals")


def test_the_clock_is_that_of_the_audio() -> None:
    shown = FooterOnConsole()
    shown.footer.show_progress("", 75_300)
    assert "01:15.3" in shown.text


def test_mute_and_its_key_are_shown_if_keys_are_available() -> None:
    shown = FooterOnConsole()
    assert "mutes" not in shown.text
    shown.status.keys = True
    assert shown.text.endswith("m mutes")
    shown.status.muted = True
    assert shown.text.endswith("MUTED  m unmutes")


def test_unsent_and_lost_audio_is_shown() -> None:
    shown = FooterOnConsole()
    shown.status.waiting_ms, shown.status.lost_ms = 12_400, 700
    assert shown.text.endswith("12 s to be sent  0.7 s lost")


def test_digital_silence_is_reported() -> None:
    shown = FooterOnConsole()
    shown.status.meter.update(bytes(2), 3_001)
    assert shown.text.endswith("only silence: is it muted?")


def test_the_row_is_never_wider_than_the_terminal() -> None:
    shown = FooterOnConsole(width=40)
    shown.footer.show_connection("", True)
    shown.status.keys = shown.status.muted = True
    assert len(shown.text) == 40
    assert shown.text.endswith("…")
