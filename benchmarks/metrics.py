"""Measures of displayed text: delays, and how much of it changed. Pure; times are in seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from benchmarks.scoring import aligned_units


@dataclass(frozen=True)
class Snapshot:
    """The displayed text at a time: settled text, followed by text that may still change."""

    at_s: float
    settled: str
    tentative: str = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return f"{self.settled} {self.tentative}".strip() if self.tentative else self.settled


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return a quantile; ``None`` if there are no values."""
    return float(np.quantile(values, share)) if values else None


def changed_characters(texts: Iterable[str]) -> int:
    """Return how many characters were displayed and later changed or removed, given all displayed texts in order."""
    count, previous = 0, ""
    for text in texts:
        count += len(previous) - _common_prefix_length(previous, text)
        previous = text
    return count


def _common_prefix_length(one: str, other: str) -> int:
    differing = (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def flicker(texts_by_segment: Iterable[Sequence[str]]) -> float:
    """Return the changed characters per character of the finals; the last text of each segment is its final."""
    segments = [texts for texts in texts_by_segment if texts]
    return sum(map(changed_characters, segments)) / max(1, sum(len(texts[-1]) for texts in segments))


def prefix_violations(partials: Sequence[tuple[str, int]]) -> int:
    """Return how many partials of a segment changed the stable prefix of the previous one.

    Args:
        partials: text and length of the stable prefix.
    """
    violations, stable_prefix = 0, ""
    for text, stable in partials:
        violations += not text[:stable].startswith(stable_prefix)
        stable_prefix = text[:stable]
    return violations


def stable_lags(partials: Sequence[tuple[float, str, int]], final: tuple[float, str]) -> list[float]:
    """Return, for each character of a final, the time from its last appearance until it was stable.

    A character that was never stable before becomes stable with the final. Characters that first appear in the final
    are left out.

    Args:
        partials: time, text and length of the stable prefix of a segment's partials.
        final: time and text of its final.
    """
    lags = []
    final_s, text = final
    for index in range(len(text)):
        shown_s = final_s
        for at_s, partial, _ in reversed(partials):
            if partial[: index + 1] != text[: index + 1]:
                break
            shown_s = at_s
        if shown_s < final_s:
            stable_s = next((at_s for at_s, _, stable in partials if at_s >= shown_s and stable > index), final_s)
            lags.append(stable_s - shown_s)
    return lags


def text_ages(decoded: Sequence[tuple[float, float]], begin_s: float, end_s: float, step_s: float = 0.1) -> list[float]:
    """Return how far the displayed text is behind the speaker, every ``step_s`` of speech.

    Before the first partial, the age is the time since speech began.

    Args:
        decoded: for each partial, its time and how far the audio was decoded.
        begin_s: when speech begins.
        end_s: when it ends.
        step_s: the sampling interval.
    """
    ages = []
    for now_s in np.arange(begin_s + step_s, end_s + 1e-9, step_s):
        newest_s = max((through_s for at_s, through_s in decoded if at_s <= now_s), default=begin_s)
        ages.append(float(now_s) - max(newest_s, begin_s))
    return [max(0.0, age) for age in ages]


@dataclass(frozen=True)
class LastWord:
    """The delays until the last word of a sentence is displayed; ``None`` if it never is."""

    any_s: float | None
    """In any text."""
    settled_s: float | None
    """In settled text."""


NEARBY = 3
"""How many words a word may move."""


def last_words(
    snapshots: Sequence[Snapshot], sentences: Sequence[tuple[str, float]], language: str | None
) -> list[LastWord]:
    """Return the delays until the last word of each sentence is displayed at its position in the last text.

    Positions are found by aligning the last text with the reference, so the measure applies to any server.

    Args:
        snapshots: the displayed text over time.
        sentences: text and end of each sentence.
        language: the language of the sentences.
    """
    if not snapshots:
        return [LastWord(None, None) for _ in sentences]
    references = [aligned_units(text, language) for text, _ in sentences]
    last = aligned_units(snapshots[-1].text, language)
    matcher = SequenceMatcher(None, [unit for reference in references for unit in reference], last, autojunk=False)
    positions = {a + i: b + i for a, b, size in matcher.get_matching_blocks() for i in range(size)}
    displayed = [
        (one.at_s, aligned_units(one.text, language), aligned_units(one.settled, language)) for one in snapshots
    ]
    delays, end = [], 0
    for reference, (_, end_s) in zip(references, sentences, strict=True):
        end += len(reference)
        position = positions.get(end - 1)
        if position is None or not reference:
            delays.append(LastWord(None, None))
            continue
        any_s, settled_s = (
            next((at_s - end_s for at_s, *texts in displayed if _shows(texts[which], last, position)), None)
            for which in (0, 1)
        )
        delays.append(LastWord(any_s, settled_s))
    return delays


def _shows(text: Sequence[str], last: Sequence[str], position: int) -> bool:
    """Return whether a text has the word of the last text at its position, or nearby after the same word.

    A word moves when the words before it are split or joined differently later.
    """
    if text[position : position + 1] == last[position : position + 1]:
        return True
    pair = tuple(last[position - 1 : position + 1])
    nearby = range(max(position - NEARBY, 1), position + NEARBY + 1)
    return position > 0 and any(tuple(text[at - 1 : at + 1]) == pair for at in nearby)
