"""The shipped recordings of people, and how far a transcript is from what they said."""

import json
from pathlib import Path

import numpy as np
import soundfile

from theresa_server.audio.pcm import Pcm
from theresa_training.metrics import error_rate

FOLDER = Path(__file__).parents[2] / "server/theresa_server/assets/people"
FILES = {"en": "people-english.flac", "zh": "people-mandarin.flac"}
MAX_ERRORS = {"en": 10, "zh": 15}
"""Percent of words (English) or characters (Mandarin). Whisper base errs in 1 to 2 %: more words are wrong on one
machine than on another, but not this many."""


def path(language: str) -> Path:
    """The recording in a language."""
    return FOLDER / FILES[language]


def read(language: str) -> Pcm:
    """The samples of the recording in a language: 16 kHz, mono."""
    pcm, _ = soundfile.read(path(language), dtype="int16")
    return np.asarray(pcm)


def said(language: str) -> str:
    """What is said in the recording in a language."""
    index = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))
    (entry,) = [entry for entry in index if entry["file"] == FILES[language]]
    return " ".join(sentence["text"] for sentence in entry["sentences"])


def errors(heard: str, language: str) -> float:
    """The error rate of a transcript of the recording in a language, in percent."""
    return error_rate([(said(language), heard)], language)
