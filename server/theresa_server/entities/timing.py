"""Maps parts of a segment's text to time."""

from collections.abc import Sequence
from dataclasses import dataclass

from theresa_server.speech.recognition import TimedWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The timing of a segment's text."""

    length: int
    """Length of the text in code points."""
    start_ms: int
    """Start of the segment, since the start of the session."""
    end_ms: int
    """End of the segment, since the start of the session."""
    words: Sequence[TimedWord] = ()
    """The timed words in the order of the text, relative to ``start_ms``."""

    def interval(self, begin: int, end: int) -> tuple[int, int]:
        """Return start and end of the characters ``[begin, end)`` in milliseconds, within the segment.

        A partly covered word counts as a whole, because it includes its punctuation and has no finer timing. Characters
        outside of all words are interpolated between the surrounding words.
        """
        covered = [word for word in self.words if word.begin < end and begin < word.end]
        if covered:
            first = min(word.start_ms for word in covered)
            last = max(word.end_ms for word in covered)
            return self._clamp(self.start_ms + first), self._clamp(self.start_ms + last)
        before = [(word.end, self.start_ms + word.end_ms) for word in self.words if word.end <= begin]
        after = [(word.begin, self.start_ms + word.start_ms) for word in self.words if word.begin >= end]
        left = max(before, default=(0, self.start_ms))
        right = min(after, default=(self.length, self.end_ms))
        return self._between(left, right, begin), self._between(left, right, end)

    def _between(self, left: tuple[int, int], right: tuple[int, int], at: int) -> int:
        (first, start_ms), (last, end_ms) = left, right
        share = (at - first) / (last - first) if last > first else 0.0
        return self._clamp(round(start_ms + share * (max(end_ms, start_ms) - start_ms)))

    def _clamp(self, time_ms: int) -> int:
        return min(max(time_ms, self.start_ms), self.end_ms)
