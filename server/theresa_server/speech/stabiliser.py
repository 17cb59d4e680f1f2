"""Which part of a growing transcript may be relied upon.

LocalAgreement-2 (Liu et al. 2020, "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial
Hypothesis Selection"; used for Whisper by Macháček et al. 2023, "Turning Whisper into Real-Time Transcription System"):
what two successive hypotheses agree on becomes stable. Here it becomes so for good, and by whole words: a word of a
script with spaces once something follows it in both hypotheses, a character of Chinese, Japanese or Thai at once,
punctuation once something follows it, since a recogniser likes to end whatever it hears with a full stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from unicodedata import is_normalized, normalize

from theresa_server.speech.units import Unit, split_units

ALIGNED_UNITS = 60
"""How much of the end of the stable text is looked for in a hypothesis that contradicts it."""
SHIFTED_UNITS = 30
"""How many units earlier or later than the same count of units it is looked for."""


@dataclass(frozen=True, slots=True)
class Stable:
    """A transcript: `text[:stable]` will never change, the rest may."""

    text: str
    stable: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """A stable text as a recogniser wrote it, for it to go on from.

    Attributes:
        text: the stable text.
        tokens: the recogniser's own, of the whole pieces at its beginning.
        written: how many characters of the text these tokens write.
        agreed: whether the newest hypothesis began with the text.
    """

    text: str = ""
    tokens: tuple[int, ...] = ()
    written: int = 0
    agreed: bool = True


class Stabiliser:
    """Follows the hypotheses of one growing segment.

    Whatever the hypotheses, each result starts with the stable text of the one before, and all text is NFC.
    """

    def __init__(self) -> None:
        self._stable = ""
        self._unstable = ""
        self._prefix = Prefix()

    @property
    def stable_text(self) -> str:
        """The text that will never change."""
        return self._stable

    @property
    def prefix(self) -> Prefix:
        """The same, in the tokens of the newest hypothesis that began with it."""
        return self._prefix

    def update(self, pieces: Sequence[str], tokens: Sequence[Sequence[int]] = ()) -> Stable:
        """Take the next hypothesis, in pieces that concatenate to its text, and return what to show.

        An empty hypothesis says nothing and changes nothing. One that contradicts the stable text continues it with
        what it has after the place that corresponds to the end of the stable text. `tokens` are those of each piece,
        where they are known.
        """
        text = normalize("NFC", "".join(pieces))
        if text.strip():
            unstable = continuation(self._stable, text)
            agreed = _agreement(split_units(self._unstable), split_units(unstable))
            self._stable += unstable[:agreed]
            self._unstable = unstable[agreed:]
            self._prefix = self._followed(text, pieces, tokens)
        return Stable(self._stable + self._unstable, len(self._stable))

    def _followed(self, text: str, pieces: Sequence[str], tokens: Sequence[Sequence[int]]) -> Prefix:
        """Return the prefix after a hypothesis: in its tokens where it begins with the stable text, else in older ones.

        Pieces that compose with each other are not the characters of the text, and cannot be told apart in it.
        """
        agreed = text.startswith(self._stable)
        if not agreed or not tokens or text != "".join(pieces):
            return replace(self._prefix, text=self._stable, agreed=agreed)
        written = 0
        taken: list[int] = []
        for piece, its in zip(pieces, tokens, strict=True):
            if written + len(piece) > len(self._stable):
                break
            written += len(piece)
            taken += its
        return Prefix(self._stable, tuple(taken), written)


def _agreement(previous: list[Unit], current: list[Unit]) -> int:
    """Count the characters of the common prefix of two hypotheses that are whole in both."""
    agreed = 0
    last = min(len(previous), len(current)) - 1
    for index, (before, now) in enumerate(zip(previous, current, strict=False)):
        if before.text != now.text or (index == last and now.kind != "character"):
            break
        agreed += len(now.text)
    return agreed


def continuation(stable: str, text: str) -> str:
    """Return what a hypothesis has to say after the stable text: all of its rest, where it begins with that text."""
    if text.startswith(stable):
        return text[len(stable) :]
    said, heard = split_units(stable), split_units(text)
    rest = heard[_corresponding(said, heard) :]
    if not rest:
        return ""
    following = "".join(unit.text for unit in rest)
    if rest[0].kind == said[-1].kind == "word" and not following[0].isspace():
        following = " " + following
    # A combining mark without its base would change the last stable character.
    while following and not is_normalized("NFC", stable + following):
        following = following[1:]
    return following


def _corresponding(said: list[Unit], heard: list[Unit]) -> int:
    """Find the prefix of `heard` that is closest to `said` by edit distance, and return its length.

    Of equally close ones the longest: a recogniser changes a word more often than it drops one. The work is bounded:
    what has long been said is not compared, and its end is looked for about where it would be if nothing were missing.
    """
    same = 0
    while same < min(len(said), len(heard)) and said[same].key == heard[same].key:
        same += 1
    tail = max(same, len(said) - ALIGNED_UNITS)
    width = ALIGNED_UNITS + 2 * SHIFTED_UNITS
    begin = max(same, min(tail - SHIFTED_UNITS, len(heard) - width))
    columns = [(unit.key, _weight(unit)) for unit in heard[begin : begin + width]]
    if tail == same:
        row = [0, *accumulate(weight for _, weight in columns)]
    else:  # what is before the tail is not known to agree: a shift costs less than any word
        row = [abs(begin + column - tail) for column in range(len(columns) + 1)]
    for unit in said[tail:]:
        row = _next_row(row, unit, columns)
    return begin + max(range(len(row)), key=lambda column: (-row[column], column))


def _next_row(row: list[int], unit: Unit, columns: list[tuple[str, int]]) -> list[int]:
    """Edit distances of one more unit from each prefix of the columns; the loop that costs."""
    key, weight = unit.key, _weight(unit)
    diagonal, left = row[0], row[0] + weight
    below = [left]
    for (other, insertion), above in zip(columns, row[1:], strict=True):
        # Changing a word into punctuation is dropping the one and inserting the other.
        change = 0 if key == other else weight if weight == insertion else weight + insertion
        left = min(diagonal + change, above + weight, left + insertion)
        below.append(left)
        diagonal = above
    return below


def _weight(unit: Unit) -> int:
    """Price an insertion or deletion: punctuation comes and goes, words matter."""
    return 1 if unit.kind == "symbol" else 4
