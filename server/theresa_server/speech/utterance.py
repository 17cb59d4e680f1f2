"""The partials of one segment while it grows."""

from dataclasses import replace

from theresa_server.speech.recognition import DecodeJob, Hypothesis, SpectrogramCache
from theresa_server.speech.stabiliser import StabilisedText, Stabiliser
from theresa_server.speech.tail import Tail


class Utterance:
    """One segment from its first partial to its final.

    A new partial is due whenever the segment has grown by ``interval`` samples, the first one after half of that.
    Progress is measured in audio, so that no clock is needed.

    Args:
        number: the number of the segment in the session.
        start: its first sample (16 kHz).
        opened: how far the audio reached when its speech was detected.
        interval: samples between two partials.
        free_samples: partials of up to this many samples all cost the same.
    """

    def __init__(self, number: int, start: int, opened: int, interval: int, free_samples: int = 0) -> None:
        self.number = number
        self.start = start
        self.rev = 0
        self._interval = interval
        self._free_samples = free_samples
        self._requested_until = opened - interval // 2
        self._stabiliser = Stabiliser()
        self._last: StabilisedText | None = None
        self._cache = self._tail_cache = SpectrogramCache()
        self._tail = Tail()

    @property
    def has_partials(self) -> bool:
        """Whether text of this segment was sent."""
        return self._last is not None

    def is_due(self, end: int) -> bool:
        """Return whether the segment, which now reaches to ``end``, has grown enough for another partial."""
        return end - self._requested_until >= self._interval

    def mark_requested(self, end: int) -> None:
        """Record that a partial up to ``end`` is being decoded."""
        self._requested_until = end

    def final_job(self, job: DecodeJob) -> DecodeJob:
        """Return the job for the final with what the partials have established."""
        prefix = self._stabiliser.prefix
        return replace(job, prefix=prefix if prefix.text else None, spectrogram_cache=self._cache)

    def partial_job(self, job: DecodeJob) -> DecodeJob:
        """Return the job for a partial, trimmed to the tail of the segment that is not stable yet.

        The stable prefix is forced only while the decoder's own text agrees with it.
        """
        prefix = self._stabiliser.prefix
        timed = job.words or self._tail.needs_word_times(job.pcm.size, self._free_samples)
        trimmed = self._tail.trimmed_job(job, prefix if prefix.text and prefix.agreed else None)
        return replace(trimmed, words=timed, spectrogram_cache=self._tail_cache)

    @property
    def is_trimmed(self) -> bool:
        """Whether partials decode only the tail of the segment."""
        return self._tail.start_ms > 0

    def extended(self, hypothesis: Hypothesis) -> Hypothesis:
        """Extend the hypothesis of a trimmed job to the whole segment."""
        return self._tail.extended(hypothesis)

    def update(self, hypothesis: Hypothesis, samples: int) -> StabilisedText | None:
        """Add a hypothesis for the whole segment.

        Args:
            hypothesis: the hypothesis.
            samples: how much audio of the segment it covers.

        Returns:
            The text of the next partial; ``None`` when it has not changed.
        """
        text = self._stabiliser.update(hypothesis.pieces, hypothesis.tokens)
        self._set_tail(self._tail.advanced(hypothesis, text, samples, self._free_samples))
        if text == self._last or not (text.text or self.has_partials):
            return None
        self._last = text
        self.rev += 1
        return text

    def _set_tail(self, tail: Tail) -> None:
        if tail.start_ms != self._tail.start_ms:
            self._tail_cache = SpectrogramCache() if tail.start_ms else self._cache
        self._tail = tail
