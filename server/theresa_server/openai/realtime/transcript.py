"""The append-only transcript of an item. Text that has been sent never changes."""

from dataclasses import dataclass

from theresa_server.speech.stabiliser import continuation
from theresa_server.speech.units import separator


@dataclass(frozen=True, slots=True)
class SegmentAlignment:
    """Maps offsets in a segment's text to offsets in the transcript of its item.

    The two texts share a prefix and a suffix. They differ between them if a final disagrees with text that was
    already sent. All offsets count code points.
    """

    begin: int
    """Offset of the segment in the transcript."""
    prefix_length: int
    """Length of the common prefix."""
    suffix_begin: int
    """Offset of the common suffix in the segment's text."""
    suffix_shift: int
    """Distance from an offset in the common suffix to the same character in the transcript."""
    sent_instead: str = ""
    """The text in the transcript between the common prefix and suffix."""

    def find(self, begin: int, end: int, text: str) -> int | None:
        """Return the offset in the transcript of ``text``, the segment's characters ``[begin, end)``.

        Returns:
            ``None`` if the transcript does not contain this text.
        """
        if end <= self.prefix_length:
            return self.begin + begin
        if begin >= self.suffix_begin:
            return begin + self.suffix_shift
        found = self.sent_instead.find(text)
        return None if found < 0 else self.begin + self.prefix_length + found


class ItemTranscript:
    """Concatenates the segments of an item as they are transcribed."""

    def __init__(self) -> None:
        self.text = ""
        self._segment: int | None = None
        self._begin = 0

    def update(self, segment: int, text: str) -> str:
        """Set the stable text of the current segment and return what it adds to the transcript.

        Segments must arrive in order. If ``text`` disagrees with text that was already sent, the transcript continues
        from the sent text.
        """
        length_before = len(self.text)
        if segment != self._segment:
            if not text:
                return ""
            self._segment = segment
            self.text += separator(self.text, text)
            self._begin = len(self.text)
        self.text += continuation(self.text[self._begin :], text)
        return self.text[length_before:]

    def align(self, segment: int, text: str) -> SegmentAlignment | None:
        """Align the text of a segment with the transcript.

        Returns:
            ``None`` if ``segment`` is not the current segment.
        """
        if segment != self._segment:
            return None
        sent = self.text[self._begin :]
        prefix = _common_prefix_length(sent, text)
        suffix = min(_common_prefix_length(sent[::-1], text[::-1]), len(sent) - prefix, len(text) - prefix)
        return SegmentAlignment(
            begin=self._begin,
            prefix_length=prefix,
            suffix_begin=len(text) - suffix,
            suffix_shift=len(self.text) - len(text),
            sent_instead=sent[prefix : len(sent) - suffix],
        )


def _common_prefix_length(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
