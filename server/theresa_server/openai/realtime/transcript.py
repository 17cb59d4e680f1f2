"""The text of an item, which only grows: what was told of it once is never taken back."""

from dataclasses import dataclass

from theresa_server.speech.stabiliser import continuation
from theresa_server.speech.units import separator


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text of a segment stands in the text of its item, whole or with another word here and there.

    The first ``same`` characters of the segment stand behind ``begin``, those from ``rest`` on ``shift`` characters
    further on. What was told instead of those between them is ``instead``.
    """

    begin: int
    same: int
    rest: int
    shift: int
    instead: str = ""

    def find(self, begin: int, end: int, text: str) -> int | None:
        """Where in the item the segment's ``text`` from ``begin`` to ``end`` begins; None: it was never told."""
        if end <= self.same:
            return self.begin + begin
        if begin >= self.rest:
            return begin + self.shift
        found = self.instead.find(text)
        return None if found < 0 else self.begin + self.same + found


class ItemTranscript:
    """Puts the segments of an item together as they are understood."""

    def __init__(self) -> None:
        self.text = ""
        self._segment: int | None = None
        self._begin = 0

    def tell(self, segment: int, text: str) -> str:
        """Take in what a segment says, as far as it will not change, and return what to add to the text.

        Segments come one after the other. Where one begins otherwise than it did, it goes on from what was told.
        """
        before = len(self.text)
        if segment != self._segment:
            if not text:
                return ""
            self._segment = segment
            self.text += separator(self.text, text)
            self._begin = len(self.text)
        self.text += continuation(self.text[self._begin :], text)
        return self.text[before:]

    def place(self, segment: int, text: str) -> Place | None:
        """Where the text of a segment stands that was told just now; ``None`` where another one was."""
        if segment != self._segment:
            return None
        told = self.text[self._begin :]
        same = _common(told, text)
        moved = min(_common(told[::-1], text[::-1]), len(told) - same, len(text) - same)
        return Place(
            begin=self._begin,
            same=same,
            rest=len(text) - moved,
            shift=len(self.text) - len(text),
            instead=told[same : len(told) - moved],
        )


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
