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
from benchmarks.recordings import CorpusError, Sentence, read_folder, read_pcm
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
