"""What the server asks of a speech recogniser, and what it gets back.

Everything above the engine is written against these types alone. A job carries all that is needed to decode it, so
that it can be run again, or on another machine, with the same result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.speech.guards import Act
from theresa_server.speech.stabiliser import Prefix

MAX_JOB_SAMPLES = 30 * SAMPLE_RATE_HZ
"""The longest audio of one job: the 30 s window of Whisper."""

Task = Literal["transcribe", "translate"]


class EngineError(Exception):
    """A recogniser could not do its work; the message is one clear sentence."""


class ModelError(EngineError):
    """A model could not be found or loaded; the message is one clear sentence that says what to do."""


class Spectra:
    """The spectra of an utterance, as far as more audio cannot change them: what a recogniser need not compute again.

    Whoever has the same speech decoded again and again hands one of these to all of its jobs; the engine fills it. It
    holds 30 s at most, which are 1 MB at 80 bands, and is nothing but a saving: without it the results are the same.
    """

    __slots__ = ("settled",)

    def __init__(self) -> None:
        self.settled: NDArray[np.float32] = np.empty((0, 0), np.float32)
        """Log-mel energies before normalisation, `[bands, frames]`; replaced as a whole, never changed in place."""


class JobKind(StrEnum):
    """What a job is for."""

    PARTIAL = "partial"
    """A quick greedy text of a segment that is still open; a newer one replaces it."""
    FINAL = "final"
    """The final text of a segment of live speech."""
    BACKGROUND = "background"
    """The final text of a segment of a recording: it gives way to live speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeJob:
    """One stretch of speech to be turned into text.

    Attributes:
        pcm: 1-D `int16`, mono, 16 kHz; at least one sample, at most 30 s.
        language: a Whisper language code (`en`, `zh`, …), or None to detect it from the audio.
        task: `transcribe` writes what was said, `translate` writes it in English.
        prompt: text that came before; it steers spelling and style and is never repeated in the result.
        hotwords: words and names to be preferred.
        kind: how thoroughly it is decoded, and who waits for it.
        words: True adds a time and a confidence to every word.
        prefix: text that listeners were told will never change. A partial goes on from it; a final begins with it
            unless it is clearly less likely than what the audio says.
        spectra: those of the same audio, of which `pcm` holds more or less than in the job before.
        temperature: what a final is sampled with at first, instead of a search for the likeliest text.

    Raises:
        ValueError: the audio is empty, too long, not 1-D or not `int16`.
    """

    pcm: NDArray[np.int16]
    language: str | None
    kind: JobKind
    task: Task = "transcribe"
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()
    words: bool = False
    prefix: Prefix | None = None
    spectra: Spectra | None = None
    temperature: float = 0.0

    def __post_init__(self) -> None:
        if self.pcm.ndim != 1 or self.pcm.dtype != np.int16:
            raise ValueError(f"pcm must be 1-D int16, not {self.pcm.ndim}-D {self.pcm.dtype}")
        if not 0 < self.pcm.size <= MAX_JOB_SAMPLES:
            raise ValueError(f"pcm must hold 1 to {MAX_JOB_SAMPLES} samples (30 s at 16 kHz), not {self.pcm.size}")

    @property
    def final(self) -> bool:
        """Whether it is decoded with a beam, temperature fallback and all checks."""
        return self.kind is not JobKind.PARTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word of a hypothesis: in Mandarin one character, or a run of Latin letters or digits.

    Attributes:
        text: the word with its punctuation, without surrounding space; equals `hypothesis.text[begin:end]`.
        start_ms: when it starts, from the first sample of the job.
        end_ms: when it ends; never before `start_ms`.
        confidence: mean probability of its tokens, 0 to 1.
        begin: code point offset of its first character in the text.
        end: code point offset behind its last character.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What a recogniser believes was said in one job.

    Attributes:
        text: NFC, without surrounding space; empty when nothing was said.
        pieces: the text in the recogniser's own steps, whole characters only; they concatenate to `text`.
        language: the language decoded in, as given or detected.
        language_probability: how sure the detection was, 0 to 1; 1 where the language was given.
        confidence: exp of the mean log-probability of the tokens, 0 to 1; 0 where the text is empty.
        no_speech: probability that there was no speech, 0 to 1.
        temperature: the temperature that gave the text; above 0 only after a fallback.
        compression_ratio: length of the text over its zlib-compressed length; above 2.4 it repeats itself.
        words: times and confidences where the job asked for them.
        tokens: the recogniser's tokens of each piece, empty where it does not tell; one after the other, they are what
            it wrote.
        acts: what its guards did about this text.
    """

    text: str
    pieces: tuple[str, ...]
    language: str
    language_probability: float
    confidence: float
    no_speech: float
    temperature: float
    compression_ratio: float
    words: tuple[TimedWord, ...] = ()
    tokens: tuple[tuple[int, ...], ...] = ()
    acts: tuple[Act, ...] = ()


class Transcriber(Protocol):
    """A speech recogniser. Stateless between calls; called from one thread at a time."""

    @property
    def name(self) -> str:
        """What the model is called in messages and logs."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """The language codes it knows, sorted."""
        ...

    @property
    def max_batch(self) -> int:
        """How many jobs at once it makes good use of; more are decoded in turns."""
        ...

    @property
    def free_samples(self) -> int:
        """Audio up to this length, in samples, costs a partial the same."""
        ...

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Decode all jobs, blocking, and return one hypothesis for each, in their order.

        Raises:
            EngineError: the model failed, or a job asks for what it cannot do.
        """
        ...

    def warm_up(self) -> None:
        """Run the model once, so that the first job does not pay for what is set up lazily."""
        ...

    def close(self) -> None:
        """Free the model. Nothing may be transcribed afterwards; closing twice is harmless."""
        ...
