"""What a person at a terminal sees."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.client.peer import final, partial
from theresa_client.progress import Bar
from theresa_client.terminal import Terminal, growing
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import Final, Partial


def segment(message: Partial | Final) -> Segment:
    found = Transcript().apply(message)
    assert found is not None
    return found


def rendered(output: Terminal, console: Console) -> str:
    with console.capture() as capture:
        console.print(output._renderable())
    return capture.get()


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=60, color_system="standard", highlight=False)


def test_stable_text_is_solid_and_volatile_text_dim(console: Console) -> None:
    with console.capture() as capture:
        console.print(growing("", segment(partial("你好世界", stable=2)), 60))
    assert "你好\x1b[2m世界\x1b[0m" in capture.get()


@given(st.text("ab 你好。", max_size=60), st.integers(0, 60), st.integers(20, 60))
def test_a_growing_segment_never_takes_more_cells_than_it_may(text: str, stable: int, cells: int) -> None:
    shown = growing("", segment(partial(text, stable=stable)), cells)
    assert shown.cell_len <= cells
    heading, _, rest = shown.plain.partition("] ")
    assert heading == "[00:00.2 …"
    assert text.endswith(rest.removeprefix("…"))


def test_the_end_of_a_long_segment_is_what_is_shown() -> None:
    shown = growing("", segment(partial("老" * 50 + "新", stable=51)), 30)
    assert shown.plain.endswith("老新")
    assert "] …老" in shown.plain


def test_what_is_cut_leaves_the_border_of_the_stable_text_where_it_was() -> None:
    shown = growing("", segment(partial("一二三四五六七八九十", stable=8)), 22)
    (dim,) = [span for span in shown.spans if span.style == "dim"]
    assert shown.plain[dim.start : dim.end] == "九十"


def test_a_final_moves_above_and_leaves_the_growing_text(console: Console) -> None:
    output = Terminal(console, Bar(console, {"": 1_000}))
    output.changed("", segment(partial("你")))
    assert "你" in rendered(output, console)

    with console.capture() as capture:
        output.changed("", segment(final("你好。")))

    assert "[00:00.2 → 00:01.2]" in capture.get()
    assert "你好。" in capture.get()
    assert "你" not in rendered(output, console)


def test_the_growing_text_of_a_stream_that_ended_is_gone(console: Console) -> None:
    output = Terminal(console, Bar(console, {"a": None, "b": None}))
    output.changed("a", segment(partial("half a sen")))
    output.ended("a")
    assert "half" not in rendered(output, console)


def bar(console: Console, bar: Bar) -> str:
    with console.capture() as capture:
        console.print(bar.progress)
    return capture.get()


def test_the_bar_shows_how_far_a_recording_has_come(console: Console) -> None:
    one = Bar(console, {"": 90_000})
    one.progressed("", 45_000)
    assert "00:45.0 / 01:30.0" in bar(console, one)
    assert one.progress.tasks[0].percentage == 50


def test_the_bar_of_a_stream_without_an_end_shows_the_position_alone(console: Console) -> None:
    one = Bar(console, {"": None})
    one.progressed("", 45_000)
    assert "00:45.0" in bar(console, one)
    assert "/" not in bar(console, one)


def test_the_bar_counts_streams(console: Console) -> None:
    two = Bar(console, {"a": 1_000, "b": 1_000})
    two.ended("a")
    assert "1 of 2 done" in bar(console, two)


def test_the_bar_says_when_only_the_server_is_waited_for(console: Console) -> None:
    two = Bar(console, {"a": 1_000, "b": 1_000})
    two.waiting("a")
    assert "waiting" not in bar(console, two)
    two.ended("a")
    two.waiting("b")
    assert "waiting for the last words" in bar(console, two)
