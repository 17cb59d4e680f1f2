"""Line output for programs and pipes."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.peer import entities, entity, final, partial
from theresa_client.cli.display.formatting import clock
from theresa_client.cli.display.lines import JsonLines, PlainLines
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import (
    AnyServerMessage,
    Entities,
    Final,
    Graph,
    Link,
    LinkFields,
    Node,
    NodeFields,
    Partial,
)
from theresa_protocol.text import printable

LOVE = Graph(
    nodes=(
        Node(id="1", fields=NodeFields(name="我", type="THING")),
        Node(id="2", fields=NodeFields(name="中国", type="LOCATION")),
    ),
    links=(Link(id="3", source="1", target="2", fields=LinkFields(type="爱")),),
)


def segment(*messages: AnyServerMessage) -> Segment:
    transcript = Transcript()
    for message in messages:
        transcript.apply(message)
    return transcript.segments[0]


def plain(*messages: Partial | Final, label: str = "", partials: bool = False) -> str:
    out = io.StringIO()
    with PlainLines(out, io.StringIO(), partials=partials) as output:
        for message in messages:
            found = segment(message)
            output.show_segment(label, found)
            if found.final:
                output.show_final(label, found)
    return out.getvalue()


def settled(*messages: AnyServerMessage, label: str = "") -> str:
    out = io.StringIO()
    PlainLines(out, io.StringIO()).show_final(label, segment(*messages))
    return out.getvalue()


def test_a_final_is_one_line_with_its_times() -> None:
    assert plain(final("你好，世界。", start_ms=1_299, end_ms=3_400)) == "[00:01.2 → 00:03.4] 你好，世界。\n"


def test_partials_are_omitted_by_default() -> None:
    assert plain(partial("hel"), partial("hello", rev=2)) == ""


def test_requested_partials_are_written_without_repetition() -> None:
    shown = plain(partial("he"), partial("he", rev=2), partial("hello", rev=3), final("hello."), partials=True)
    assert shown == "[00:00.2 …] he\n[00:00.2 …] hello\n[00:00.2 → 00:01.2] hello.\n"


def test_a_final_without_text_is_omitted() -> None:
    assert plain(final(" ")) == ""


def test_the_lines_of_several_streams_begin_with_their_names() -> None:
    assert plain(final("x"), label="会议") == "会议: [00:00.2 → 00:01.2] x\n"


def test_the_entities_of_a_final_are_an_indented_line_below_it() -> None:
    found = entities(entity("PERSON", "陈静"), entity("LOCATION", "深圳", 3))
    assert settled(final("陈静在深圳。"), found) == (
        "[00:00.2 → 00:01.2] 陈静在深圳。\n    PERSON 陈静 · LOCATION 深圳\n"
    )


def test_an_entity_that_is_mentioned_twice_is_listed_once() -> None:
    found = entities(entity("PERSON", "Al"), entity("PERSON", "Al", 7))
    assert settled(final("Al met Al."), found).splitlines()[1:] == ["    PERSON Al"]


def test_a_final_without_entities_is_one_line() -> None:
    assert settled(final("x"), entities()) == "[00:00.2 → 00:01.2] x\n"


def test_the_entities_of_several_streams_begin_with_their_names() -> None:
    shown = settled(final("Al"), entities(entity("PERSON", "Al")), label="a")
    assert shown == "a: [00:00.2 → 00:01.2] Al\na:     PERSON Al\n"


def test_entities_that_come_late_have_the_time_of_their_final() -> None:
    out = io.StringIO()
    PlainLines(out, io.StringIO()).show_late_entities("a", segment(final("Al"), entities(entity("PERSON", "Al"))))
    assert out.getvalue() == "a:     [00:00.2 → 00:01.2] PERSON Al\n"


def test_a_relation_is_a_line_of_its_own() -> None:
    said = Entities(segment=0, rev=1, final=True, items=(), relations=LOVE)
    assert settled(final("我爱中国"), said) == "[00:00.2 → 00:01.2] 我爱中国\n    我 → 爱 → 中国\n"


def test_control_characters_in_an_entity_are_removed() -> None:
    assert settled(final("x"), entities(entity("PERSON", "a\x1b[2J\nb"))).splitlines()[1:] == ["    PERSON a [2J b"]


def test_control_characters_in_text_are_removed() -> None:
    assert plain(final("a\x1b[2J\u202eb\r\nc")) == "[00:00.2 → 00:01.2] a [2Jb  c\n"


@given(st.text())
def test_any_text_is_printable_on_one_line(text: str) -> None:
    assert len(printable(text).splitlines()) <= 1
    assert "\x1b" not in printable(text)


def test_text_without_control_characters_stays_as_it_is() -> None:
    assert printable("你好 — naïve 👩‍👩‍👧 ½") == "你好 — naïve 👩‍👩‍👧 ½"


def json_lines(text: str, label: str = "") -> str:
    out = io.StringIO()
    JsonLines(out, io.StringIO()).show_message(label, text)
    return out.getvalue()


@pytest.mark.parametrize("text", ['{"type":"final","text":"你好 "}', '{ "a" : 1.50 }', '{"a":"\\n\u2028"}'])
def test_a_message_is_written_as_received(text: str) -> None:
    assert json_lines(text) == f"{text}\n"


def test_a_message_on_several_lines_becomes_one() -> None:
    assert json_lines('{\r\n"a":\n1}') == '{  "a": 1}\n'


def test_a_message_of_several_streams_is_wrapped_with_its_name() -> None:
    assert json_lines('{"a": 1}', 'say "hi"') == '{"stream":"say \\"hi\\"","message":{"a": 1}}\n'
    assert json.loads(json_lines("{}", "会议"))["stream"] == "会议"


def test_notices_go_to_standard_error_with_the_name_of_the_program() -> None:
    notices = io.StringIO()
    PlainLines(io.StringIO(), notices).show_notice("a", "The server\nis about to stop.")
    assert notices.getvalue() == "theresa: a: The server is about to stop.\n"


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(0, "00:00.0"), (59_999, "00:59.9"), (61_250, "01:01.2"), (3_600_000, "1:00:00.0")]
)
def test_times_are_formatted_as_a_clock(milliseconds: int, shown: str) -> None:
    assert clock(milliseconds) == shown
