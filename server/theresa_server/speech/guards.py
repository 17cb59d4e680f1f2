"""Guards against Whisper's known failures: the guards, their actions, and how often each acted. Pure.

The failures: text that loops, phrases hallucinated in silence, echoes of the prompt, endings that a short window
misses, text that contradicts the stable prefix, and words that appear twice where speech was split.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from theresa_server.speech.units import Unit, split_units


class Guard(StrEnum):
    """A guard that can be disabled."""

    LOOPS = "loops"
    """Reject text that loops or does not end."""
    PHANTOMS = "phantoms"
    """Drop text if its audio and another sign are in doubt (see `theresa_server.speech.doubts`)."""
    SYMBOLS = "symbols"
    """Drop text without a letter, digit or Chinese character."""
    BOILERPLATE = "boilerplate"
    """Drop phrases of subtitles, such as "Thanks for watching", if any sign is in doubt."""
    ECHOES = "echoes"
    """Decode doubtful text again without prompt and hotwords, and drop what does not stand without them."""
    WINDOWS = "windows"
    """Decode text that looped in a short window again in the full window."""
    PREFIX = "prefix"
    """Start partials from the stable prefix."""
    HOLD = "hold"
    """Start finals with the stable prefix if that is nearly as likely. If disabled, finals depend on audio alone."""
    REPEATS = "repeats"
    """Remove words after a forced split that were already output before it."""


ALL_GUARDS = frozenset(Guard)


class GuardAction(StrEnum):
    """What a guard did to a text. Each action is counted once per job."""

    LOOP = "loop"
    """Rejected a text that loops or does not end."""
    WIDENED = "widened"
    """Decoded it again in the full window."""
    RETRIED = "retried"
    """Decoded a final again at higher temperatures."""
    PHANTOM = "phantom"
    """Dropped a text: its audio and another sign are in doubt."""
    SYMBOLS = "symbols"
    """Dropped a text that contains no word."""
    BOILERPLATE = "boilerplate"
    """Dropped a doubtful phrase of subtitles."""
    UNPROMPTED = "unprompted"
    """Decoded a doubtful text again without prompt and hotwords."""
    ECHO = "echo"
    """Dropped or replaced a text that owed everything to the prompt or the hotwords."""
    EMPTIED = "emptied"
    """Left a final empty although part of it was stable."""
    FORCED = "forced"
    """Decoded a partial from the stable prefix on."""
    RELEASED = "released"
    """Decoded it again without the prefix, because the continuation was rejected."""
    HELD = "held"
    """Decoded a final again from the stable prefix on, because it contradicted that prefix."""
    BROKEN = "broken"
    """Kept a final that contradicts the stable prefix, because starting with the prefix is clearly less likely."""
    REPEAT = "repeat"
    """Removed words from before a forced split from the text after it (see `repeated_length`)."""


@dataclass(frozen=True, slots=True)
class SuppressedText:
    """A text that a guard dropped."""

    reason: GuardAction
    text: str


@dataclass(frozen=True, slots=True)
class GuardCounters:
    """How often each action was taken."""

    counts: Mapping[GuardAction, int] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, action: GuardAction) -> int:
        return self.counts.get(action, 0)

    def incremented(self, actions: Iterable[GuardAction]) -> "GuardCounters":
        """Return counters with each of the actions counted once more."""
        return GuardCounters(MappingProxyType(Counter(self.counts) + Counter(actions)))


def has_words(text: str) -> bool:
    """Return whether a text contains a letter, a digit or a Chinese character."""
    return any(char.isalnum() for char in text)


MIN_LOOP_UNITS = 10
"""The shortest loop, in words or Chinese characters. It also has at least ``MIN_LOOP_ROUNDS`` rounds."""
MIN_LOOP_ROUNDS = 4
MAX_ROUND_UNITS = 12
"""The longest round that is looked for. The compression ratio catches loops with longer rounds well."""


def is_looping(text: str) -> bool:
    """Return whether the same words or Chinese characters repeat in the same order again and again.

    People do say "bye bye bye bye" and "谢谢谢谢". "Thank you" five times or "我们去我们去我们去我们去" usually comes
    from a decoder. zlib detects such loops only in longer text, especially in Chinese.
    """
    keys = [unit.key for unit in _words(split_units(text))]
    return any(_longest_run(keys, size) >= _min_run(size) for size in range(1, MAX_ROUND_UNITS + 1))


def _min_run(size: int) -> int:
    """Return the number of units from which rounds of this size count as a loop."""
    return size * max(MIN_LOOP_ROUNDS, -(-MIN_LOOP_UNITS // size))


def _longest_run(keys: Sequence[str], size: int) -> int:
    """Return the length of the longest run in which each key equals the one ``size`` before it."""
    longest = run = 0
    for before, now in zip(keys, keys[size:], strict=False):
        run = run + 1 if before == now else 0
        longest = max(longest, run)
    return longest + size if longest else 0


MIN_REPEAT_WEIGHT = 2
"""The least weight of a repetition. A word weighs 2, a Chinese character 1, and a number 0."""
MAX_REPEAT_UNITS = 30
"""How many words or characters are compared."""
_NUMERALS = frozenset("零〇一二两三四五六七八九十百千万亿")


def repeated_length(before: str, after: str) -> int:
    """Return how many characters at the start of ``after`` repeat the end of ``before``, trailing punctuation included.

    Returns 0 for a repetition that is too short to be sure, and for numbers, which repeat in any telephone number. Also
    returns 0 when ``after`` contains nothing else: then the speaker really has repeated themselves.
    """
    units = split_units(after)
    ending, beginning = _words(split_units(before)), _words(units)
    for count in range(min(len(ending), len(beginning) - 1, MAX_REPEAT_UNITS), 0, -1):
        if [unit.key for unit in ending[-count:]] == [unit.key for unit in beginning[:count]]:
            weight = sum(map(_weight, beginning[:count]))
            return _length_of(units, count) if weight >= MIN_REPEAT_WEIGHT else 0
    return 0


def _length_of(units: Sequence[Unit], count: int) -> int:
    """Return the length in characters of the first ``count`` words, up to the word after them."""
    length = words = 0
    for unit in units:
        words += unit.kind in ("word", "character")
        if words > count:
            return length + len(unit.text) - len(unit.text.lstrip())
        length += len(unit.text)
    return length


def _words(units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.kind in ("word", "character")]


def _weight(unit: Unit) -> int:
    if unit.kind == "word":
        return 0 if any(char.isnumeric() for char in unit.key) else 2
    return 0 if unit.key in _NUMERALS else 1
