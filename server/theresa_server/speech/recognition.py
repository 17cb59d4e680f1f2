"""The port between the server and speech recognition engines: what it submits, and what it gets back.

Everything above the engine depends on these types alone. An engine implements ``Transcriber``: it takes a batch of
``DecodeJob`` and returns one ``Hypothesis`` for each. A job carries everything needed to decode it, so that it can be
retried, or run on another machine, with the same result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from theresa_protocol.messages import Task
from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.speech.guards import GuardAction, SuppressedText
from theresa_server.speech.previous_text import PreviousText
from theresa_server.speech.stabiliser import StablePrefix

MAX_JOB_SAMPLES = 30 * SAMPLE_RATE_HZ
"""The longest audio of one job: Whisper's window of 30 s."""


class EngineError(Exception):
    """The engine failed. The message is one clear sentence."""


class ModelError(EngineError):
    """A model could not be found or loaded. The message is one clear sentence that says what to do."""


class JobKind(StrEnum):
    """What a job is for; this decides its priority and how thoroughly it is decoded."""

    PARTIAL = "partial"
    """A quick greedy decode of a segment that is still open. A newer one replaces it in the queue."""
    FINAL = "final"
    """The final text of a segment of live speech."""
    BACKGROUND = "background"
    """The final text of a segment of a recording. It gives way to live speech."""


class SpectrogramCache:
    """The spectrogram of a growing utterance, as far as more audio cannot change it.

    The caller passes the same cache with every job of an utterance. The engine fills it, and does not compute the same
    frames again. It only saves time: results are the same without it. It holds at most 30 s, or 1 MB for 80 bands.
    """

    __slots__ = ("frames",)

    def __init__(self) -> None:
        self.frames: NDArray[np.float32] = np.empty((0, 0), np.float32)
        """Log-mel energies before normalisation, `[bands, frames]`. Always replaced, never modified in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeJob:
    """A stretch of speech to decode.

    Raises:
        ValueError: the audio is empty, too long, not 1-D or not `int16`.
    """

    pcm: Pcm
    """At least one sample, and at most ``MAX_JOB_SAMPLES``."""
    language: str | None
    """A Whisper language code (`en`, `zh`, …); ``None`` detects the language."""
    kind: JobKind
    languages: tuple[str, ...] = ()
    """The languages to detect among; empty for all that the model supports."""
    task: Task = "transcribe"
    """``translate`` translates into English."""
    prompt: str | None = None
    """The text before this audio. It guides spelling and style, and does not appear in the result."""
    previous: PreviousText | None = None
    """The text of the segment before this audio. It follows the prompt, if the language is the same."""
    hotwords: tuple[str, ...] = ()
    """Words and names to prefer."""
    words: bool = False
    """Whether every word gets a time and a confidence."""
    prefix: StablePrefix | None = None
    """Text that clients have received as stable.

    A partial continues it. A final starts with it unless the audio clearly favours another text.
    """
    spectrogram_cache: SpectrogramCache | None = None
    """The cache of this utterance. Its other jobs start with the same sample, and may be shorter or longer."""
    temperature: float = 0.0
    """The temperature at which a final is sampled first; 0 searches for the likeliest text."""
    voice: VoiceEvidence | None = None
    """What the voice detectors found in the segment; ``None`` if it is unknown, which counts neither way."""

    def __post_init__(self) -> None:
        if self.pcm.ndim != 1 or self.pcm.dtype != np.int16:
            raise ValueError(f"pcm must be 1-D int16, not {self.pcm.ndim}-D {self.pcm.dtype}")
        if not 0 < self.pcm.size <= MAX_JOB_SAMPLES:
            raise ValueError(f"pcm must hold 1 to {MAX_JOB_SAMPLES} samples (30 s at 16 kHz), not {self.pcm.size}")

    @property
    def final(self) -> bool:
        """Whether the job is decoded thoroughly: by beam search, with temperature fallback and all guards."""
        return self.kind is not JobKind.PARTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word of a hypothesis. In Mandarin it is one character, or a run of Latin letters or digits."""

    text: str
    """The word with its punctuation and without surrounding space; equals ``hypothesis.text[begin:end]``."""
    start_ms: int
    """When it starts, counted from the first sample of the job."""
    end_ms: int
    """When it ends, not before ``start_ms``."""
    confidence: float
    """The mean probability of its tokens, 0 to 1."""
    begin: int
    """The code-point offset of its first character in the text."""
    end: int
    """The code-point offset after its last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """The result of a job: the recognised text, and how reliable it is."""

    text: str
    """NFC, without surrounding space; empty when there is no speech."""
    pieces: tuple[str, ...]
    """The text in the recogniser's own units, each of whole characters. They concatenate to ``text``."""
    language: str
    """The language decoded in, given or detected."""
    language_probability: float
    """The probability of the detected language, 0 to 1; 1 if the language was given."""
    confidence: float
    """exp of the mean log probability of the tokens, 0 to 1; 0 if the text is empty."""
    no_speech: float
    """The probability that there is no speech, 0 to 1."""
    temperature: float
    """The temperature that produced the text; above 0 only after a fallback or when the job asked for it."""
    compression_ratio: float
    """The length of the text over its zlib-compressed length. Text above 2.4 repeats itself."""
    words: tuple[TimedWord, ...] = ()
    """The words with times and confidences, if the job asked for them."""
    tokens: tuple[tuple[int, ...], ...] = ()
    """The recogniser's tokens for each piece; empty if it does not provide them. Joined they are its whole output."""
    guard_actions: tuple[GuardAction, ...] = ()
    """What the guards did to this text."""
    suppressed: SuppressedText | None = None
    """The text that a guard dropped, if ``text`` is empty for that reason."""


class Transcriber(Protocol):
    """A speech recognition engine. It is stateless between calls, and called from one thread at a time."""

    @property
    def name(self) -> str:
        """The name of the model in messages and logs."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """The supported language codes, sorted."""
        ...

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What it can do. Without ``translate``, it would transcribe under the name of a translation."""
        ...

    @property
    def max_batch(self) -> int:
        """The number of jobs that it can usefully decode at once; larger batches are decoded in several rounds."""
        ...

    @property
    def free_samples(self) -> int:
        """Partials of up to this many samples all cost the same."""
        ...

    @property
    def uses_previous_text(self) -> bool:
        """Whether ``DecodeJob.previous`` has any effect. If not, finals need not wait for each other."""
        ...

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Decode all jobs and return one hypothesis for each, in order. Blocking.

        Raises:
            EngineError: the model failed, or a job asks for something that it does not support.
        """
        ...

    def warm_up(self) -> None:
        """Run the model once, so that lazy initialisation does not delay the first job."""
        ...

    def close(self) -> None:
        """Free the model. Do not call ``transcribe`` afterwards; closing twice is harmless."""
        ...
