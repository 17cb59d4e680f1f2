"""When in a segment a part of its text was said."""

from collections.abc import Sequence
from dataclasses import dataclass

from theresa_server.speech.recognition import TimedWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A segment's text in time.

    Attributes:
        length: of the text, in code points.
        start_ms: where the segment begins, since the start of the session.
        end_ms: where it ends.
        words: what is known of its words, in the order of the text; their times are relative to ``start_ms``.
    """

    length: int
    start_ms: int
    end_ms: int
    words: Sequence[TimedWord] = ()

    def interval(self, begin: int, end: int) -> tuple[int, int]:
        """From when to when the characters ``[begin, end)`` were said, within the segment, in milliseconds.

        A word that they touch counts as a whole: it carries its punctuation, and a part of a word has no time of its
        own. What touches no word gets its share of the time between the words around it.
        """
        touched = [word for word in self.words if word.begin < end and begin < word.end]
        if touched:
            first = min(word.start_ms for word in touched)
            last = max(word.end_ms for word in touched)
            return self._clamp(self.start_ms + first), self._clamp(self.start_ms + last)
        before = [(word.end, self.start_ms + word.end_ms) for word in self.words if word.end <= begin]
        behind = [(word.begin, self.start_ms + word.start_ms) for word in self.words if word.begin >= end]
        left = max(before, default=(0, self.start_ms))
        right = min(behind, default=(self.length, self.end_ms))
        return self._between(left, right, begin), self._between(left, right, end)

    def _between(self, left: tuple[int, int], right: tuple[int, int], at: int) -> int:
        (first, start_ms), (last, end_ms) = left, right
        share = (at - first) / (last - first) if last > first else 0.0
        return self._clamp(round(start_ms + share * (max(end_ms, start_ms) - start_ms)))

    def _clamp(self, time_ms: int) -> int:
        return min(max(time_ms, self.start_ms), self.end_ms)
