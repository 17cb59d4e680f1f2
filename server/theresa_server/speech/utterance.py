"""What has been decoded and shown of one segment while it grows."""

from dataclasses import replace

from theresa_server.speech.recognition import DecodeJob, Hypothesis, Spectra
from theresa_server.speech.stabiliser import Stabiliser, Stable
from theresa_server.speech.tail import Tail


class Utterance:
    """One segment between its first partial and its final.

    ``number`` is the segment's number in the session, ``start`` its first sample (16 kHz) and ``opened`` where it had
    come to when speech was noticed. A new partial is due each time the segment has grown by ``interval`` samples, the
    first after half of that: progress is measured in audio, so no clock is needed. ``free_samples`` of audio cost the
    recogniser no more than less of it.
    """

    def __init__(self, number: int, start: int, opened: int, interval: int, free_samples: int = 0) -> None:
        self.number = number
        self.start = start
        self.rev = 0
        self._interval = interval
        self._free_samples = free_samples
        self._asked_through = opened - interval // 2
        self._stabiliser = Stabiliser()
        self._shown: Stable | None = None
        self._spectra = self._spectra_of_tail = Spectra()
        self._tail = Tail()

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

    def final_job(self, job: DecodeJob) -> DecodeJob:
        """The job for the final, with what is known from the partials."""
        prefix = self._stabiliser.prefix
        return replace(job, prefix=prefix if prefix.text else None, spectra=self._spectra)

    def partial_job(self, job: DecodeJob) -> DecodeJob:
        """The job for a partial, cut down to the end of the segment that is not stable yet.

        While the decoder goes another way than the stable text, it is not held to it: only when it returns by itself.
        """
        prefix = self._stabiliser.prefix
        timed = job.words or self._tail.timed(job.pcm.size, self._free_samples)
        cut = self._tail.job(job, prefix if prefix.text and prefix.agreed else None)
        return replace(cut, words=timed, spectra=self._spectra_of_tail)

    @property
    def begins_later(self) -> bool:
        """Whether partials begin behind the segment's beginning."""
        return self._tail.start_ms > 0

    def whole(self, hypothesis: Hypothesis) -> Hypothesis:
        """What the hypothesis for a partial's job says about the whole segment."""
        return self._tail.whole(hypothesis)

    def decoded(self, hypothesis: Hypothesis, samples: int) -> Stable | None:
        """Take in a hypothesis on the whole segment, which had so many samples.

        Returns what to show, or ``None`` when that has not changed.
        """
        view = self._stabiliser.update(hypothesis.pieces, hypothesis.tokens)
        self._begin_at(self._tail.moved(hypothesis, view, samples, self._free_samples))
        if view == self._shown or not (view.text or self.shown):
            return None
        self._shown = view
        self.rev += 1
        return view

    def _begin_at(self, tail: Tail) -> None:
        if tail.start_ms != self._tail.start_ms:
            self._spectra_of_tail = Spectra() if tail.start_ms else self._spectra
        self._tail = tail
