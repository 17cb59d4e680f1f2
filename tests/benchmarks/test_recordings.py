"""Recordings of the user, and scripted ones."""

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from benchmarks import corpus
from benchmarks.load_generator import build_frames
from benchmarks.recordings import CorpusError, Recording, Sentence, cut, read_folder, read_pcm
from tests.serving import SAMPLES
from theresa_training.speech import SpeechError, synthesiser


@pytest.fixture
def _synthesiser() -> None:
    try:
        synthesiser()
    except SpeechError as error:
        pytest.skip(str(error))


def record(path: Path, rate_hz: int = 16_000, channels: int = 1) -> None:
    soundfile.write(path, np.zeros((rate_hz // 2, channels)), rate_hz)


def test_a_file_with_a_reference_is_a_recording(tmp_path: Path) -> None:
    record(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("language: zh\n你好。\n", encoding="utf-8")
    [recording] = read_folder(tmp_path)

    assert (recording.name, recording.language, recording.seconds) == ("a", "zh", 0.5)
    assert recording.sentences == [Sentence("你好。", "zh")]


def test_any_audio_is_converted_to_16_khz_mono(tmp_path: Path) -> None:
    record(tmp_path / "a.flac", 44_100, 2)

    assert read_pcm(tmp_path / "a.flac").shape == (8_000,)


def test_16_khz_audio_is_read_unchanged() -> None:
    assert np.array_equal(read_pcm(SAMPLES / "both.flac"), soundfile.read(SAMPLES / "both.flac", dtype="int16")[0])


def test_an_index_contains_sentence_times() -> None:
    english = next(recording for recording in read_folder(SAMPLES) if recording.name == "english")

    assert english.sentences[0] == Sentence("Good morning.", "en", 0.5, 1.231)


def test_a_missing_reference_is_an_error(tmp_path: Path) -> None:
    record(tmp_path / "a.wav")

    with pytest.raises(CorpusError, match=r"a\.txt"):
        read_folder(tmp_path)


def test_a_folder_without_recordings_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"\*\.wav"):
        read_folder(tmp_path)


def test_a_cut_recording_ends_with_a_whole_sentence(tmp_path: Path) -> None:
    english = next(recording for recording in read_folder(SAMPLES) if recording.name == "english")
    first = english.sentences[0]
    shorter = cut(english, 3.0, tmp_path)

    assert shorter.sentences == [first]
    assert shorter.seconds == pytest.approx((first.end_s or 0) + 1.0)
    assert read_pcm(shorter.path).size == int(shorter.seconds * 16_000)


def test_a_recording_without_times_keeps_its_reference(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", 48_000)
    shorter = cut(Recording("a", tmp_path / "a.wav", [Sentence("one two", "en")], 24_000 / 48_000), 0.25, tmp_path)

    assert shorter.sentences == [Sentence("one two", "en")]
    assert shorter.seconds == 0.25


def test_a_short_recording_is_not_cut(tmp_path: Path) -> None:
    english = next(recording for recording in read_folder(SAMPLES) if recording.name == "english")

    assert cut(english, 600.0, tmp_path) is english


@pytest.mark.usefixtures("_synthesiser")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pauses_of_a_monologue_are_shorter_than_an_endpoint(language: corpus.Language) -> None:
    lines = corpus.monologue(language, random.Random(1), seconds=10)

    assert len(lines) > 2
    assert max(line.pause_s for line in lines) < 0.4
    assert {line.voice for line in lines} == {corpus.VOICES[language][0]}


@pytest.mark.usefixtures("_synthesiser")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_script_is_reproducible(language: corpus.Language) -> None:
    one, other = (corpus.dialogue(language, random.Random(7), seconds=8) for _ in range(2))

    assert [line.sentence.text for line in one] == [line.sentence.text for line in other]


@pytest.mark.parametrize("chunk_ms", [2, 20, 100])
def test_the_load_generator_builds_valid_websocket_frames(chunk_ms: int) -> None:
    pcm = np.arange(1_600, dtype=np.int16)
    reader = StreamReader()
    received = b""
    for data in build_frames(pcm, chunk_ms):
        reader.feed_data(data)
        parsing = Frame.parse(reader.read_exact, mask=True)
        with pytest.raises(StopIteration) as done:
            next(parsing)
        frame = done.value.value
        assert frame.opcode is Opcode.BINARY
        received += frame.data

    assert received == pcm.tobytes()
