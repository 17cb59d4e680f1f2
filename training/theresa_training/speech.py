"""Synthetic speech with word and phoneme times: libespeak-ng through ctypes (speak_lib.h, eSpeak NG 1.50 or later)."""

import ctypes
import ctypes.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from theresa_training.errors import TrainingError
from theresa_training.grammar import Sentence

RATE_HZ = 16_000
_SYNCHRONOUS, _PHONEME_EVENTS, _UTF8 = 2, 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_WORD, _PHONEME = 1, 7
# The library crashes if finalised twice or used by two threads, so the process keeps one instance.
_loaded: "Synthesiser | None" = None


class SpeechError(TrainingError):
    """The synthesiser is not installed, or failed."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A synthetic speaker."""

    name: str
    """eSpeak voice with a variant, such as ``en-us+f3``."""

    speed: int
    """Words per minute."""

    pitch: int
    """0-99."""

    pitch_range: int = 50
    """0-99."""


@dataclass(frozen=True, slots=True)
class SynthesisedSpeech:
    """Speech with silence trimmed: 16 kHz float32 in [-1, 1]; times are in seconds from the first sample."""

    samples: NDArray[np.float32]
    starts: tuple[float, ...]
    """Start of each unit; a punctuation mark starts with the next unit, or at the end."""

    phonemes: tuple[tuple[str, float], ...]
    """eSpeak NG's phoneme symbols and their times."""

    @property
    def seconds(self) -> float:
        """The duration."""
        return len(self.samples) / RATE_HZ


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Synthesiser:
    """The process-wide eSpeak NG. Use ``synthesiser()``. Not thread-safe."""

    def __init__(self) -> None:
        path = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        try:
            self._library = ctypes.CDLL(path)
        except OSError as error:
            message = "eSpeak NG is not installed: install its library (Debian, Ubuntu: apt-get install libespeak-ng1)."
            raise SpeechError(message) from error
        self._rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        if self._rate_hz <= 0:
            raise SpeechError("eSpeak NG has no voice data: install the package espeak-ng-data.")
        self._audio: list[NDArray[np.int16]] = []
        self._words: list[tuple[int, int]] = []
        self._phonemes: list[tuple[str, int]] = []
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_Info.restype = ctypes.c_char_p

    def _receive(self, wave: object, count: int, events: object) -> int:
        if count > 0:
            self._audio.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while (event := events[index]).type != 0:  # type: ignore[index]
            if event.type == _WORD:
                self._words.append((event.position - 1, event.sample))
            elif event.type == _PHONEME and event.id:
                self._phonemes.append((event.id.decode("utf-8", "replace"), event.sample))
            index += 1
        return 0

    @property
    def data(self) -> Path:
        """The folder of eSpeak NG's voices and dictionaries. ESPEAK_DATA_PATH overrides the installed one."""
        data = ctypes.c_char_p()
        self._library.espeak_Info(ctypes.byref(data))
        return Path((data.value or b"").decode())

    def variants(self) -> tuple[str, ...]:
        """Return the names of the installed voice variants, to append to a voice as ``+name``."""
        folder = self.data / "voices" / "!v"
        return tuple(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else ()

    def synthesise(self, sentence: Sentence, voice: Voice) -> SynthesisedSpeech:
        """Synthesise a sentence.

        Raises:
            SpeechError: when eSpeak NG does not know the voice or returns no audio.
        """
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise SpeechError(f"eSpeak NG has no voice {voice.name!r}.")
        for parameter, value in ((_RATE, voice.speed), (_PITCH, voice.pitch), (_RANGE, voice.pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._audio.clear()
        self._words.clear()
        self._phonemes.clear()
        text = sentence.spoken.encode() + b"\0"
        self._library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, _UTF8, None, None)
        if not self._audio:
            raise SpeechError(f"eSpeak NG returned no audio for {sentence.text!r}.")
        wave = np.concatenate(self._audio).astype(np.float32) / 32768
        loud = np.flatnonzero(np.abs(wave) > 0.003)
        if not len(loud):
            raise SpeechError(f"eSpeak NG returned no audio for {sentence.text!r}.")
        first = max(0, int(loud[0]) - self._rate_hz // 100)
        last = min(len(wave), int(loud[-1]) + self._rate_hz // 50)
        samples = soxr.resample(wave[first:last], self._rate_hz, RATE_HZ, quality="MQ")
        seconds = len(samples) / RATE_HZ
        words = [(position, _clip((sample - first) / self._rate_hz, seconds)) for position, sample in self._words]
        phonemes = [(symbol, _clip((sample - first) / self._rate_hz, seconds)) for symbol, sample in self._phonemes]
        spoken = tuple((symbol, at) for symbol, at in phonemes if symbol.strip("_:|%' "))
        return SynthesisedSpeech(np.clip(samples, -1, 1), unit_starts(sentence, words, seconds), spoken)


def _clip(seconds: float, end: float) -> float:
    return min(max(0.0, seconds), end)


def unit_starts(sentence: Sentence, words: list[tuple[int, float]], end: float) -> tuple[float, ...]:
    """Assign word events (code point position in the spoken text, seconds) to the sentence's units.

    A unit without an event, such as punctuation, starts with the next unit.
    """
    offsets: list[int] = []
    position = 0
    for unit in sentence.units:
        offsets.append(position)
        position += len(unit.spoken)
    starts: list[float | None] = [None] * len(offsets)
    for place, seconds in words:
        # The event may point at the space before a word or at its first letter.
        owner = max((i for i, offset in enumerate(offsets) if offset <= max(place, 0)), default=0)
        if starts[owner] is None:
            starts[owner] = seconds
    following = end
    result: list[float] = []
    for start in reversed(starts):
        following = min(following, start if start is not None else following)
        result.append(min(round(following, 3), end))
    return tuple(reversed(result))


def synthesiser() -> Synthesiser:
    """Return the process's synthesiser, loaded on first use.

    Raises:
        SpeechError: when eSpeak NG is not installed.
    """
    global _loaded
    if _loaded is None:
        _loaded = Synthesiser()
    return _loaded
