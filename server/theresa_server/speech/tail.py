"""The end of a growing segment, which alone is decoded again and again; what lies before it is stable. Pure.

To decode a segment from its beginning for each partial costs the more the longer somebody speaks. So, once the times of
its words are known, the window begins at a word that is stable already: the decoder is given the text before it as
previous text (Whisper's `<|startofprev|>`), and the stable words from there on as the beginning of its own (`Prefix`),
by which it finds its place. Finals are decoded whole.
"""

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, takewhile

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.speech.recognition import DecodeJob, Hypothesis, TimedWord
from theresa_server.speech.stabiliser import Prefix, Stable

KEPT_MS = 1_500
"""How much audio a window holds at least when its beginning has moved."""
GAIN_MS = 1_000
"""The beginning moves when at least so much is saved."""
OVERLAP_WORDS = 2
"""Stable words, in Mandarin characters, that are heard again: by them the decoder finds its place."""
LEAD_MS = 100
"""The window begins so much before its first word, where the word before it leaves room: times are inexact."""
PREVIOUS_CHARACTERS = 30
"""How much of the text before the window the decoder is told. The demo model loses its place after much more."""

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Where in a segment decoding begins, and what is known of the segment before that.

    Attributes:
        start_ms: from the first sample of the segment.
        pieces: the text before it, as the recogniser wrote it.
        tokens: those of each piece.
        words: those of this text, from the first sample of the segment.
        space: what stands between this text and the next.
        language: in which it was spoken; None at the beginning of a segment.
    """

    start_ms: int = 0
    pieces: tuple[str, ...] = ()
    tokens: tuple[tuple[int, ...], ...] = ()
    words: tuple[TimedWord, ...] = ()
    space: str = ""
    language: str | None = None

    @property
    def text(self) -> str:
        """The text before it."""
        return "".join(self.pieces) + self.space

    def timed(self, samples: int, free_samples: int) -> bool:
        """Tell whether it is worth while to time the words of so much audio: whether it could begin later then.

        `free_samples` of audio cost the recogniser no more than less of it.
        """
        kept = max(KEPT_MS * _SAMPLES_PER_MS, free_samples)
        return samples - self.start_ms * _SAMPLES_PER_MS >= kept + GAIN_MS * _SAMPLES_PER_MS

    def job(self, job: DecodeJob, prefix: Prefix | None) -> DecodeJob:
        """Return the job for a partial of the segment, cut down to its end; `prefix` is the segment's."""
        if not self.start_ms:
            return replace(job, prefix=prefix)
        begin = len(self.text)
        said = self.text[max(0, begin - PREVIOUS_CHARACTERS) :]
        if prefix is not None:
            known = sum(map(len, self.tokens))
            prefix = replace(
                prefix, text=prefix.text[begin:], tokens=prefix.tokens[known:], written=max(0, prefix.written - begin)
            )
        return replace(
            job,
            pcm=job.pcm[self.start_ms * _SAMPLES_PER_MS :],
            language=job.language or self.language,
            prompt=f"{job.prompt} {said}" if job.prompt else said,
            prefix=prefix,
        )

    def whole(self, hypothesis: Hypothesis) -> Hypothesis:
        """Return what a hypothesis on the end says about the whole segment."""
        if not self.start_ms or not hypothesis.text:
            return hypothesis
        begin = len(self.text)
        first, *rest = hypothesis.pieces
        return replace(
            hypothesis,
            text=self.text + hypothesis.text,
            pieces=(*self.pieces, self.space + first, *rest),
            tokens=(*self.tokens, *hypothesis.tokens),
            words=(*self.words, *(_later(word, self.start_ms, begin) for word in hypothesis.words)),
        )

    def moved(self, whole: Hypothesis, shown: Stable, samples: int, free_samples: int) -> "Tail":
        """Return where to begin from now on: later, where a hypothesis has timed enough stable words.

        Args:
            whole: a hypothesis on the whole segment.
            shown: what is made of it: the same text, or the stable text and what the hypothesis says behind that.
            samples: of audio that it was heard in.
            free_samples: see `timed`.
        """
        latest = samples // _SAMPLES_PER_MS - max(KEPT_MS, free_samples // _SAMPLES_PER_MS)
        shift = len(shown.text) - len(whole.text)
        shared = len(whole.text) - _common_end(whole.text, shown.text)
        known = [word for word in whole.words if word.begin >= shared and word.end + shift <= shown.stable]
        for before, word in reversed(list(pairwise(known[: len(known) + 1 - OVERLAP_WORDS]))):
            start_ms = max(before.end_ms, word.start_ms - LEAD_MS)
            if start_ms < self.start_ms + GAIN_MS:
                break
            head = _pieces_before(word, whole)
            if start_ms <= latest and head is not None:
                text = shown.text[: word.begin + shift]
                if shift or shared:  # what is shown was not written like this
                    head = ((text.rstrip(" "),), ((),))
                return Tail(
                    start_ms=start_ms,
                    pieces=head[0],
                    tokens=head[1],
                    words=tuple(_later(said, 0, shift) for said in whole.words if shared <= said.begin < word.begin),
                    space=text[len(text.rstrip(" ")) :],
                    language=whole.language,
                )
        return self


def _common_end(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their ends."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other), strict=False)))


def _pieces_before(word: TimedWord, whole: Hypothesis) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]] | None:
    """Return the pieces before a word and their tokens; None where it does not begin with a piece of its own."""
    ends = list(accumulate(map(len, whole.pieces)))
    for count, end in enumerate(ends[:-1], 1):
        if end == word.begin or (end == word.begin - 1 and whole.pieces[count][0] == " "):
            return (whole.pieces[:count], whole.tokens[:count]) if len(whole.tokens) == len(whole.pieces) else None
    return None


def _later(word: TimedWord, ms: int, characters: int) -> TimedWord:
    return replace(
        word,
        start_ms=word.start_ms + ms,
        end_ms=word.end_ms + ms,
        begin=word.begin + characters,
        end=word.end + characters,
    )
