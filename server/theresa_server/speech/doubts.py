"""Reasons to doubt that a text was spoken, and the rule that rejects it. Pure.

No single sign of invented text is reliable: a model is sure of phrases that it has often seen, a voice detector takes
some instruments for a voice, and quiet speech looks like noise to both. Therefore a text is rejected only if one doubt
about the audio comes together with another doubt of any kind.
"""

from collections.abc import Set as AbstractSet
from enum import StrEnum

from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.speech.units import Unit, split_units


class Doubt(StrEnum):
    """A reason to doubt that a text was spoken."""

    VOICE = "voice"
    """The voice detectors are not certain of the voice."""
    NO_SPEECH = "no_speech"
    """The model detects no speech."""
    LOG_PROB = "log_prob"
    """The text is unlikely."""
    REPETITION = "repetition"
    """The text loops or does not end."""
    RATE = "rate"
    """The text is far too long or too short for the duration of the voice."""


AUDIO_DOUBTS = frozenset({Doubt.VOICE, Doubt.NO_SPEECH})
"""The doubts about the audio, whatever the text is."""


def is_phantom(doubts: AbstractSet[Doubt]) -> bool:
    """Return whether the doubts together are enough to reject a text."""
    return len(doubts) >= 2 and bool(doubts & AUDIO_DOUBTS)


MAX_SYLLABLES_PER_S = 9.0
"""In recordings of both languages, people speak up to 6.3 syllables in each second of voice."""
MIN_SYLLABLES_PER_S = 0.7
MIN_SLOW_VOICE_MS = 1_000
"""A shorter voice may be a sigh or a drawn-out word."""
_DETECTION_MS = 300  # a detector may miss this much at the edges of a voice


def is_plausible_rate(text: str, voice: VoiceEvidence) -> bool:
    """Return whether people can say the text in the duration of the voice."""
    spoken = syllables(text)
    if spoken > MAX_SYLLABLES_PER_S * (voice.voice_ms + _DETECTION_MS) / 1000:
        return False
    return voice.voice_ms < MIN_SLOW_VOICE_MS or spoken >= MIN_SYLLABLES_PER_S * voice.voice_ms / 1000


def syllables(text: str) -> float:
    """Estimate the number of syllables: one for a Chinese character or a digit, and one for three letters."""
    return sum(_syllables(unit) for unit in split_units(text))


def _syllables(unit: Unit) -> float:
    if unit.kind == "character":
        return 1.0
    if unit.kind != "word":
        return 0.0
    return sum(1.0 if char.isnumeric() else 1 / 3 for char in unit.key if char.isalnum())
