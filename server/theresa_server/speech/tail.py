"""The tail of a growing segment. Partials decode only the tail, because the text before it is stable. Pure.

Decoding the whole segment for every partial gets more expensive the longer the segment grows. Once word times are
known, the tail therefore starts at a word that is already stable. The decoder gets the text before it as previous text
(Whisper's `<|startofprev|>`), and the stable words from there on as the start of its output (`StablePrefix`), which
lets it find its place. Finals are decoded as a whole.
"""

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, takewhile

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.speech.recognition import DecodeJob, Hypothesis, TimedWord
from theresa_server.speech.stabiliser import StabilisedText, StablePrefix

MIN_TAIL_MS = 1_500
"""The least audio in a tail that has advanced."""
MIN_GAIN_MS = 1_000
"""The least audio that advancing the tail must save."""
OVERLAP_WORDS = 2
"""Stable words (Mandarin: characters) that the tail decodes again, which lets the decoder find its place."""
LEAD_MS = 100
"""Audio before the first word of the tail, as far as the word before leaves room, because word times are inexact."""
PREVIOUS_CHARACTERS = 30
"""How much of the text before the tail is given as previous text. With much more the demo model loses its place."""

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Where in a segment the tail starts, and what is known of the segment before it."""

    start_ms: int = 0
    """The start of the tail, counted from the first sample of the segment."""
    pieces: tuple[str, ...] = ()
    """The text before the tail, in the recogniser's pieces."""
    tokens: tuple[tuple[int, ...], ...] = ()
    """The tokens of each piece."""
    words: tuple[TimedWord, ...] = ()
    """The words before the tail, timed from the first sample of the segment."""
    space: str = ""
    """The space between the text before the tail and the tail's own."""
    language: str | None = None
    """The language of the text before the tail; ``None`` at the start of a segment."""

    @property
    def text(self) -> str:
        """The text before the tail, with the space after it."""
        return "".join(self.pieces) + self.space

    def needs_word_times(self, samples: int, free_samples: int) -> bool:
        """Return whether word times are worth computing, because they may let the tail advance.

        Args:
            samples: the length of the segment.
            free_samples: partials of up to this many samples all cost the same.
        """
        kept = max(MIN_TAIL_MS * _SAMPLES_PER_MS, free_samples)
        return samples - self.start_ms * _SAMPLES_PER_MS >= kept + MIN_GAIN_MS * _SAMPLES_PER_MS

    def trimmed_job(self, job: DecodeJob, prefix: StablePrefix | None) -> DecodeJob:
        """Trim the job of a partial to the tail; ``prefix`` is the stable prefix of the whole segment."""
        if not self.start_ms:
            return replace(job, prefix=prefix)
        begin = len(self.text)
        previous = self.text[max(0, begin - PREVIOUS_CHARACTERS) :]
        if prefix is not None:
            prefix = replace(
                prefix,
                text=prefix.text[begin:],
                tokens=prefix.tokens[sum(map(len, self.tokens)) :],
                covered=max(0, prefix.covered - begin),
            )
        return replace(
            job,
            pcm=job.pcm[self.start_ms * _SAMPLES_PER_MS :],
            language=job.language or self.language,
            prompt=f"{job.prompt} {previous}" if job.prompt else previous,
            prefix=prefix,
        )

    def extended(self, hypothesis: Hypothesis) -> Hypothesis:
        """Extend a hypothesis for the tail to one for the whole segment."""
        if not self.start_ms or not hypothesis.text:
            return hypothesis
        begin = len(self.text)
        first, *rest = hypothesis.pieces
        return replace(
            hypothesis,
            text=self.text + hypothesis.text,
            pieces=(*self.pieces, self.space + first, *rest),
            tokens=(*self.tokens, *hypothesis.tokens),
            words=(*self.words, *(_shifted(word, self.start_ms, begin) for word in hypothesis.words)),
        )

    def advanced(self, whole: Hypothesis, partial: StabilisedText, samples: int, free_samples: int) -> "Tail":
        """Return a tail that starts later if the hypothesis has timed enough stable words; otherwise this one.

        Args:
            whole: a hypothesis for the whole segment.
            partial: the text sent for it: the same text, or the stable text with the hypothesis' continuation of it.
            samples: how much audio of the segment the hypothesis covers.
            free_samples: partials of up to this many samples all cost the same.
        """
        latest_ms = samples // _SAMPLES_PER_MS - max(MIN_TAIL_MS, free_samples // _SAMPLES_PER_MS)
        shift = len(partial.text) - len(whole.text)
        shared = len(whole.text) - _common_suffix_length(whole.text, partial.text)
        stable = [word for word in whole.words if word.begin >= shared and word.end + shift <= partial.stable]
        for before, word in reversed(list(pairwise(stable[: len(stable) + 1 - OVERLAP_WORDS]))):
            start_ms = max(before.end_ms, word.start_ms - LEAD_MS)
            if start_ms < self.start_ms + MIN_GAIN_MS:
                break
            head = _pieces_before(word, whole)
            if start_ms <= latest_ms and head is not None:
                text = partial.text[: word.begin + shift]
                if shift or shared:  # the recogniser did not write the text that was sent
                    head = ((text.rstrip(" "),), ((),))
                return Tail(
                    start_ms=start_ms,
                    pieces=head[0],
                    tokens=head[1],
                    words=tuple(
                        _shifted(known, 0, shift) for known in whole.words if shared <= known.begin < word.begin
                    ),
                    space=text[len(text.rstrip(" ")) :],
                    language=whole.language,
                )
        return self


def _common_suffix_length(one: str, other: str) -> int:
    """Return the length of the longest common suffix."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other), strict=False)))


def _pieces_before(word: TimedWord, whole: Hypothesis) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]] | None:
    """Return the pieces before a word and their tokens; ``None`` if the word does not start at a piece boundary."""
    ends = list(accumulate(map(len, whole.pieces)))
    for count, end in enumerate(ends[:-1], 1):
        if end == word.begin or (end == word.begin - 1 and whole.pieces[count][0] == " "):
            return (whole.pieces[:count], whole.tokens[:count]) if len(whole.tokens) == len(whole.pieces) else None
    return None


def _shifted(word: TimedWord, ms: int, characters: int) -> TimedWord:
    return replace(
        word,
        start_ms=word.start_ms + ms,
        end_ms=word.end_ms + ms,
        begin=word.begin + characters,
        end=word.end + characters,
    )
