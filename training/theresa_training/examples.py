"""Training examples: features, decoder inputs and targets, phonemes, and when each token occurs in the audio."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from theresa_training import augment, context, digits, noise
from theresa_training.features import MAX_FRAMES, log_mel
from theresa_training.grammar import Language
from theresa_training.pool import Clip, Pool
from theresa_training.tails import tail
from theresa_training.tokenizer import TokenIds
from theresa_training.windows import LabelledSegment, Window, WindowComposition, compose

IGNORE = -100
"""Target that the loss ignores."""

MIN_SAMPLES = 4_000
TimeSpan = tuple[float, float]
"""Begin and end in seconds."""


@dataclass(frozen=True, slots=True)
class Example:
    """One window with its labels."""

    features: NDArray[np.float32]
    """Log-mel features (80, frames)."""

    inputs: tuple[int, ...]
    targets: tuple[int, ...]
    """As many as ``inputs``; ``IGNORE`` marks positions without a target."""

    token_times: tuple[TimeSpan | None, ...]
    """When each target occurs in the audio, ``None`` for targets that are not text."""

    phonemes: tuple[int, ...]
    """CTC labels."""


def align_tokens(tokenizer: Tokenizer, segment: LabelledSegment) -> tuple[list[int], list[TimeSpan | None]]:
    """Return the tokens of a segment and when each occurs."""
    encoding = tokenizer.encode(segment.text)
    owner = [index for index, unit in enumerate(segment.units) for _ in unit]
    token_times: list[TimeSpan | None] = []
    for first, last in encoding.offsets:
        begin = segment.starts[owner[first]]
        token_times.append((begin, max(begin + 0.04, segment.ends[owner[max(first, last - 1)]])))
    return list(encoding.ids), token_times


def label(
    window: Window, tokenizer: Tokenizer, ids: TokenIds, timestamps: bool, previous: Sequence[int] = ()
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[TimeSpan | None, ...]]:
    """Return decoder inputs, targets and token times of a window.

    A window without words has the target <|nospeech|> at the start of transcript, as in Whisper's own training.
    """
    start = [ids.start_of_transcript, ids.languages[window.language], ids.transcribe]
    tokens: list[int] = [] if timestamps else [ids.no_timestamps]
    token_times: list[TimeSpan | None] = [None] * len(tokens)
    for segment in window.segments:
        text, times = align_tokens(tokenizer, segment)
        if timestamps:
            text, times = [ids.timestamp(segment.starts[0]), *text], [None, *times]
            if segment.complete:
                text, times = [*text, ids.timestamp(segment.ends[-1])], [*times, None]
        tokens += text
        token_times += times
    if timestamps and not window.segments:
        tokens, token_times = [ids.timestamp(0.0)], [None]
    prefix = [ids.start_of_previous, *previous] if previous else []
    inputs = [*prefix, *start, *tokens]
    targets = [*[IGNORE] * len(prefix), *start[1:], *tokens, ids.end_of_text]
    if not window.segments:
        targets[len(prefix)] = ids.no_speech
        targets[len(prefix) + 1] = IGNORE
    # The caller decides about timestamps, not the model.
    if not timestamps:
        targets[len(prefix) + 2] = IGNORE
    return tuple(inputs), tuple(targets), (*[None] * (len(prefix) + 2), *token_times, None)


@dataclass(frozen=True, slots=True)
class ExampleKind:
    """One kind of window: how it is composed, and probabilities of its properties."""

    name: str
    composition: WindowComposition
    chunk: int
    """Examples drawn at a time, for batches of 80 s."""

    non_speech: float = 0.06
    """Probability of a window without speech."""

    timestamps: float = 0.3
    """Probability of timestamp tokens."""

    previous: float = 0.15
    """Probability of previous text."""

    real_digits: float = 0.5
    """Probability that an English utterance is a recorded number."""

    tail: bool = False
    """Use a tail of the composed window."""


SINGLE = ExampleKind("single", WindowComposition(sentences=1), chunk=64)
FEW = ExampleKind("few", WindowComposition(sentences=3, seconds=(4.0, 12.0)), chunk=24, non_speech=0.02)
LONG = ExampleKind(
    "long",
    WindowComposition(
        sentences=30,
        seconds=(8.0, 29.5),
        cut_end=0.4,
        cut_start=0.25,
        # Monologues hardly pause, and recordings can be silent for long.
        pauses=((0.0, 0.25), (0.1, 0.6), (0.15, 1.3), (0.15, 1.3), (0.6, 4.0)),
    ),
    chunk=12,
    non_speech=0.04,
    timestamps=0.45,
    previous=0.5,
)
TAIL = ExampleKind(
    "tail",
    WindowComposition(sentences=5, seconds=(3.0, 11.0), cut_end=0.0, cut_start=0.0, tail=(0.2, 1.0)),
    chunk=64,
    non_speech=0.03,
    timestamps=0.0,
    previous=0.95,
    tail=True,
)
KINDS = (SINGLE, FEW, LONG, TAIL)


class ExampleSampler:
    """Draws random examples from the pool and the recorded digits. One per process."""

    def __init__(
        self,
        pool: Pool,
        recordings: Sequence[digits.DigitRecording],
        tokenizer: Tokenizer,
        symbols: Sequence[str],
        seed: int,
    ) -> None:
        self._pool, self._tokenizer = pool, tokenizer
        self._speakers = digits.by_speaker(recordings)
        self._ids = TokenIds.of(tokenizer)
        self._symbols = {symbol: index for index, symbol in enumerate(symbols)}
        self._random = random.Random(seed)
        self._rng = np.random.default_rng(seed)

    def _choose(self, language: Language, real: float) -> Clip:
        if language == "en" and self._speakers and self._random.random() < real:
            return digits.random_number(self._speakers, self._rng, vary=0.25)
        clip = self._pool.choose(language, self._random)
        return augment.resize(clip, self._random.uniform(0.87, 1.15)) if self._random.random() < 0.35 else clip

    def _non_speech(self, language: Language) -> Window:
        seconds = self._random.uniform(0.4, 6) if self._random.random() < 0.9 else self._random.uniform(6, 30)
        return Window(language, noise.non_speech(seconds, self._rng), (), (), "")

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)

    def _previous(self, window: Window, kind: ExampleKind) -> list[int]:
        """Return the tokens before the transcript: preceding text, a list of hotwords, or both.

        The length varies over all that servers pass: decoders lose track at positions that were never trained.
        """
        language = window.language
        continues = kind.tail or self._random.random() < 0.6
        listed = ""
        if not continues or self._random.random() < 0.25:
            spoken = [unit for segment in window.segments for unit in segment.units]
            others = self._pool.choose(language, self._random).units
            listed = context.hotwords(spoken, others, language, self._random)
        if not continues:
            return self._encode(" " + listed) if listed else []
        count = self._random.choice((0, 0, 1, 2, 4, 8, 24))
        earlier = [self._pool.choose(language, self._random).text for _ in range(count)]
        return context.before(window.previous, earlier, listed, language, self._random, self._encode)

    def draw(self, kind: ExampleKind, clean: float = 0.0) -> Example:
        """Return a random example of a kind; its speech is not augmented with probability ``clean``."""
        language: Language = "en" if self._random.random() < 0.55 else "zh"
        if self._random.random() < kind.non_speech:
            window = self._non_speech(language)
            samples = window.samples
        else:
            real = kind.real_digits if kind.composition.sentences == 1 or self._random.random() < 0.5 else 0.15
            window = compose(lambda: self._choose(language, real), kind.composition, self._random)
            window = tail(window, self._random) if kind.tail else window
            samples = window.samples if self._rng.random() < clean else augment.augment(window.samples, self._rng)
        if len(samples) < MIN_SAMPLES:
            samples = np.pad(samples, (0, MIN_SAMPLES - len(samples)))
        features = log_mel(samples)[:, :MAX_FRAMES]
        augment.mask_features(features, self._rng)
        timestamps = self._random.random() < kind.timestamps
        previous = self._previous(window, kind) if self._random.random() < kind.previous else []
        inputs, targets, token_times = label(window, self._tokenizer, self._ids, timestamps, previous)
        phonemes = tuple(self._symbols[symbol] for symbol, _ in window.phonemes if symbol in self._symbols)
        return Example(features, inputs, targets, token_times, phonemes)
