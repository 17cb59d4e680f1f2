"""Word and character error rates."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from theresa_training.grammar import Language


def normalise(text: str, language: Language) -> list[str]:
    """Return the compared units: lower-case words without punctuation in English, characters in Mandarin.

    The percent sign is kept, because it is spoken.
    """
    plain = unicodedata.normalize("NFC", text).lower()
    plain = re.sub(r"[^\w\s%']", " ", plain)
    return plain.split() if language == "en" else list(re.sub(r"\s", "", plain))


def edit_distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Return the fewest substitutions, deletions and insertions between two sequences (Levenshtein)."""
    row = list(range(len(hypothesis) + 1))
    for number, item in enumerate(reference, 1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(hypothesis, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (item != other))
    return row[-1]


def error_rate(pairs: Iterable[tuple[str, str]], language: Language) -> float:
    """Return the WER (English) or CER (Mandarin) of (reference, hypothesis) pairs, in percent; 0 without pairs."""
    errors = words = 0
    for reference, hypothesis in pairs:
        expected = normalise(reference, language)
        errors += edit_distance(expected, normalise(hypothesis, language))
        words += len(expected)
    return 100 * errors / words if words else 0.0


def digit_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the error rate of the digits in percent, ignoring spacing. Any other word counts as an insertion."""
    errors = digits = 0
    for reference, hypothesis in pairs:
        expected = re.findall(r"\d", reference)
        found = re.findall(r"\d|[^\W\d]+", hypothesis)
        errors += edit_distance(expected, found)
        digits += len(expected)
    return 100 * errors / digits if digits else 0.0
