"""Evaluation of an exported model on held-out data, one test set at a time, against the targets."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from theresa_training import augment, digits, noise, voices
from theresa_training.examples import TAIL
from theresa_training.figures import Figure, error_figure
from theresa_training.grammar import LANGUAGES, Language
from theresa_training.inference import WindowTranscriber
from theresa_training.metrics import digit_error_rate, normalise
from theresa_training.pool import Clip, random_clip, random_sentence
from theresa_training.speech import synthesiser
from theresa_training.tails import tail
from theresa_training.windows import WindowComposition, compose

RATE_HZ = 16_000
BEAM = 5  # beam size of the server's finals
PREVIOUS_CHARACTERS = 200  # previous text that the server passes with a tail
Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """The size and the seed of an evaluation."""

    clips: int = 200
    windows: int = 40
    digit_strings: int = 150
    noise_minutes: float = 10.0
    seed: int = 20_240


class Evaluation:
    """Draws the held-out data of one seed and measures a model on it."""

    def __init__(
        self, transcriber: WindowTranscriber, known_texts: set[str], fsdd: Path | None, plan: EvaluationPlan
    ) -> None:
        self._transcriber, self._known, self._fsdd, self._plan = transcriber, known_texts, fsdd, plan
        installed = synthesiser().variants()
        self._training_voices = voices.training_variants(installed)
        self._new_voices = tuple(name for name in voices.HELD_OUT if name in installed)

    def figures(self) -> Iterator[Figure]:
        """Measure everything, one set after the other."""
        for language in LANGUAGES:
            yield from self._sentences(language)
        for language in LANGUAGES:
            yield self._unseen_voices(language)
        for language in LANGUAGES:
            yield from self._windows(language)
        for language in LANGUAGES:
            yield self._full("speech without pauses, 30 s", (0.0, 0.2), language)
            yield self._full("speech with long pauses, 30 s", (1.0, 4.0), language)
        for language in LANGUAGES:
            yield from self._tails(language)
        if self._fsdd:
            recordings = digits.load(self._fsdd)
            known, unknown = digits.for_known_speakers(recordings), digits.for_unknown_speaker(recordings)
            yield self._digits("digits of known speakers, new recordings", known, 5.0)
            yield self._digits("digits of a speaker left out of training", unknown, 15.0)
        yield from self._non_speech()

    def _random(self, name: str) -> tuple[random.Random, np.random.Generator]:
        seed = f"{self._plan.seed}-{name}"
        return random.Random(seed), np.random.default_rng(list(seed.encode()))

    def _clip(self, rng: random.Random, variants: Sequence[str], language: Language) -> Clip:
        """Return a held-out clip: its text is not in the training pool."""
        while (clip := random_clip(rng, variants, language)).text in self._known:
            pass
        return clip

    def _preceding_text(self, language: Language, rng: random.Random, sentences: int) -> str:
        """Return the text of random sentences, as previous text of a window."""
        texts = [random_sentence(language, rng).text for _ in range(sentences)]
        return (" " if language == "en" else "").join(texts)

    def _sentences(self, language: Language) -> Iterator[Figure]:
        """Single sentences as the server cuts them, in a short window and padded to 30 s."""
        rng, numbers = self._random(f"sentences-{language}")
        short, full, stamped, prompted, rough, words = [], [], [], [], [], []
        detected, count = 0, self._plan.clips
        previous = ""
        for _ in tqdm(range(count), desc=f"sentences {language}", leave=False):
            clip = self._clip(rng, self._training_voices, language)
            samples = as_cut(clip.samples, rng, numbers)
            altered = augment.augment(samples, numbers)
            rough.append((clip.text, self._transcriber.transcribe(altered, language)[0]))
            hypothesis = self._transcriber.transcribe(samples, language)[0]
            short.append((clip.text, hypothesis))
            full.append((clip.text, self._transcriber.transcribe(samples, language, full=True)[0]))
            stamped.append((clip.text, self._transcriber.transcribe(samples, language, timestamps=True)[0]))
            prompted.append((clip.text, self._transcriber.transcribe(samples, language, previous=previous)[0]))
            detected += self._transcriber.language(samples) == language
            words += self._word_errors(clip)
            previous = clip.text
        same = sum(normalise(a[1], language) == normalise(b[1], language) for a, b in zip(short, full, strict=True))
        yield error_figure("held-out sentences", short, language, 5.0)
        yield error_figure("the same with room, noise, telephone", rough, language)
        yield error_figure("the same through 30 s windows", full, language)
        yield error_figure("the same with timestamps", stamped, language)
        yield error_figure("the same after another sentence", prompted, language)
        yield Figure(
            f"{language}: same text in short and 30 s windows", 100 * same / count, "%", count, 98.0, least=True
        )
        yield Figure(f"{language}: language detected", 100 * detected / count, "%", count)
        yield Figure(f"{language}: median error of word starts", float(np.median(words)), "s", len(words))

    def _word_errors(self, clip: Clip) -> list[float]:
        samples = np.pad(clip.samples, (4000, 4000))
        found = self._transcriber.word_starts(samples, clip.language, clip.units)
        return [
            abs(at - 0.25 - start)
            for unit, at, start in zip(clip.units, found, clip.starts, strict=True)
            if unit.strip().isalnum()
        ]

    def _unseen_voices(self, language: Language) -> Figure:
        rng, numbers = self._random(f"voices-{language}")
        pairs = []
        for _ in tqdm(range(self._plan.clips), desc=f"new voices {language}", leave=False):
            clip = self._clip(rng, self._new_voices, language)
            pairs.append((clip.text, self._transcriber.transcribe(as_cut(clip.samples, rng, numbers), language)[0]))
        return error_figure("unseen voices", pairs, language, 15.0)

    def _windows(self, language: Language) -> Iterator[Figure]:
        """Several sentences in one window, up to 30 s."""
        rng, numbers = self._random(f"windows-{language}")
        before, _ = self._random(f"before-windows-{language}")
        plain, stamped, after = [], [], []
        composition = WindowComposition(
            sentences=20, seconds=(6.0, 27.0), cut_end=0.0, cut_start=0.0, lead=(0.2, 0.4), tail=(0.2, 0.4)
        )
        for _ in tqdm(range(self._plan.windows), desc=f"windows {language}", leave=False):
            window = compose(lambda: self._clip(rng, self._training_voices, language), composition, rng)
            samples = with_floor(window.samples, rng, numbers)
            plain.append((window.text, self._transcriber.transcribe(samples, language)[0]))
            stamped.append(
                (window.text, self._transcriber.transcribe(samples, language, full=True, timestamps=True)[0])
            )
            preceding = self._preceding_text(language, before, 5)
            after.append(
                (window.text, self._transcriber.transcribe(samples, language, full=True, previous=preceding)[0])
            )
        yield error_figure("windows of several sentences", plain, language, 10.0)
        yield error_figure("the same, 30 s with timestamps", stamped, language)
        yield error_figure("the same, 30 s after five sentences", after, language)

    def _full(self, name: str, pauses: tuple[float, float], language: Language) -> Figure:
        """As many sentences as fit in 30 s, with similar pauses, decoded with timestamps."""
        rng, numbers = self._random(f"{name}-{language}")
        composition = WindowComposition(
            sentences=30, seconds=(30.0, 30.0), cut_end=0.0, cut_start=0.0, pauses=(pauses,)
        )
        pairs = []
        for _ in tqdm(range(self._plan.windows), desc=f"{name} {language}", leave=False):
            window = compose(lambda: self._clip(rng, self._training_voices, language), composition, rng)
            samples = with_floor(window.samples, rng, numbers)
            pairs.append((window.text, self._transcriber.transcribe(samples, language, full=True, timestamps=True)[0]))
        return error_figure(name, pairs, language, 10.0)

    def _tails(self, language: Language) -> Iterator[Figure]:
        """Growing speech from its first unstable word on, with previous text, decoded greedily like partials."""
        rng, numbers = self._random(f"tails-{language}")
        before, _ = self._random(f"before-tails-{language}")
        plain: list[tuple[str, str]] = []
        forced, alone, late, first = [], [], [], 0
        while len(plain) < self._plan.clips:
            window = compose(lambda: self._clip(rng, self._training_voices, language), TAIL.composition, rng)
            window = tail(window, rng)
            if not window.segments:
                continue
            samples = with_floor(window.samples, rng, numbers)
            hypothesis = self._transcriber.transcribe(samples, language, previous=window.previous, beam=1)[0]
            plain.append((window.text, hypothesis))
            alone.append((window.text, self._transcriber.transcribe(samples, language, beam=1)[0]))
            first += normalise(hypothesis, language)[:1] == normalise(window.text, language)[:1]
            units = [unit for segment in window.segments for unit in segment.units]
            prefix = "".join(units[: rng.randint(0, min(2, len(units) - 1))])
            hypothesis = self._transcriber.transcribe(
                samples, language, previous=window.previous, prefix=prefix, beam=1
            )[0]
            forced.append((window.text, hypothesis))
            text = self._preceding_text(language, before, 20) + (" " if language == "en" else "") + window.previous
            text = text[-PREVIOUS_CHARACTERS:].strip()
            late.append((window.text, self._transcriber.transcribe(samples, language, previous=text, beam=1)[0]))
        count = len(plain)
        yield error_figure("tails of growing speech", plain, language, 10.0)
        yield Figure(f"{language}: their first words", 100 * first / count, "%", count, 95.0, least=True)
        yield error_figure("the same with up to two words given", forced, language)
        yield error_figure("the same without the text before", alone, language)
        yield error_figure("the same late in a long text", late, language, 10.0)

    def _digits(self, name: str, recordings: Sequence[digits.DigitRecording], target: float) -> Figure:
        rng, numbers = self._random(name)
        speakers = digits.by_speaker(recordings)
        pairs = []
        for _ in tqdm(range(self._plan.digit_strings), desc="digits", leave=False):
            clip = digits.random_number(speakers, numbers)
            samples = as_cut(clip.samples, rng, numbers)
            pairs.append((clip.text, self._transcriber.transcribe(samples, "en")[0]))
        return Figure(name, digit_error_rate(pairs), "%", sum(len(text.split()) for text, _ in pairs), target)

    def _non_speech(self) -> Iterator[Figure]:
        """Minutes of silence, noise and music, which should give no text."""
        rng, numbers = self._random("nothing")
        left, texts, count, probabilities = self._plan.noise_minutes * 60, 0, 0, []
        with tqdm(total=round(left), unit="s", desc="no speech", leave=False) as bar:
            while left > 0:
                seconds = rng.uniform(1, 12)
                samples = noise.non_speech(seconds, numbers)
                text, probability = self._transcriber.transcribe(samples, rng.choice(LANGUAGES))
                # Like every Whisper decoder, the server drops text with a high no-speech probability.
                texts += bool(text) and probability < 0.6
                probabilities.append(probability)
                count, left = count + 1, left - seconds
                bar.update(round(seconds))
        yield Figure("texts in silence, noise and music", texts, "texts", count, 0.0)
        yield Figure("their median no-speech probability", float(np.median(probabilities)), "", count)


def as_cut(samples: Audio, rng: random.Random, numbers: np.random.Generator) -> Audio:
    """Pad a sentence as the server's segmenter cuts it: about 300 ms before and 200-300 ms after."""
    return with_floor(np.pad(samples, (rng.randint(3200, 5600), rng.randint(3200, 4800))), rng, numbers)


def with_floor(samples: Audio, rng: random.Random, numbers: np.random.Generator) -> Audio:
    """Return speech at a typical level over the faint noise of a quiet room."""
    peak = 10 ** rng.uniform(-1.0, -0.1)
    noise_floor = numbers.standard_normal(len(samples), np.float32) * np.float32(peak * 2e-3)
    return np.asarray(samples / (np.abs(samples).max() + 1e-6) * peak + noise_floor, np.float32)


def evaluate(
    folder: Path, known_texts: set[str], fsdd: Path | None, plan: EvaluationPlan, show: Callable[[str], None]
) -> list[Figure]:
    """Measure the exported model in ``folder``; ``show`` receives each figure as soon as it is available."""
    figures = []
    for figure in Evaluation(WindowTranscriber(folder, beam=BEAM), known_texts, fsdd, plan).figures():
        show(str(figure))
        figures.append(figure)
    return figures
