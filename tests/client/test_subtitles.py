"""Transcripts as files."""

import os
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.peer import final
from theresa_client.subtitles import plain_text, srt, vtt, write_atomically
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.text import printable


def segments(*finals: tuple[str, int, int]) -> list[Segment]:
    transcript = Transcript()
    for number, (text, start_ms, end_ms) in enumerate(finals):
        transcript.apply(final(text, segment=number, start_ms=start_ms, end_ms=end_ms))
    return transcript.segments


SPOKEN = segments(("Hello there.", 60, 1_500), ("", 1_500, 2_000), ("你好，世界。", 61_001, 3_661_999))


def test_srt() -> None:
    assert srt(SPOKEN) == (
        "1\n00:00:00,060 --> 00:00:01,500\nHello there.\n\n2\n00:01:01,001 --> 01:01:01,999\n你好，世界。\n"
    )


def test_vtt() -> None:
    assert vtt(SPOKEN) == (
        "WEBVTT\n\n00:00:00.060 --> 00:00:01.500\nHello there.\n\n00:01:01.001 --> 01:01:01.999\n你好，世界。\n"
    )


def test_plain_text_has_a_line_for_each_segment() -> None:
    assert plain_text(SPOKEN) == "Hello there.\n你好，世界。\n"


def test_vtt_escapes_what_would_be_markup() -> None:
    assert "a &lt;b&gt; &amp; c --&gt; d" in vtt(segments(("a <b> & c --> d", 0, 1)))


def test_a_cue_takes_some_time() -> None:
    assert "00:00:05,000 --> 00:00:05,001" in srt(segments(("x", 5_000, 5_000)))


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**8), st.integers(0, 10**8)), max_size=5))
def test_any_text_stays_within_its_cue(finals: list[tuple[str, int, int]]) -> None:
    spoken = segments(*finals)
    blocks = srt(spoken).split("\n\n") if srt(spoken) else []
    said = [segment for segment in spoken if printable(segment.text).strip()]
    assert all(len(block.strip("\n").split("\n")) <= 3 for block in blocks)
    assert len(blocks) == len(said)
    assert len(plain_text(spoken).split("\n")) == len(said) + 1


def test_an_empty_transcript_is_a_valid_file() -> None:
    assert (srt([]), plain_text([])) == ("", "")
    assert vtt([]) == "WEBVTT\n"


@pytest.mark.parametrize(("name", "render"), [("a.srt", srt), ("a.vtt", vtt)])
def test_another_programs_parser_reads_the_same(tmp_path: Path, name: str, render: object) -> None:
    assert callable(render)
    path = tmp_path / name
    path.write_text(render(SPOKEN), encoding="utf-8")

    with av.open(path) as container:
        cues = [packet for packet in container.demux(subtitles=0) if packet.size]

    texts = [bytes(cue).decode() for cue in cues]
    assert texts == ["Hello there.", "你好，世界。"]
    assert [(cue.pts, cue.duration) for cue in cues] == [(60, 1_440), (61_001, 3_600_998)]


def test_writing_replaces_a_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "字幕.srt"
    path.write_text("old")
    path.chmod(0o640)

    write_atomically(path, "新\n")

    assert path.read_bytes() == "新\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)

    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_the_umask_of_the_process_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to all threads: between two calls of one, another would create files with the wrong mode."""
    monkeypatch.delattr(os, "umask")
    write_atomically(tmp_path / "a.txt", "x")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_atomically(Path("/dev/null"), "x")
    assert Path("/dev/null").is_char_device()
