"""Measured figures and their targets."""

from collections.abc import Iterable
from dataclasses import dataclass

from theresa_training.grammar import Language
from theresa_training.metrics import error_rate


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    name: str
    value: float
    unit: str
    count: int
    target: float | None = None
    """The bound to keep; ``None`` for information only."""

    least: bool = False
    """Whether ``target`` is a lower bound."""

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.target is None or (self.value >= self.target if self.least else self.value <= self.target)

    def __str__(self) -> str:
        bound = "" if self.target is None else f"  (target {'≥' if self.least else '≤'} {self.target:g}: "
        verdict = "" if self.target is None else ("reached)" if self.reached else "MISSED)")
        return f"{self.name:<52} {self.value:6.2f} {self.unit:<6} n={self.count}{bound}{verdict}"


def error_figure(
    name: str, pairs: Iterable[tuple[str, str]], language: Language, target: float | None = None
) -> Figure:
    """Return the WER (English) or CER (Mandarin) of (reference, hypothesis) pairs as a figure."""
    pairs = list(pairs)
    unit = "WER %" if language == "en" else "CER %"
    return Figure(f"{language}: {name}", error_rate(pairs, language), unit, len(pairs), target)
