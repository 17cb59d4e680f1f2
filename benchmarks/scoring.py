"""Error rates as the field counts them, for all benchmarks. Pure.

English: words after Whisper's own normaliser (package ``whisper-normalizer``), which spells out contractions, drops
fillers and writes numbers in digits. Mandarin: characters after NFKC and OpenCC's conversion to simplified characters,
without punctuation and spaces.

Numbers in Mandarin follow one rule: a Chinese numeral becomes the Arabic number that it denotes (七十三 and 73,
二零一五 and 2015, 一百万 and 100万, 百分之三十 and 30%), and each digit counts as one character. A numeral that is not
well-formed (万一, 千方百计) stays as it is.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from opencc import OpenCC
from whisper_normalizer.english import EnglishTextNormalizer

from theresa_training.metrics import edit_distance

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE_UNITS = {"万": 10_000, "亿": 100_000_000}
_UNITS = _SMALL_UNITS | _LARGE_UNITS
_NUMERAL = re.compile(
    r"\d+(?:\.\d+)?[十百千万亿]+|[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]++(?![十百千])[万亿]*)?"
)


@dataclass(frozen=True)
class Errors:
    """Recognition errors; instances can be added."""

    edits: int = 0
    """Substitutions, deletions and insertions."""
    reference_units: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(self.edits + other.edits, self.reference_units + other.reference_units)

    @property
    def percent(self) -> float:
        """WER, or CER in Mandarin; for an empty reference, 100 per inserted unit."""
        return 100 * self.edits / max(self.reference_units, 1)


def errors(reference: str, hypothesis: str, language: str | None) -> Errors:
    """Return the errors of a hypothesis."""
    expected = units(reference, language)
    return Errors(edit_distance(expected, units(hypothesis, language)), len(expected))


@lru_cache(maxsize=4096)
def units(text: str, language: str | None) -> tuple[str, ...]:
    """Return the units that errors are counted in: characters in Mandarin, words in any other language."""
    return tuple(_mandarin(text)) if is_mandarin(language) else tuple(_english()(text).split())


@lru_cache(maxsize=4096)
def aligned_units(text: str, language: str | None) -> tuple[str, ...]:
    """Return units for the alignment of growing text, in which a number has one unit per digit.

    Whisper's normaliser writes neighbouring digits as one number, so a word would change while its text grows.
    """
    if is_mandarin(language):
        return units(text, language)
    words = ("1" if word == "one" else word for word in units(text, language))
    return tuple(part for word in words for part in re.findall(r"\d|\D+", word))


def is_mandarin(language: str | None) -> bool:
    """Return whether errors are counted in characters: for ``zh``, ``zh-CN`` and the like."""
    return (language or "").partition("-")[0] == "zh"


@cache
def _english() -> EnglishTextNormalizer:
    return EnglishTextNormalizer()


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def _mandarin(text: str) -> str:
    simplified = _to_simplified().convert(unicodedata.normalize("NFKC", text)).lower()
    without_commas = re.sub(r"(?<=\d),(?=\d{3})", "", simplified)
    numbers = _NUMERAL.sub(lambda match: _arabic(match[0]), without_commas)
    percentages = re.sub(r"百分之(\d+(?:\.\d+)?)", r"\1%", numbers)
    return "".join(character for character in percentages if character.isalnum() or character == "%")


def _arabic(numeral: str) -> str:
    """Return the number that a numeral denotes; a numeral that is not well-formed is returned unchanged."""
    if numeral[0] in "0123456789":
        amount = numeral.rstrip("十百千万亿")
        return _multiplied(Decimal(amount), numeral[len(amount) :])
    whole, _, fraction = numeral.partition("点")
    number = _whole_number(whole)
    if number is None:
        return numeral
    if not fraction:
        return number
    digits = fraction.rstrip("万亿")
    return _multiplied(Decimal(f"{number}.{_spelled(digits)}"), fraction[len(digits) :])


def _multiplied(amount: Decimal, scales: str) -> str:
    for scale in scales:
        amount *= _UNITS[scale]
    return f"{amount.normalize():f}" if scales else f"{amount:f}"


def _spelled(digits: str) -> str:
    return "".join(str(_DIGITS[digit]) for digit in digits)


def _whole_number(numeral: str) -> str | None:
    """Return the digits of a numeral: one by one if it has no units, else its value."""
    if not any(character in _UNITS for character in numeral):
        return _spelled(numeral)
    total, section, digit, last_unit, last_large = 0, 0, -1, 0, 0
    for position, character in enumerate(numeral):
        if character in _DIGITS:
            if digit > 0:
                return None
            digit = _DIGITS[character]
            continue
        unit = _UNITS[character]
        if unit in _LARGE_UNITS.values():
            section += max(digit, 0)
            if unit > last_large:  # 三万亿 is 30,000 times 亿
                total, section = (total + section) * unit, 0
            else:
                total, section = total + section * unit, 0
            if not total:
                return None
            last_large = unit
        elif digit > 0 or (unit == 10 and position == 0):
            section += max(digit, 1) * unit
        else:
            return None
        digit, last_unit = -1, unit
    if digit > 0 and last_unit >= 100 and numeral[-2] in _UNITS:
        digit *= last_unit // 10  # 五百三 is 530
    return str(total + section + max(digit, 0))
