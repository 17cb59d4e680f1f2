"""What the guards of a session dropped, for users who look for lost words."""

from collections import deque

from theresa_protocol.messages import Suppressed
from theresa_server.audio.segments import SegmentClosed
from theresa_server.sessions.rendering import to_ms
from theresa_server.speech.guards import SuppressedText

MAX_LISTED = 8
MAX_CHARACTERS = 200


class SuppressionLog:
    """Counts the segments whose text a guard dropped, and keeps the newest ``MAX_LISTED`` of them."""

    def __init__(self) -> None:
        self.count = 0
        self._newest: deque[Suppressed] = deque(maxlen=MAX_LISTED)

    @property
    def newest(self) -> tuple[Suppressed, ...]:
        """The newest ones, oldest first."""
        return tuple(self._newest)

    def add(self, number: int, segment: SegmentClosed, dropped: SuppressedText) -> None:
        """Record the text that was dropped from a segment."""
        self.count += 1
        self._newest.append(
            Suppressed(
                segment=number,
                start_ms=to_ms(segment.start),
                end_ms=to_ms(segment.end),
                reason=dropped.reason,
                text=dropped.text[:MAX_CHARACTERS],
            )
        )
