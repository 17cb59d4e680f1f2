"""The types of option values: how each is parsed, and how a default is shown."""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from theresa_protocol.languages import parse_language
from theresa_server.audio.segments import SegmenterConfig
from theresa_server.speech.guards import ALL_GUARDS, Guard

MODEL_NAME = r"[\w.:-]{1,128}"
"""The names that a model can be given."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """One type of option value."""

    metavar: str
    parse: Callable[[str], Any]
    """Converts text to a configuration value. Raises ``ArgumentTypeError`` with a reason for the user."""
    show: Callable[[Any], str] = str
    """Converts a configuration value back to text, for the help."""
    allowed: str = ""
    """The valid range, where there is one."""


class ModelChoice(NamedTuple):
    """A model to serve, and the name to serve it under, if one was given."""

    model: str
    name: str | None = None


def text(metavar: str) -> ValueType:
    """Any text."""
    return ValueType(metavar, str)


def path(metavar: str) -> ValueType:
    """A file or directory."""
    return ValueType(metavar, Path)


def whole(low: int, high: int, metavar: str = "N", *, unit: int = 1) -> ValueType:
    """A whole number from ``low`` to ``high``, stored as a multiple of ``unit``."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low} to {high}")
        return int(text) * unit

    return ValueType(metavar, parse, show=lambda value: str(value // unit), allowed=f"{low} to {high}")


def share() -> ValueType:
    """A number from 0 to 1."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"0|1|[01]?\.\d{1,9}", text) or float(text) > 1:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1")
        return float(text)

    return ValueType("N", parse, allowed="0 to 1")


def one_of(metavar: str, *choices: str) -> ValueType:
    """One of a few words. Unlike argparse's ``choices``, this also validates values from the environment."""

    def parse(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(f"'{text}' is not one of {', '.join(choices)}")
        return text

    return ValueType(metavar, parse)


def voice_detector() -> ValueType:
    """The name of a voice activity detector, stored as the threshold of the second stage."""
    word = one_of("DETECTOR", "two-stage", "webrtc")
    threshold = SegmenterConfig().voice_threshold

    def parse(text: str) -> float:
        return threshold if word.parse(text) == "two-stage" else 0.0

    return ValueType(word.metavar, parse, show=lambda value: "two-stage" if value else "webrtc")


def on_or_off() -> ValueType:
    """``on`` or ``off``, stored as a boolean."""
    word = one_of("on|off", "on", "off")
    return ValueType(
        word.metavar,
        lambda text: word.parse(text) == "on",
        show=lambda value: "on" if value else "off",
        allowed="off or on",
    )


def guards() -> ValueType:
    """Guards separated by commas, or ``all``, or ``none``."""
    name = one_of("NAME", *Guard)

    def parse(text: str) -> frozenset[Guard]:
        if text in ("all", "none"):
            return ALL_GUARDS if text == "all" else frozenset()
        return frozenset(Guard(name.parse(part)) for part in _split(text))

    def show(chosen: frozenset[Guard]) -> str:
        return "all" if chosen == ALL_GUARDS else ",".join(sorted(chosen)) or "none"

    return ValueType("NAME,…", parse, show)


def language() -> ValueType:
    """A language tag; ``auto`` detects the language."""

    def parse(text: str) -> str | None:
        try:
            tag = parse_language(text)
            return str(tag) if tag and tag.code else None
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return ValueType("CODE", parse)


def names(metavar: str) -> ValueType:
    """Words separated by commas, at least one."""
    return ValueType(metavar, _split, show=",".join)


def device_indices() -> ValueType:
    """Whole numbers separated by commas."""
    number = whole(0, 1_000)

    def parse(text: str) -> tuple[int, ...]:
        return tuple(number.parse(part.strip()) for part in text.split(","))

    return ValueType("N,…", parse, show=lambda indices: ",".join(map(str, indices)))


def models() -> ValueType:
    """Models separated by commas, each as ``MODEL`` or as ``NAME=MODEL``."""
    return ValueType("[NAME=]MODEL", lambda text: tuple(map(_model, _split(text))))


def _split(text: str) -> tuple[str, ...]:
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found:
        # An empty list of API keys is most likely a secret that got lost. It must not disable authentication.
        raise argparse.ArgumentTypeError("the value is empty")
    return found


def _model(text: str) -> ModelChoice:
    name, separator, model = text.partition("=")
    if not separator or re.search(r"[/\\~]", name):  # the path of a directory can contain an equals sign
        return ModelChoice(text)
    if not re.fullmatch(MODEL_NAME, name) or not model:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not NAME=MODEL with a name of 1 to 128 letters, digits, '.', ':', '_' and '-'"
        )
    return ModelChoice(model, name)
