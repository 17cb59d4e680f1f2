"""What has been decoded and shown of one segment while it grows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theresa_server.stabiliser import Prefix, Stabiliser, Stable


class Spectra:
    """The spectra of an utterance, as far as more audio cannot change them: what a recogniser need not compute again.

    Whoever has the same speech decoded again and again hands one of these to all of its jobs; the engine fills it. It
    holds 30 s at most, which are 1 MB at 80 bands, and is nothing but a saving: without it the results are the same.
    """

    __slots__ = ("settled",)

    def __init__(self) -> None:
        self.settled: NDArray[np.float32] = np.empty((0, 0), np.float32)
        """Log-mel energies before normalisation, `[bands, frames]`; replaced as a whole, never changed in place."""


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
        self.spectra = Spectra()
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

    def prefix(self, *, final: bool) -> Prefix | None:
        """The stable text that the next hypothesis should begin with; ``None`` where there is none.

        None for a partial, too, while the decoder has gone another way: only when it returns by itself is it held to
        the stable text again.
        """
        prefix = self._stabiliser.prefix
        return prefix if prefix.text and (final or prefix.agreed) else None

    def decoded(self, pieces: Sequence[str], tokens: Sequence[Sequence[int]] = ()) -> Stable | None:
        """Take in a partial hypothesis, in pieces and, where they are known, the recogniser's tokens of each.

        Returns what to show, or ``None`` when that has not changed.
        """
        view = self._stabiliser.update(pieces, tokens)
        if view == self._shown or not (view.text or self.shown):
            return None
        self._shown = view
        self.rev += 1
        return view
