"""The stable prefix of a growing transcript.

LocalAgreement-2 (Liu et al. 2020, "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial
Hypothesis Selection"; used for Whisper by Macháček et al. 2023, "Turning Whisper into Real-Time Transcription System"):
the text on which two successive hypotheses agree becomes stable. Here it never changes again, and it grows by whole
units. A word of a script with spaces becomes stable once something follows it in both hypotheses; so does punctuation,
because recognisers tend to end any text with a full stop. A Chinese, Japanese or Thai character becomes stable at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from unicodedata import is_normalized, normalize

from theresa_server.speech.units import Unit, split_units

ALIGNED_UNITS = 60
"""How many units at the end of the stable text are aligned with a hypothesis that contradicts it."""
MAX_SHIFT_UNITS = 30
"""How far the alignment may shift, in units, from the same position in the hypothesis."""


@dataclass(frozen=True, slots=True)
class StabilisedText:
    """The text of a partial: ``text[:stable]`` will never change, the rest may."""

    text: str
    stable: int


@dataclass(frozen=True, slots=True)
class StablePrefix:
    """A stable text in the recogniser's own tokens, from which it can continue."""

    text: str = ""
    tokens: tuple[int, ...] = ()
    """The recogniser's tokens for the whole pieces at the start of the text."""
    covered: int = 0
    """How many characters of the text the tokens cover."""
    agreed: bool = True
    """Whether the newest hypothesis started with the text."""


class Stabiliser:
    """Turns the hypotheses of one growing segment into text with a stable prefix.

    Each result starts with the stable text of the one before, however the hypotheses differ. All text is NFC.
    """

    def __init__(self) -> None:
        self._stable = ""
        self._unstable = ""
        self._prefix = StablePrefix()

    @property
    def stable_text(self) -> str:
        """The text that will never change."""
        return self._stable

    @property
    def prefix(self) -> StablePrefix:
        """The stable text in the tokens of the newest hypothesis that started with it."""
        return self._prefix

    def update(self, pieces: Sequence[str], tokens: Sequence[Sequence[int]] = ()) -> StabilisedText:
        """Add the next hypothesis and return the text to send.

        An empty hypothesis changes nothing. A hypothesis that contradicts the stable text is aligned with it, and
        contributes only the text after the end of the stable text.

        Args:
            pieces: the text of the hypothesis in pieces.
            tokens: the tokens of each piece; empty if unknown.
        """
        text = normalize("NFC", "".join(pieces))
        if text.strip():
            unstable = continuation(self._stable, text)
            agreed = _agreement(split_units(self._unstable), split_units(unstable))
            self._stable += unstable[:agreed]
            self._unstable = unstable[agreed:]
            self._prefix = self._next_prefix(text, pieces, tokens)
        return StabilisedText(self._stable + self._unstable, len(self._stable))

    def _next_prefix(self, text: str, pieces: Sequence[str], tokens: Sequence[Sequence[int]]) -> StablePrefix:
        """Return the prefix after a hypothesis: in its tokens if it starts with the stable text, else in older ones.

        Pieces that compose with each other under NFC cannot be located in the text, so that their tokens are not used.
        """
        agreed = text.startswith(self._stable)
        if not agreed or not tokens or text != "".join(pieces):
            return replace(self._prefix, text=self._stable, agreed=agreed)
        covered = 0
        prefix_tokens: list[int] = []
        for piece, piece_tokens in zip(pieces, tokens, strict=True):
            if covered + len(piece) > len(self._stable):
                break
            covered += len(piece)
            prefix_tokens += piece_tokens
        return StablePrefix(self._stable, tuple(prefix_tokens), covered)


def _agreement(previous: list[Unit], current: list[Unit]) -> int:
    """Return the length in characters of the common prefix of two hypotheses, counting only complete units."""
    agreed = 0
    last = min(len(previous), len(current)) - 1
    for index, (before, now) in enumerate(zip(previous, current, strict=False)):
        if before.text != now.text or (index == last and now.kind != "character"):
            break
        agreed += len(now.text)
    return agreed


def continuation(stable: str, text: str) -> str:
    """Return the part of a hypothesis that follows the stable text, aligning the two if they differ."""
    if text.startswith(stable):
        return text[len(stable) :]
    stable_units, units = split_units(stable), split_units(text)
    rest = units[_aligned_length(stable_units, units) :]
    if not rest:
        return ""
    following = "".join(unit.text for unit in rest)
    if rest[0].kind == stable_units[-1].kind == "word" and not following[0].isspace():
        following = " " + following
    # A combining mark without its base would change the last stable character.
    while following and not is_normalized("NFC", stable + following):
        following = following[1:]
    return following


def _aligned_length(stable: list[Unit], units: list[Unit]) -> int:
    """Return the length of the prefix of ``units`` that is closest to ``stable`` by edit distance.

    Of equally close prefixes the longest wins, because a recogniser changes a word more often than it drops one. The
    work is bounded: only the end of the stable text is compared, near the position where it is expected.
    """
    same = 0
    while same < min(len(stable), len(units)) and stable[same].key == units[same].key:
        same += 1
    tail = max(same, len(stable) - ALIGNED_UNITS)
    width = ALIGNED_UNITS + 2 * MAX_SHIFT_UNITS
    begin = max(same, min(tail - MAX_SHIFT_UNITS, len(units) - width))
    columns = [(unit.key, _weight(unit)) for unit in units[begin : begin + width]]
    if tail == same:
        row = [0, *accumulate(weight for _, weight in columns)]
    else:  # the text before the tail may differ: a shift costs less than any word
        row = [abs(begin + column - tail) for column in range(len(columns) + 1)]
    for unit in stable[tail:]:
        row = _next_row(row, unit, columns)
    return begin + max(range(len(row)), key=lambda column: (-row[column], column))


def _next_row(row: list[int], unit: Unit, columns: list[tuple[str, int]]) -> list[int]:
    """Return the edit distances after one more unit to each prefix of the columns. This is the hot loop."""
    key, weight = unit.key, _weight(unit)
    diagonal, left = row[0], row[0] + weight
    below = [left]
    for (other, insertion), above in zip(columns, row[1:], strict=True):
        # Replacing a word by punctuation costs as much as deleting the one and inserting the other.
        change = 0 if key == other else weight if weight == insertion else weight + insertion
        left = min(diagonal + change, above + weight, left + insertion)
        below.append(left)
        diagonal = above
    return below


def _weight(unit: Unit) -> int:
    """Return the cost of an insertion or deletion. Punctuation is cheap because it varies between hypotheses."""
    return 1 if unit.kind == "symbol" else 4
