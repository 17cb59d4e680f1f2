"""Batches of examples of similar length, made by producer processes ahead of the training loop."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from theresa_training import digits
from theresa_training.examples import FEW, IGNORE, LONG, SINGLE, TAIL, Example, ExampleKind, ExampleSampler
from theresa_training.features import MAX_FRAMES, MELS
from theresa_training.pool import Pool
from theresa_training.tokenizer import TokenIds

FLOOR_FRAMES = 100
"""Shortest window."""

STEP_FRAMES = 40
STEP_TOKENS = 8
QUEUE = 16
"""Batches that wait for the training loop."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays for one training step."""

    features: NDArray[np.floating[Any]]
    """(n, 80, frames), float32 or float16."""

    inputs: NDArray[np.int64]
    """(n, tokens)."""

    targets: NDArray[np.int64]
    """(n, tokens)."""

    token_times: NDArray[np.float32]
    """(n, tokens, 2) in seconds, -1 for none."""

    phonemes: tuple[tuple[int, ...], ...]
    kind: str = ""
    """Name of the kind of all examples."""


@dataclass(frozen=True, slots=True)
class ProducerConfig:
    """What a producer process needs: location of the data, seed, and the size of a batch."""

    pool: Path
    tokenizer: Path
    symbols: tuple[str, ...]
    fsdd: Path | None
    seed: int
    frames: int = 8_000
    """Batch size in frames of 10 ms."""

    continued: bool = False
    """The model is pretrained and skips the easy start of the curriculum."""

    compact: bool = False
    """Send features as float16."""


Shares = tuple[tuple[ExampleKind, float], ...]
_BEGINNING: tuple[tuple[float, Shares], ...] = (
    (0.33, ((SINGLE, 0.93), (FEW, 0.07))),
    (0.50, ((SINGLE, 0.57), (FEW, 0.30), (LONG, 0.08), (TAIL, 0.05))),
    (0.80, ((SINGLE, 0.15), (FEW, 0.35), (LONG, 0.32), (TAIL, 0.18))),
    (1.00, ((SINGLE, 0.10), (FEW, 0.15), (LONG, 0.47), (TAIL, 0.28))),
)
_CONTINUED: Shares = ((SINGLE, 0.13), (FEW, 0.14), (LONG, 0.45), (TAIL, 0.28))


def choose_kind(progress: float, draw: float, continued: bool = False) -> ExampleKind:
    """Return the kind of example at a progress in [0, 1], for a uniform draw in [0, 1): the curriculum.

    It begins with single sentences, then mostly windows of up to three, then every kind. Some long windows come early,
    because a model that has seen only short ones fails on long ones. Most are long at the end, because their late
    positions take longest to learn and occur in no other kind, while words occur in all. A pretrained model begins
    with that last mix.
    """
    shares = _CONTINUED if continued else next(shares for end, shares in _BEGINNING if progress <= end)
    for kind, share in shares:
        draw -= share
        if draw < 0:
            return kind
    return shares[-1][0]


def window_frames(longest: int, progress: float, rng: np.random.Generator, continued: bool = False) -> int:
    """Return the encoder window of a batch: mostly a small margin, sometimes a large one, sometimes the full 30 s.

    Short windows and Whisper's zero padding to 30 s must give the same text.
    """
    draw = rng.random()
    if draw < (0.1 if continued else 0.05 if progress > 0.6 else 0.02):
        frames = MAX_FRAMES
    elif draw < 0.25:
        frames = max(FLOOR_FRAMES, longest + int(rng.integers(0, 600)))
    else:
        frames = max(FLOOR_FRAMES, longest + int(rng.integers(0, 90)))
    # Limit the number of distinct shapes: the matrix library compiles code for each.
    return min(MAX_FRAMES, -(-max(frames, longest) // STEP_FRAMES) * STEP_FRAMES)


def collate(examples: Sequence[Example], frames: int, end_of_text: int, rng: np.random.Generator) -> Batch:
    """Pad examples to one window: most with Whisper's zeros after normalisation, some with the level of silence."""
    tokens = -(-max(len(example.inputs) for example in examples) // STEP_TOKENS) * STEP_TOKENS
    count = len(examples)
    features = np.zeros((count, MELS, frames), np.float32)
    inputs = np.full((count, tokens), end_of_text, np.int64)
    targets = np.full((count, tokens), IGNORE, np.int64)
    token_times = np.full((count, tokens, 2), -1, np.float32)
    for row, example in enumerate(examples):
        width = example.features.shape[1]
        features[row, :, :width] = example.features
        if rng.random() < 0.25:
            features[row, :, width:] = example.features.min()
        inputs[row, : len(example.inputs)] = example.inputs
        targets[row, : len(example.targets)] = example.targets
        for column, span in enumerate(example.token_times):
            if span is not None:
                token_times[row, column] = span
    return Batch(features, inputs, targets, token_times, tuple(example.phonemes for example in examples))


def _named(batch: Batch, kind: ExampleKind, compact: bool) -> Batch:
    features = batch.features.astype(np.float16) if compact else batch.features
    return replace(batch, features=features, kind=kind.name)


def chunk(
    examples: ExampleSampler, config: ProducerConfig, progress: float, end_of_text: int, rng: np.random.Generator
) -> list[Batch]:
    """Return several batches of one kind of example, grouped by length, in random order."""
    kind = choose_kind(progress, rng.random(), config.continued)
    # Begin with clean speech: on noisy speech alone, attention takes several times longer to form.
    clean = 0.3 if config.continued else max(0.4, 0.6 - progress)
    drawn = [examples.draw(kind, clean) for _ in range(max(1, kind.chunk * config.frames // 8_000))]
    drawn.sort(key=lambda example: -example.features.shape[1])
    batches: list[Batch] = []
    while drawn:
        frames = window_frames(drawn[0].features.shape[1], progress, rng, config.continued)
        # Padding costs as much as speech: a widely padded batch keeps one example of four and drops the others.
        count = max(1, config.frames // frames)
        padded = frames > drawn[0].features.shape[1] + 200
        group, drawn = drawn[:count], drawn[count * (4 if padded else 1) :]
        batches.append(_named(collate(group, frames, end_of_text, rng), kind, config.compact))
    rng.shuffle(batches)
    return batches


def leave_with_parent() -> None:
    """Exit this process soon after its parent has ended for any reason."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _produce(queue: "multiprocessing.Queue[Batch]", config: ProducerConfig, progress: "Synchronized[float]") -> None:
    torch.set_num_threads(1)
    leave_with_parent()
    tokenizer = Tokenizer.from_file(str(config.tokenizer))
    end_of_text = TokenIds.of(tokenizer).end_of_text
    recordings = digits.for_training(digits.load(config.fsdd)) if config.fsdd else []
    pool = Pool(config.pool)
    examples = ExampleSampler(pool, recordings, tokenizer, config.symbols, config.seed)
    rng = np.random.default_rng(config.seed)
    while True:
        for batch in chunk(examples, config, progress.value, end_of_text, rng):
            queue.put(batch)


class Producers:
    """Producer processes and their bounded queue. Iterating yields batches endlessly; close it when done."""

    def __init__(self, config: ProducerConfig, processes: int = 1) -> None:
        context = multiprocessing.get_context("spawn")  # fork is not safe once torch has threads
        self._queue: multiprocessing.Queue[Batch] = context.Queue(QUEUE)
        self._progress: Synchronized[float] = context.Value("d", 0.0)
        self._processes = [
            context.Process(
                target=_produce,
                args=(self._queue, replace(config, seed=config.seed + 7919 * number), self._progress),
                daemon=True,
            )
            for number in range(processes)
        ]
        for process in self._processes:
            process.start()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            while True:
                try:
                    batch = self._queue.get(timeout=5)
                    break
                except Empty:
                    if not all(process.is_alive() for process in self._processes):
                        raise RuntimeError("A producer process ended unexpectedly: see its error above.") from None
            yield batch

    def set_progress(self, progress: float) -> None:
        """Send the training progress to the producers, which follow the curriculum."""
        self._progress.value = progress

    def close(self) -> None:
        """Stop the processes."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(5)
