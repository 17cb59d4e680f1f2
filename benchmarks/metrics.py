"""What is measured of a transcript: errors, waiting, and how much of it moved. Pure; times are seconds."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from theresa_training.metrics import edit_distance, normalise


@dataclass(frozen=True)
class View:
    """What a reader sees from a moment on: text that is settled, and text behind it that may still change."""

    at_s: float
    settled: str
    open: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.settled} {self.open}".strip() if self.open else self.settled


def quantile(values: Sequence[float], share: float) -> float | None:
    """The quantile of these values; ``None`` where there are none."""
    return float(np.quantile(values, share)) if values else None


def units(text: str, language: str | None) -> list[str]:
    """What is counted: words, in Mandarin characters, without punctuation and case; each digit by itself."""
    return normalise(re.sub(r"(\d)", r" \1 ", text), "zh" if language == "zh" else "en")


@dataclass(frozen=True)
class Errors:
    """Substitutions, deletions and insertions against so many units of reference. Can be added up."""

    wrong: int = 0
    of: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(self.wrong + other.wrong, self.of + other.of)

    @property
    def percent(self) -> float:
        """WER, or in Mandarin CER; where nothing was said, 100 for each unit that was heard."""
        return 100 * self.wrong / max(self.of, 1)


def errors(reference: str, heard: str, language: str | None) -> Errors:
    """How far what was heard is from what was said."""
    said = units(reference, language)
    return Errors(edit_distance(said, units(heard, language)), len(said))


def retracted(texts: Iterable[str]) -> int:
    """How many characters were shown and taken back, over the texts that were shown in turn."""
    taken, before = 0, ""
    for text in texts:
        taken += len(before) - _common(before, text)
        before = text
    return taken


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    differing = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def flicker(texts_by_segment: Iterable[Sequence[str]]) -> float:
    """Characters taken back for each character of the final text; the last text of each segment is its final."""
    segments = [texts for texts in texts_by_segment if texts]
    return sum(map(retracted, segments)) / max(1, sum(len(texts[-1]) for texts in segments))


def broken_promises(partials: Sequence[tuple[str, int]]) -> int:
    """How many partials (text, length of its stable prefix) of one segment changed what was stable before."""
    broken, promised = 0, ""
    for text, stable in partials:
        broken += not text[:stable].startswith(promised)
        promised = text[:stable]
    return broken


def stable_lags(partials: Sequence[tuple[float, str, int]], final: tuple[float, str]) -> list[float]:
    """For each character of a final: how long after it was first shown, for good, it was stable.

    ``partials`` are (when, text, length of the stable prefix) of one segment, ``final`` is (when, text). What never was
    stable before, is with the final; what was not shown before the final, does not count.
    """
    lags = []
    when, text = final
    for place in range(len(text)):
        shown = when
        for at, partial, _ in reversed(partials):
            if partial[: place + 1] != text[: place + 1]:
                break
            shown = at
        if shown < when:
            settled = next((at for at, _, stable in partials if at >= shown and stable > place), when)
            lags.append(settled - shown)
    return lags


def ages(shown: Sequence[tuple[float, float]], begin_s: float, end_s: float, step_s: float = 0.1) -> list[float]:
    """How far behind the speaker a text is, every ``step_s`` from when speech begins until it ends.

    ``shown`` are (when, how far the audio was decoded) of a segment's partials. Before the first one the text is as
    old as the speech.
    """
    found = []
    for now in np.arange(begin_s + step_s, end_s + 1e-9, step_s):
        newest = max((upto for at, upto in shown if at <= now), default=begin_s)
        found.append(float(now) - max(newest, begin_s))
    return [max(0.0, age) for age in found]


@dataclass(frozen=True)
class LastWord:
    """How long after its end the last word of a sentence was to be read (s); ``None``: it never was."""

    in_any_text: float | None
    in_settled_text: float | None


def last_words(views: Sequence[View], sentences: Sequence[tuple[str, float]], language: str | None) -> list[LastWord]:
    """When the last word of each sentence (text, end) was to be read, by its place in the last text.

    The last text is aligned with what was said; a word is there when the text has it at the place where it stays.
    """
    if not views:
        return [LastWord(None, None) for _ in sentences]
    spoken = [units(text, language) for text, _ in sentences]
    last = units(views[-1].text, language)
    blocks = SequenceMatcher(None, [unit for said in spoken for unit in said], last, autojunk=False)
    place_of = {a + i: b + i for a, b, size in blocks.get_matching_blocks() for i in range(size)}
    seen = [(view.at_s, units(view.text, language), units(view.settled, language)) for view in views]
    found, through = [], 0
    for said, (_, end_s) in zip(spoken, sentences, strict=True):
        through += len(said)
        place = place_of.get(through - 1)
        if place is None:
            found.append(LastWord(None, None))
            continue
        any_s, settled_s = (
            next((at - end_s for at, *texts in seen if texts[which][place : place + 1] == [last[place]]), None)
            for which in (0, 1)
        )
        found.append(LastWord(any_s, settled_s))
    return found
