"""Cues as the two formats of subtitles; tests of the client's read them with other parsers."""

from theresa_protocol.subtitles import Cue, srt, timestamp, vtt


def test_a_cue_may_have_several_lines() -> None:
    cues = [Cue(0, 2_000, ("Good morning.", "早上好。"))]
    assert srt(cues) == "1\n00:00:00,000 --> 00:00:02,000\nGood morning.\n早上好。\n"
    assert vtt(cues) == "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nGood morning.\n早上好。\n"


def test_no_line_is_empty_and_no_cue_is() -> None:
    assert srt([Cue(0, 1, ("", "你好。\n\n再见。")), Cue(1, 2, (" ",))]) == (
        "1\n00:00:00,000 --> 00:00:00,001\n你好。 再见。\n"
    )


def test_a_timestamp_has_hours_minutes_seconds_and_milliseconds() -> None:
    assert timestamp(100 * 3_600_000 + 59_007) == "100:00:59.007"
