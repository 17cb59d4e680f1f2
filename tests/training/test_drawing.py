"""Examples and batches from a real, small pool of speech."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from theresa_training.batches import ProducerConfig, chunk
from theresa_training.context import MAX_TOKENS
from theresa_training.errors import TrainingError
from theresa_training.examples import IGNORE, KINDS, LONG, TAIL, ExampleKind, ExampleSampler
from theresa_training.pool import MAX_INVENTED_VOICES, Pool, add_voices, write_shard
from theresa_training.speech import Synthesiser
from theresa_training.tokenizer import TokenIds


@pytest.fixture(scope="module")
def pool(speaker: Synthesiser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    write_shard((folder, 0, 30))
    return folder


@pytest.fixture
def examples(pool: Path, tokenizer: Tokenizer) -> ExampleSampler:
    loaded = Pool(pool)
    return ExampleSampler(loaded, [], tokenizer, loaded.symbols(), seed=1)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_examples_of_every_kind_fit_the_model(examples: ExampleSampler, kind: ExampleKind) -> None:
    for _ in range(15):
        example = examples.draw(kind)
        assert example.features.shape[0] == 80
        assert 0 < example.features.shape[1] <= 3000
        assert len(example.inputs) == len(example.targets) == len(example.token_times) <= 448


def test_most_tails_follow_text_and_none_has_timestamps(examples: ExampleSampler, ids: TokenIds) -> None:
    drawn = [examples.draw(TAIL) for _ in range(40)]
    assert sum(example.inputs[0] == ids.start_of_previous for example in drawn) > 25
    assert all(max(example.inputs) <= ids.no_timestamps for example in drawn)


def test_text_before_a_tail_is_not_learnt(examples: ExampleSampler, ids: TokenIds) -> None:
    for example in (examples.draw(TAIL) for _ in range(40)):
        start = example.inputs.index(ids.start_of_transcript)
        assert {*example.targets[:start]} <= {IGNORE}


@pytest.mark.parametrize("kind", [LONG, TAIL], ids=lambda kind: kind.name)
def test_the_text_before_a_window_has_any_length_that_servers_give(
    examples: ExampleSampler, ids: TokenIds, kind: ExampleKind
) -> None:
    drawn = [examples.draw(kind) for _ in range(200)]
    lengths = [example.inputs.index(ids.start_of_transcript) for example in drawn]
    assert max(lengths) == 1 + MAX_TOKENS
    assert {length // 40 for length in lengths} == set(range(1 + MAX_TOKENS // 40))


def test_a_chunk_is_of_one_kind_and_keeps_to_its_frames(
    examples: ExampleSampler, pool: Path, tokenizer_path: Path
) -> None:
    config = ProducerConfig(pool, tokenizer_path, (), None, seed=1, frames=6_000, continued=True, compact=True)
    batches = chunk(examples, config, 0.5, 1, np.random.default_rng(3))
    assert len({batch.kind for batch in batches}) == 1
    assert all(batch.features.dtype == np.float16 for batch in batches)
    assert all(
        len(batch.features) == 1 or batch.features.shape[0] * batch.features.shape[2] <= 6_000 for batch in batches
    )


def test_invented_voices_speak_both_languages(
    speaker: Synthesiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESPEAK_DATA_PATH", "")
    add_voices(MAX_INVENTED_VOICES, tmp_path)
    assert os.environ["ESPEAK_DATA_PATH"] == str(tmp_path)
    code = (
        "import random\n"
        "from theresa_training.pool import random_clip\n"
        "for language in ('en', 'zh'):\n"
        f"    clip = random_clip(random.Random(1), ['invented{MAX_INVENTED_VOICES - 1:03d}'], language)\n"
        "    print(clip.language, clip.voice, clip.seconds > 0.2)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["en", "zh"]
    assert all(line.endswith(f"+invented{MAX_INVENTED_VOICES - 1:03d} True") for line in lines)


def test_more_voices_than_can_be_listed_is_a_clear_error(speaker: Synthesiser, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"At most {MAX_INVENTED_VOICES} voices"):
        add_voices(MAX_INVENTED_VOICES + 1, tmp_path)
