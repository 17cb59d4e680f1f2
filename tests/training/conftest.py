"""Fixtures of the training tests: a vocabulary, the synthesiser if installed, and a tiny model."""

import random
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

torch = pytest.importorskip("torch", reason="needs the training extra: pip install 'theresa[training]'")

from theresa_training.batches import Batch  # noqa: E402
from theresa_training.examples import IGNORE  # noqa: E402
from theresa_training.model import ModelSize, make_model  # noqa: E402
from theresa_training.speech import SpeechError, Synthesiser, synthesiser  # noqa: E402
from theresa_training.tokenizer import TokenIds, train_tokenizer  # noqa: E402
from theresa_training.train import LearningSchedule, Model, Trainer  # noqa: E402

TINY = ModelSize(width=32, encoder_layers=1, decoder_layers=1, heads=4)
SYMBOLS = 8


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def speaker() -> Synthesiser:
    try:
        return synthesiser()
    except SpeechError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def tokenizer_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "tokenizer.json"
    train_tokenizer(path, sentences=3000)
    return path


@pytest.fixture(scope="session")
def tokenizer(tokenizer_path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(tokenizer_path))


@pytest.fixture(scope="session")
def ids(tokenizer: Tokenizer) -> TokenIds:
    return TokenIds.of(tokenizer)


@pytest.fixture
def tiny_model(tokenizer: Tokenizer, ids: TokenIds) -> Model:
    return make_model(TINY, tokenizer.get_vocab_size(), ids, tokenizer.encode(" ").ids[0])


@pytest.fixture
def trainer(tiny_model: Model) -> Trainer:
    torch.manual_seed(1)
    return Trainer(tiny_model, SYMBOLS, LearningSchedule(steps=12, warmup=2, rate=3e-3, report_every=1))


def make_batches(ids: TokenIds, count: int, seed: int = 0) -> list[Batch]:
    """Two-token sentences that can be read off the loudest mel channel."""
    rng = np.random.default_rng(seed)
    batches = []
    for _ in range(count):
        words = rng.integers(0, 6, 8)
        features = rng.standard_normal((8, 80, 100)).astype(np.float32) * 0.1
        features[np.arange(8), words * 10] += 2.0
        start = [ids.start_of_transcript, ids.languages["en"], ids.transcribe, ids.no_timestamps]
        inputs = np.array([[*start, 300 + word] for word in words])
        targets = np.array([[start[1], start[2], IGNORE, 300 + word, ids.end_of_text] for word in words])
        token_times = np.full((8, 5, 2), -1, np.float32)
        token_times[:, 3] = (0.2, 0.6)
        batches.append(Batch(features, inputs, targets, token_times, tuple((int(word), 7) for word in words)))
    return batches


@pytest.fixture
def rng() -> random.Random:
    return random.Random(11)
