"""The pool: synthesised sentences on disk, made once and combined differently in every training example."""

import json
import multiprocessing
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from theresa_training import grammar_en, grammar_zh, voices
from theresa_training.errors import TrainingError
from theresa_training.grammar import LANGUAGES, Language, Sentence
from theresa_training.speech import RATE_HZ, SpeechError, SynthesisedSpeech, synthesiser

SHARD_CLIPS = 500
MAX_INVENTED_VOICES = 200  # eSpeak NG can list 349 voices and variants (N_VOICES_LIST); about 120 are installed.
_ENGLISH_SHARE = 0.55


class PoolError(TrainingError):
    """The pool is missing or empty."""


@dataclass(frozen=True, slots=True)
class Clip:
    """An utterance with its aligned units: 16 kHz float32; times are in seconds from the first sample."""

    language: Language
    units: tuple[str, ...]
    """The written units."""

    starts: tuple[float, ...]
    """Start of each unit."""

    ends: tuple[float, ...]
    """End of each unit."""

    phonemes: tuple[tuple[str, float], ...]
    """Phoneme symbols and their times."""

    samples: NDArray[np.float32]
    voice: str

    @property
    def text(self) -> str:
        """The transcript."""
        return "".join(self.units).strip()

    @property
    def seconds(self) -> float:
        """The duration."""
        return len(self.samples) / RATE_HZ


def random_sentence(language: Language, rng: random.Random) -> Sentence:
    """Return a random sentence of the demo domain."""
    return grammar_en.sentence(rng) if language == "en" else grammar_zh.sentence(rng)


def clip_of(sentence: Sentence, speech: SynthesisedSpeech, voice: str) -> Clip:
    """Combine a sentence and its speech into a clip."""
    units = tuple(unit.text for unit in sentence.units)
    ends = (*speech.starts[1:], speech.seconds)
    return Clip(sentence.language, units, speech.starts, ends, speech.phonemes, speech.samples, voice)


def random_clip(rng: random.Random, variants: Sequence[str], language: Language | None = None) -> Clip:
    """Synthesise a random sentence of the domain in a random voice with one of ``variants``.

    Raises:
        SpeechError: when eSpeak NG returns no audio five times in a row.
    """
    for _ in range(5):
        chosen = language or (LANGUAGES[0] if rng.random() < _ENGLISH_SHARE else LANGUAGES[1])
        sentence = random_sentence(chosen, rng)
        voice = voices.choose(chosen, variants, rng)
        try:
            speech = synthesiser().synthesise(sentence, voice)
        except SpeechError:
            continue  # some variants are silent at some pitches
        return clip_of(sentence, speech, voice.name)
    raise SpeechError("eSpeak NG returned no audio five times in a row: check the installation with `espeak-ng hello`.")


def write_shard(shard: tuple[Path, int, int]) -> int:
    """Write one shard (``<number>.pcm``, ``<number>.json``) for (folder, number, clips); existing shards are kept."""
    folder, number, count = shard
    index = folder / f"{number:05d}.json"
    if index.exists():
        return count
    rng = random.Random(f"shard-{number}")
    variants = voices.training_variants(synthesiser().variants())
    records = []
    with (folder / f"{number:05d}.pcm").open("wb") as stream:
        for _ in range(count):
            clip = random_clip(rng, variants)
            offset = stream.tell() // 2
            stream.write((clip.samples * 32767).astype("<i2").tobytes())
            phonemes = [(symbol, round(at, 3)) for symbol, at in clip.phonemes]
            records.append([clip.language, clip.units, clip.starts, phonemes, offset, len(clip.samples), clip.voice])
    # The index is written last and atomically, so readers never see an incomplete shard.
    temporary = index.with_suffix(".part")
    temporary.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    temporary.rename(index)
    return count


def add_voices(count: int, folder: Path) -> None:
    """Add random voice variants to a copy of eSpeak NG's data in ``folder``; child processes then use that copy.

    Raises:
        TrainingError: when eSpeak NG cannot list that many.
    """
    if count > MAX_INVENTED_VOICES:
        raise TrainingError(f"At most {MAX_INVENTED_VOICES} voices can be added, not {count}.")
    data = folder / "espeak-ng-data"
    shutil.copytree(synthesiser().data, data, ignore=_other_languages, dirs_exist_ok=True)
    for number in range(count):
        name = f"invented{number:03d}"
        text = voices.random_variant(name, random.Random(name))
        (data / "voices" / "!v" / name).write_text(text, encoding="utf-8")
    os.environ["ESPEAK_DATA_PATH"] = str(folder)


def _other_languages(folder: str, names: list[str]) -> list[str]:
    """Return the files that the two languages do not need or that would fill eSpeak NG's list of voices."""
    if Path(folder).name == "lang":
        return [name for name in names if name not in ("gmw", "sit")]
    dictionaries = [name for name in names if name.endswith("_dict")]
    return [name for name in names if name.startswith("mb")] + [d for d in dictionaries if d[:-5] not in ("en", "cmn")]


def make_pool(folder: Path, clips: int, processes: int, extra_voices: int = 0) -> None:
    """Synthesise at least ``clips`` clips into ``folder``, in whole shards; existing shards are kept.

    ``extra_voices`` random voices are used in addition to the installed ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    synthesiser()  # fail once here if the library is missing, not once per process
    if extra_voices:
        add_voices(extra_voices, folder.parent)
    shards = [(folder, number, SHARD_CLIPS) for number in range(-(-clips // SHARD_CLIPS))]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as workers, tqdm(total=len(shards) * SHARD_CLIPS, unit="clip", desc="speech") as bar:
        for count in workers.imap_unordered(write_shard, shards):
            bar.update(count)


class Pool:
    """Random access to the clips of a folder."""

    def __init__(self, folder: Path) -> None:
        """Open the pool.

        Raises:
            PoolError: when the folder has no clips.
        """
        self._folder = folder
        self._shards: dict[str, NDArray[np.int16]] = {}
        self._records: dict[Language, list[tuple[str, list[object]]]] = {"en": [], "zh": []}
        self.refresh()
        if not len(self):
            raise PoolError(f"No speech in {folder}: run `theresa-train data` first.")

    def __len__(self) -> int:
        return sum(len(records) for records in self._records.values())

    def refresh(self) -> None:
        """Add the shards that have been finished since the last call."""
        for index in sorted(self._folder.glob("*.json")):
            if index.stem in self._shards:
                continue
            self._shards[index.stem] = np.memmap(index.with_suffix(".pcm"), "<i2", "r")
            for record in json.loads(index.read_text(encoding="utf-8")):
                self._records[record[0]].append((index.stem, record))

    def choose(self, language: Language, rng: random.Random) -> Clip:
        """Return a random clip of a language."""
        return self._clip(*rng.choice(self._records[language]))

    def texts(self) -> set[str]:
        """Return all texts of the pool, which held-out sentences must not repeat."""
        return {
            "".join(record[1]).strip()  # type: ignore[arg-type]
            for records in self._records.values()
            for _, record in records
        }

    def symbols(self) -> list[str]:
        """Return the phoneme symbols of the pool, sorted."""
        found = {
            symbol
            for records in self._records.values()
            for _, record in records
            for symbol, _ in record[3]  # type: ignore[attr-defined]
        }
        return sorted(found)

    def _clip(self, shard: str, record: list[object]) -> Clip:
        language, units, starts, phonemes, offset, length, voice = record
        samples = self._shards[shard][offset : offset + length].astype(np.float32) / 32768  # type: ignore[operator]
        marks = tuple((symbol, at) for symbol, at in phonemes)  # type: ignore[attr-defined]
        ends = (*starts[1:], len(samples) / RATE_HZ)  # type: ignore[index]
        return Clip(language, tuple(units), tuple(starts), ends, marks, samples, voice)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Clip]:
        for records in self._records.values():
            for shard, record in records:
                yield self._clip(shard, record)
