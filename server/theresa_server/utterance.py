"""What has been decoded and shown of one segment while it grows."""

from collections.abc import Sequence

from theresa_server.stabiliser import Stabiliser, Stable


class Utterance:
    """One segment between its first partial and its final.

    ``number`` is the segment's number in the session, ``start`` its first sample (16 kHz) and ``opened`` where it had
    come to when speech was noticed. A new partial is due each time the segment has grown by ``interval`` samples, the
    first after half of that: progress is measured in audio, so no clock is needed.
    """

    def __init__(self, number: int, start: int, opened: int, interval: int) -> None:
        self.number = number
        self.start = start
        self.rev = 0
        self._interval = interval
        self._asked_through = opened - interval // 2
        self._stabiliser = Stabiliser()
        self._shown: Stable | None = None

    @property
    def shown(self) -> bool:
        """Whether a listener has seen text of this segment."""
        return self._shown is not None

    def due(self, end: int) -> bool:
        """Whether the segment, now reaching to ``end``, has grown enough to be decoded again."""
        return end - self._asked_through >= self._interval

    def asked(self, end: int) -> None:
        """Record that a partial up to ``end`` is being decoded."""
        self._asked_through = end

    def decoded(self, pieces: Sequence[str]) -> Stable | None:
        """Take in a partial hypothesis; returns what to show, or ``None`` when that has not changed."""
        view = self._stabiliser.update(pieces)
        if view == self._shown or not (view.text or self.shown):
            return None
        self._shown = view
        self.rev += 1
        return view
