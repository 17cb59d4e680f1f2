"""Lines for programs and for pipes."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.peer import final, partial
from theresa_client.outputs import JsonLines, PlainLines
from theresa_client.text import clock, printable
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import Final, Partial


def segment(message: Partial | Final) -> Segment:
    found = Transcript().apply(message)
    assert found is not None
    return found


def plain(*messages: Partial | Final, label: str = "", partials: bool = False) -> str:
    out = io.StringIO()
    with PlainLines(out, io.StringIO(), partials=partials) as output:
        for message in messages:
            output.changed(label, segment(message))
    return out.getvalue()


def test_a_final_is_one_line_with_its_times() -> None:
    assert plain(final("你好，世界。", start_ms=1_299, end_ms=3_400)) == "[00:01.2 → 00:03.4] 你好，世界。\n"


def test_partials_are_left_out() -> None:
    assert plain(partial("hel"), partial("hello", rev=2)) == ""


def test_partials_on_request_and_not_twice_the_same() -> None:
    shown = plain(partial("he"), partial("he", rev=2), partial("hello", rev=3), final("hello."), partials=True)
    assert shown == "[00:00.2 …] he\n[00:00.2 …] hello\n[00:00.2 → 00:01.2] hello.\n"


def test_a_final_without_text_is_left_out() -> None:
    assert plain(final(" ")) == ""


def test_the_lines_of_several_streams_begin_with_their_names() -> None:
    assert plain(final("x"), label="会议") == "会议: [00:00.2 → 00:01.2] x\n"


def test_text_that_would_steer_a_terminal_does_not() -> None:
    assert plain(final("a\x1b[2J\u202eb\r\nc")) == "[00:00.2 → 00:01.2] a [2Jb  c\n"


@given(st.text())
def test_any_text_is_printable_on_one_line(text: str) -> None:
    assert len(printable(text).splitlines()) <= 1
    assert "\x1b" not in printable(text)


def test_text_without_control_characters_stays_as_it_is() -> None:
    assert printable("你好 — naïve 👩‍👩‍👧 ½") == "你好 — naïve 👩‍👩‍👧 ½"


def json_lines(text: str, label: str = "") -> str:
    out = io.StringIO()
    JsonLines(out, io.StringIO()).received(label, text)
    return out.getvalue()


@pytest.mark.parametrize("text", ['{"type":"final","text":"你好 "}', '{ "a" : 1.50 }', '{"a":"\\n\u2028"}'])
def test_a_message_is_written_as_it_came(text: str) -> None:
    assert json_lines(text) == f"{text}\n"


def test_a_message_on_several_lines_becomes_one() -> None:
    assert json_lines('{\r\n"a":\n1}') == '{  "a": 1}\n'


def test_a_message_of_several_streams_is_wrapped_with_its_name() -> None:
    assert json_lines('{"a": 1}', 'say "hi"') == '{"stream":"say \\"hi\\"","message":{"a": 1}}\n'
    assert json.loads(json_lines("{}", "会议"))["stream"] == "会议"


def test_notices_go_to_standard_error_with_the_name_of_the_program() -> None:
    notices = io.StringIO()
    PlainLines(io.StringIO(), notices).noticed("a", "The server\nis about to stop.")
    assert notices.getvalue() == "theresa: a: The server is about to stop.\n"


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(0, "00:00.0"), (59_999, "00:59.9"), (61_250, "01:01.2"), (3_600_000, "1:00:00.0")]
)
def test_a_time_reads_well(milliseconds: int, shown: str) -> None:
    assert clock(milliseconds) == shown
