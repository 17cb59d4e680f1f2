"""What a session remembers of the text that its guards dropped."""

import numpy as np

from theresa_protocol.messages import Suppressed
from theresa_server.audio.segments import SegmentClosed
from theresa_server.sessions.suppressed import MAX_CHARACTERS, MAX_LISTED, SuppressionLog
from theresa_server.speech.guards import GuardAction, SuppressedText


def segment(start_s: int) -> SegmentClosed:
    return SegmentClosed(start_s * 16_000, (start_s + 1) * 16_000, np.zeros(16_000, np.int16), "endpoint", 0)


def test_a_dropped_text_is_listed_with_its_place_and_reason() -> None:
    log = SuppressionLog()
    log.add(3, segment(4), SuppressedText(GuardAction.BOILERPLATE, "谢谢观看"))
    assert log.newest == (Suppressed(segment=3, start_ms=4_000, end_ms=5_000, reason="boilerplate", text="谢谢观看"),)


def test_all_are_counted_and_the_newest_listed() -> None:
    log = SuppressionLog()
    for number in range(20):
        log.add(number, segment(number), SuppressedText(GuardAction.PHANTOM, "you"))
    assert (log.count, [item.segment for item in log.newest]) == (20, list(range(20 - MAX_LISTED, 20)))


def test_a_long_text_is_cut() -> None:
    log = SuppressionLog()
    log.add(0, segment(0), SuppressedText(GuardAction.LOOP, "谢" * 5_000))
    assert log.newest[0].text == "谢" * MAX_CHARACTERS
