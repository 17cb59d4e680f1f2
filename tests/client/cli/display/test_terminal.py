"""Output at a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from tests.client.peer import entities, entity, final, partial
from theresa_client.cli.display.progress_footer import ProgressFooter
from theresa_client.cli.display.terminal import Terminal, open_segment_text
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import AnyServerMessage


def segment(*messages: AnyServerMessage) -> Segment:
    transcript = Transcript()
    for message in messages:
        transcript.apply(message)
    return transcript.segments[0]


def rendered(output: Terminal, console: Console) -> str:
    with console.capture() as capture:
        console.print(output._renderable())
    return capture.get()


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=60, color_system="standard", highlight=False)


def test_stable_text_is_solid_and_volatile_text_dim(console: Console) -> None:
    with console.capture() as capture:
        console.print(open_segment_text("", segment(partial("你好世界", stable=2)), 60))
    assert "你好\x1b[2m世界\x1b[0m" in capture.get()


@given(st.text("ab 你好。", max_size=60), st.integers(0, 60), st.integers(20, 60))
def test_an_open_segment_never_exceeds_its_cells(text: str, stable: int, cells: int) -> None:
    shown = open_segment_text("", segment(partial(text, stable=stable)), cells)
    assert shown.cell_len <= cells
    heading, _, rest = shown.plain.partition("] ")
    assert heading == "[00:00.2 …"
    assert text.endswith(rest.removeprefix("…"))


def test_the_end_of_a_long_segment_is_shown() -> None:
    shown = open_segment_text("", segment(partial("老" * 50 + "新", stable=51)), 30)
    assert shown.plain.endswith("老新")
    assert "] …老" in shown.plain


def test_cutting_does_not_shift_the_end_of_the_stable_text() -> None:
    shown = open_segment_text("", segment(partial("一二三四五六七八九十", stable=8)), 22)
    (dim,) = [span for span in shown.spans if span.style == "dim"]
    assert shown.plain[dim.start : dim.end] == "九十"


def test_a_final_moves_up_from_the_open_segments(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"": 1_000}))
    output.show_segment("", segment(partial("你")))
    assert "你" in rendered(output, console)

    with console.capture() as capture:
        output.show_final("", segment(final("你好。")))

    assert "[00:00.2 → 00:01.2]" in capture.get()
    assert "你好。" in capture.get()
    assert "你" not in rendered(output, console)


def test_a_final_that_waits_for_its_entities_stays_below_and_is_not_dim(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"": 1_000}))
    output.show_segment("", segment(partial("你")))
    output.show_segment("", segment(final("你好。")))

    lines = rendered(output, console)

    assert "00:01.2] \x1b[0m你好。" in lines
    assert lines.count("你") == 1


def test_the_next_segment_grows_beside_a_final_that_waits(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"": 1_000}))
    output.show_segment("", segment(final("first")))
    output.show_segment("", segment(partial("second", segment=1)))
    assert "first" in rendered(output, console)
    assert "second" in rendered(output, console)

    output.show_final("", segment(final("first")))

    assert "first" not in rendered(output, console)
    assert "second" in rendered(output, console)


def test_a_final_is_printed_with_its_entities_highlighted_and_listed(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"": 1_000}))
    said = segment(final("  陈静在深圳。"), entities(entity("PERSON", "陈静", 2), entity("LOCATION", "深圳", 5)))

    with console.capture() as capture:
        output.show_final("", said)

    first, second = capture.get().splitlines()
    assert "] \x1b[0m\x1b[1;35m陈静\x1b[0m在\x1b[1;32m深圳\x1b[0m。" in first
    assert second == "    \x1b[35mPERSON\x1b[0m 陈静 · \x1b[32mLOCATION\x1b[0m 深圳"


def test_entities_that_come_late_are_shown_with_the_time_of_their_final(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"a": 1_000}))
    with console.capture() as capture:
        output.show_late_entities("a", segment(final("Al"), entities(entity("PERSON", "Al"))))
    assert Text.from_ansi(capture.get()).plain.rstrip() == "a:     [00:00.2 → 00:01.2] PERSON Al"


def test_a_late_empty_list_of_entities_prints_nothing(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"": 1_000}))
    with console.capture() as capture:
        output.show_late_entities("", segment(final("x"), entities()))
    assert capture.get() == ""


def test_entities_of_an_open_segment_are_highlighted(console: Console) -> None:
    said = segment(partial("陈静在深", stable=2), entities(entity("PERSON", "陈静"), final=False))
    with console.capture() as capture:
        console.print(open_segment_text("", said, 60))
    assert "\x1b[1;35m陈静\x1b[0m\x1b[2m在深\x1b[0m" in capture.get()


def test_control_characters_do_not_shift_the_end_of_the_stable_text() -> None:
    shown = open_segment_text("", segment(partial("\u202e你好", stable=2)), 60)
    (dim,) = [span for span in shown.spans if span.style == "dim"]
    assert shown.plain[dim.start : dim.end] == "好"


def test_open_segments_of_an_ended_stream_are_removed(console: Console) -> None:
    output = Terminal(console, ProgressFooter(console, {"a": None, "b": None}))
    output.show_segment("a", segment(partial("half a sen")))
    output.end_stream("a")
    assert "half" not in rendered(output, console)


def bar(console: Console, bar: ProgressFooter) -> str:
    with console.capture() as capture:
        console.print(bar.progress)
    return capture.get()


def test_the_bar_shows_how_far_a_recording_has_come(console: Console) -> None:
    one = ProgressFooter(console, {"": 90_000})
    one.show_progress("", 45_000)
    assert "00:45.0 / 01:30.0" in bar(console, one)
    assert one.progress.tasks[0].percentage == 50


def test_the_bar_of_a_stream_of_unknown_length_shows_only_the_position(console: Console) -> None:
    one = ProgressFooter(console, {"": None})
    one.show_progress("", 45_000)
    assert "00:45.0" in bar(console, one)
    assert "/" not in bar(console, one)


def test_the_bar_counts_streams(console: Console) -> None:
    two = ProgressFooter(console, {"a": 1_000, "b": 1_000})
    two.end_stream("a")
    assert "1 of 2 done" in bar(console, two)


def test_the_bar_shows_when_all_audio_is_sent(console: Console) -> None:
    two = ProgressFooter(console, {"a": 1_000, "b": 1_000})
    two.show_waiting("a")
    assert "waiting" not in bar(console, two)
    two.end_stream("a")
    two.show_waiting("b")
    assert "waiting for the last finals" in bar(console, two)
