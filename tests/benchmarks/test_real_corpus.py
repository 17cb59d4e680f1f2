"""Joining recordings of people: trimming, levels, order and times."""

import json
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from benchmarks import real_corpus
from benchmarks.real_corpus import EDGE, Utterance, dialogue, joined_recordings, levelled, take, trimmed
from benchmarks.recordings import RATE_HZ, CorpusError, Recording, read_pcm
from benchmarks.speech_sets import SPEECH, TEST_SETS, Clip, noise_clips, read_set, speech_clips
from tests.conftest import ROOT


def clip(set_: str = "en_read", speaker: str = "a") -> Clip:
    return Clip(set_, Path(f"{speaker}.wav"), "Good morning.", "en", speaker)


def tone(seconds: float, level: float = 0.3) -> NDArray[np.float32]:
    return np.float32(level) * np.sin(np.arange(int(seconds * RATE_HZ)) * 0.3).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal(int(seconds * RATE_HZ), np.float32) * np.float32(1e-3)


def utterance(seconds: float = 1.0, set_: str = "en_read", speaker: str = "a", level: float = 0.3) -> Utterance:
    return trimmed(clip(set_, speaker), np.concatenate([silence(0.5), tone(seconds, level), silence(0.5)]))


def test_silence_at_both_ends_is_cut_off() -> None:
    found = trimmed(clip(), np.concatenate([silence(0.7), tone(1.0), silence(0.4)]))

    assert found.seconds == pytest.approx(1.0, abs=0.03)


def test_a_click_is_not_speech() -> None:
    click = np.concatenate([silence(0.5), tone(0.01), silence(0.5), tone(1.0), silence(0.5)])

    assert trimmed(clip(), click).seconds == pytest.approx(1.0, abs=0.03)


def test_the_longest_silence_inside_is_known() -> None:
    found = trimmed(clip(), np.concatenate([tone(0.5), silence(0.4), tone(0.5)]))

    assert found.inner_pause_s == pytest.approx(0.4, abs=0.03)


def test_the_clips_of_a_speaker_get_one_gain() -> None:
    loud, soft, other = levelled([utterance(level=0.2), utterance(level=0.1), utterance(speaker="b", level=0.05)])

    assert [round(20 * np.log10(np.abs(one.samples).max())) for one in (loud, soft, other)] == [-6, -12, -6]


def test_the_quiet_set_stays_quiet() -> None:
    quiet = utterance(set_="en_fleurs", level=0.01)

    assert np.array_equal(levelled([quiet])[0].samples, quiet.samples)


def test_a_dialogue_takes_the_sets_in_turn_and_no_utterance_with_a_pause() -> None:
    parts = [utterance(set_=name) for name in ("x", "x", "x", "y", "y", "y")]
    pausing = trimmed(clip("y"), np.concatenate([tone(0.5), silence(0.5), tone(0.5)]))

    assert [one.clip.set for one in dialogue([*parts, pausing], random.Random(1))] == ["x", "y"] * 3


def test_utterances_are_taken_until_they_last_long_enough() -> None:
    assert len(take([utterance(1.0)] * 9, 3.0, lambda: 0.5)) == 2


def test_a_missing_set_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"manifest\.jsonl.*--speech DIR"):
        speech_clips(["en_read"], tmp_path)


def test_a_line_that_lacks_a_field_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "en_read").mkdir()
    (tmp_path / "en_read" / "manifest.jsonl").write_text('{"file": "a.wav"}\n', encoding="utf-8")

    with pytest.raises(CorpusError, match=r"Line 1 .* is not a recording: KeyError\('text'\)"):
        read_set("en_read", tmp_path)


def test_the_speaker_kept_for_training_is_no_test_set() -> None:
    assert not any("S0150" in name for name in TEST_SETS)


def write_sets(folder: Path) -> None:
    """Write all sets, each of tones by one speaker."""
    audio = np.concatenate([silence(0.4), tone(3.0), silence(0.4)])
    for name in (*TEST_SETS, "noise"):
        (folder / name).mkdir(parents=True)
        language = {"en": "en", "zh": "zh-CN", "no": None}[name[:2]]
        lines = []
        for number in range(3):
            text = (
                "" if name == "noise" else f"我说的是第{number}句" if language == "zh-CN" else f"This is page {number}."
            )
            soundfile.write(folder / name / f"{number}.wav", audio, RATE_HZ)
            entry = {"file": f"{number}.wav", "text": text, "language": language, "speaker": name, "seconds": 3.8}
            lines.append(entry)
        (folder / name / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people")
    write_sets(path)
    return path


@pytest.fixture(scope="module")
def joined(folder: Path) -> dict[str, Recording]:
    return {recording.name: recording for recording in joined_recordings(folder, folder / "cache")}


def test_the_known_times_are_those_of_the_sound(joined: dict[str, Recording]) -> None:
    recording = joined["dialogue-mandarin"]
    pcm = np.abs(read_pcm(recording.path).astype(np.float32) / 32768)

    assert recording.language == "zh"
    for sentence in recording.sentences:
        start, end = (int((at_s or 0) * RATE_HZ) for at_s in (sentence.start_s, sentence.end_s))
        assert pcm[start + 800 : end - 800].max() > 0.2
        assert max(pcm[start - 2 * EDGE : start - EDGE].max(), pcm[end + EDGE : end + 2 * EDGE].max()) < 0.01


def test_reading_has_no_pause_that_ends_a_segment(joined: dict[str, Recording]) -> None:
    sentences = joined["reading-english"].sentences
    pauses = [(b.start_s or 0) - (a.end_s or 0) for a, b in pairwise(sentences)]

    assert len(pauses) == 2
    assert max(pauses) < 0.4


def test_noise_has_no_reference(joined: dict[str, Recording]) -> None:

    assert joined["noise"].sentences == []


def test_the_script_is_reproducible(folder: Path, joined: dict[str, Recording]) -> None:
    again = joined_recordings(folder, folder / "again")

    assert [one.path.read_bytes() for one in again] == [joined[one.name].path.read_bytes() for one in again]


def test_the_speech_sets_name_their_files() -> None:
    folder = ROOT / SPEECH
    if not folder.is_dir():
        pytest.skip(f"the recordings of people are missing: {SPEECH}")

    for name in TEST_SETS:
        assert all(one.path.exists() and one.language in ("en", "zh") for one in read_set(name, folder))
    assert not any("song" in one.name for one in noise_clips(folder))
    assert real_corpus.QUIET_SET in TEST_SETS
