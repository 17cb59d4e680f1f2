"""Guards against what Whisper is known to do wrong: what each may do, what it did, and how often. Pure.

A text that goes in a circle, a phrase where nothing was said, an end that a short window does not show, a text that
goes back on what was promised, words that come twice where speech was split.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from theresa_server.speech.units import Unit, split_units


class Guard(StrEnum):
    """What can be switched off."""

    LOOPS = "loops"
    """A text that repeats itself or has no end is not believed."""
    PHANTOMS = "phantoms"
    """An unlikely text where the model hears no speech is not said."""
    WINDOWS = "windows"
    """What went in a circle in a short window is decoded again in the full one."""
    PREFIX = "prefix"
    """Partials go on from the stable text."""
    HOLD = "hold"
    """Finals begin with the stable text, where that is nearly as likely. Without, they depend on their audio alone."""
    REPEATS = "repeats"
    """What was said before a forced split is not said again behind it."""


ALL_GUARDS = frozenset(Guard)


class Act(StrEnum):
    """What was done about a text; each is counted once for a job."""

    LOOP = "loop"
    """A text that goes in a circle or has no end was not believed."""
    WIDENED = "widened"
    """It was decoded again in the full window."""
    RETRIED = "retried"
    """A final was decoded again at higher temperatures."""
    PHANTOM = "phantom"
    """A text was dropped: unlikely, and the model hears no speech."""
    EMPTIED = "emptied"
    """A final says nothing though part of it was stable."""
    FORCED = "forced"
    """A partial was decoded from the stable text on."""
    RELEASED = "released"
    """It was decoded again without, because what followed was not believed."""
    HELD = "held"
    """A final went back on the stable text, and was decoded from it on."""
    BROKEN = "broken"
    """It was not, because that is clearly less likely than what it says."""
    REPEAT = "repeat"
    """Words from before a forced split were cut from the text behind it (see `continuing`)."""


@dataclass(frozen=True, slots=True)
class Counters:
    """How often each of the guards has acted."""

    counts: Mapping[Act, int] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, act: Act) -> int:
        return self.counts.get(act, 0)

    def counting(self, acts: Iterable[Act]) -> "Counters":
        """Return these, and one more for each act."""
        return Counters(MappingProxyType(Counter(self.counts) + Counter(acts)))


SHORTEST_CIRCLE = 10
"""Words, or characters of Chinese, of a text in a circle; and it goes round at least `FEWEST_ROUNDS` times."""
FEWEST_ROUNDS = 4
LONGEST_ROUND = 12
"""Longer rounds are left to the compression ratio, which sees them well."""


def goes_in_a_circle(text: str) -> bool:
    """Tell whether words or Chinese characters come again and again in the same order.

    "bye bye bye bye" and "谢谢谢谢" are said by people; five times "thank you" or "我们去我们去我们去我们去" by a
    decoder, most often. zlib sees such a thing only in a longer text, the more so in Chinese.
    """
    keys = [unit.key for unit in _spoken(split_units(text))]
    return any(_longest_round(keys, size) >= _needed(size) for size in range(1, LONGEST_ROUND + 1))


def _needed(size: int) -> int:
    """Return how many words or characters a circle with rounds of this size must have."""
    return size * max(FEWEST_ROUNDS, -(-SHORTEST_CIRCLE // size))


def _longest_round(keys: Sequence[str], size: int) -> int:
    """Return how many keys there are in the longest run in which each equals the one `size` before it."""
    longest = run = 0
    for before, now in zip(keys, keys[size:], strict=False):
        run = run + 1 if before == now else 0
        longest = max(longest, run)
    return longest + size if longest else 0


SHORTEST_REPEAT = 2
"""What a repetition must weigh to be one: a word weighs 2, a character of Chinese 1, and a number nothing."""
LONGEST_REPEAT = 30
"""Words or characters, at most, that are compared."""
_NUMERALS = frozenset("零〇一二两三四五六七八九十百千万亿")


def repeated_length(before: str, after: str) -> int:
    """Return how many characters of `after` say once more what `before` ends with, with the punctuation behind them.

    0 where it is too little to tell, or numbers alone, which come twice in any telephone number; or where nothing else
    is said: somebody who says the same thing twice is believed.
    """
    said, units = _spoken(split_units(before)), split_units(after)
    heard = _spoken(units)
    for count in range(min(len(said), len(heard) - 1, LONGEST_REPEAT), 0, -1):
        if [unit.key for unit in said[-count:]] == [unit.key for unit in heard[:count]]:
            return _reach(units, count) if sum(map(_weight, heard[:count])) >= SHORTEST_REPEAT else 0
    return 0


def _reach(units: Sequence[Unit], count: int) -> int:
    """Return the characters of so many spoken units, and of all that stands before the next one."""
    length = spoken = 0
    for unit in units:
        spoken += unit.kind in ("word", "character")
        if spoken > count:
            return length + len(unit.text) - len(unit.text.lstrip())
        length += len(unit.text)
    return length


def _spoken(units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.kind in ("word", "character")]


def _weight(unit: Unit) -> int:
    if unit.kind == "word":
        return 0 if any(char.isnumeric() for char in unit.key) else 2
    return 0 if unit.key in _NUMERALS else 1
