"""The detector and the segmenter on recordings with known times."""

import json
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from tests.serving import read
from theresa_server.audio.activity import Activity
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import decode
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector, webrtc_vad

SHARED = Path(__file__).parents[4] / "shared"
SENTENCES = SHARED / "lab" / "models" / "heldout"
DIGITS = SHARED / "data" / "fsdd"
needs_sentences = pytest.mark.skipif(not SENTENCES.is_dir(), reason="recordings of sentences are not at ../shared/lab")
needs_digits = pytest.mark.skipif(not DIGITS.is_dir(), reason="recordings of digits are not at ../shared/data/fsdd")

Times = list[tuple[float, float]]


def segments(pcm: Pcm) -> Times:
    config = SegmenterConfig()
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    events = [*segmenter.feed(pcm), *segmenter.flush("end")]
    return [(e.start / SAMPLE_RATE_HZ, e.end / SAMPLE_RATE_HZ) for e in events if isinstance(e, SegmentClosed)]


def around(time: float, found: Times) -> tuple[float, float] | None:
    return next(((start, end) for start, end in found if start <= time <= end), None)


def noise(level_db: float, seconds: float) -> Pcm:
    values = np.random.default_rng(5).standard_normal(int(seconds * SAMPLE_RATE_HZ))
    return np.asarray(np.clip(values * 10 ** (level_db / 20) * 32768, -32768, 32767), np.int16)


def sentences(language: str) -> list[tuple[Pcm, Times, list[float]]]:
    """Return recordings with the times of their sentences and the starts of their words."""
    recordings = []
    for reference in json.loads((SENTENCES / "references.json").read_text()):
        if reference["lang"] == language:
            pcm, _ = soundfile.read(SENTENCES / reference["file"], dtype="int16")
            spoken = [(sentence["start"], sentence["end"]) for sentence in reference["sentences"]]
            words = [start for sentence in reference["sentences"] for _, start in sentence["words"]]
            recordings.append((pcm, spoken, words))
    return recordings


def digits(speaker: str) -> tuple[Pcm, Times]:
    """Return ten digits with pauses of 0.7 s over quiet noise, and their times."""
    parts: list[NDArray[np.float32]] = []
    spoken: Times = []
    for digit in range(10):
        narrow, rate_hz = soundfile.read(DIGITS / f"{digit}_{speaker}_0.wav", dtype="float32")
        parts.append(np.zeros(int(0.7 * SAMPLE_RATE_HZ), np.float32))
        begin = sum(part.size for part in parts)
        parts.append(soxr.resample(narrow / np.abs(narrow).max() * 0.3, rate_hz, SAMPLE_RATE_HZ))
        spoken.append((begin / SAMPLE_RATE_HZ, (begin + parts[-1].size) / SAMPLE_RATE_HZ))
    parts.append(np.zeros(SAMPLE_RATE_HZ, np.float32))
    joined = np.concatenate(parts)
    return np.asarray(joined * 32768, np.int16) + noise(-60, 60)[: joined.size], spoken


@needs_sentences
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_begins_within_a_segment(language: str) -> None:
    for pcm, _, words in sentences(language):
        found = segments(pcm)
        assert [word for word in words if not around(word, found)] == []


@needs_sentences
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_ends_within_the_segment_it_begins_in(language: str) -> None:
    for pcm, spoken, _ in sentences(language):
        found = segments(pcm)
        assert all(around(start, found) == around(end, found) is not None for start, end in spoken)


@needs_sentences
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pause_of_700_ms_separates_sentences(language: str) -> None:
    for pcm, spoken, _ in sentences(language):
        found = segments(pcm)
        for (start, end), (next_start, next_end) in pairwise(spoken):
            if next_start - end >= 0.7:
                assert around((start + end) / 2, found) != around((next_start + next_end) / 2, found)


@needs_digits
@pytest.mark.parametrize("speaker", ["george", "jackson", "lucas", "nicolas", "yweweler"])
def test_every_digit_is_a_segment_of_its_own(speaker: str) -> None:
    pcm, spoken = digits(speaker)
    found = segments(pcm)
    assert len(found) == len(spoken)
    for (start, end), (digit_start, digit_end) in zip(found, spoken, strict=True):
        assert start <= digit_start <= (digit_start + digit_end) / 2 <= end


def test_digital_silence_opens_nothing() -> None:
    assert segments(np.zeros(20 * SAMPLE_RATE_HZ, np.int16)) == []


def test_steady_noise_opens_nothing() -> None:
    assert segments(noise(-40, 20)) == []


@pytest.mark.parametrize("frame_ms", [10, 20, 30])
def test_the_detector_takes_frames_of_every_length(frame_ms: int) -> None:
    frames = np.zeros((2, frame_ms * SAMPLE_RATE_HZ // 1000), np.int16)
    assert webrtc_vad(3)(frames) == make_detector(3, 0.5)(frames) == [Activity.SILENCE] * 2


def test_an_unknown_aggressiveness_is_rejected() -> None:
    with pytest.raises(ValueError, match="aggressiveness must be 0, 1, 2 or 3, not 4"):
        webrtc_vad(4)


REAL = SHARED / "data" / "real"
needs_real_recordings = pytest.mark.skipif(not REAL.is_dir(), reason="real recordings are not at ../shared/data/real")
WORDLESS = ["typing.wav", "applause.wav", "sb_noise3.wav", "sb_noise5.wav", "office_ambience.mp3"]
SPEECH = ["en_read/libri_6930-75918-0000.flac", "en_fleurs/fleurs_en_004.ogg", "zh_aishell_S0252/BAC009S0252W0121.flac"]


def real(name: str) -> Pcm:
    return np.concatenate(list(decode((REAL / name).read_bytes(), 600)))


def at_peak(pcm: Pcm, peak_db: float) -> Pcm:
    """Return a recording with this peak, in dBFS."""
    return np.rint(pcm * (32_767 * 10 ** (peak_db / 20) / np.abs(pcm.astype(int)).max())).astype(np.int16)


def seconds(found: Times) -> float:
    return sum(end - start for start, end in found)


def tones() -> dict[str, NDArray[np.float64]]:
    time = np.arange(10 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    return {
        "hum": 3_000 * np.sin(2 * np.pi * 50 * time),
        "dial": 6_000 * (np.sin(2 * np.pi * 697 * time) + np.sin(2 * np.pi * 1_209 * time)) * (time % 0.4 < 0.2),
        "busy": 8_000 * np.sin(2 * np.pi * 425 * time) * (time % 1 < 0.5),
        "sweep": 5_000 * np.sin(2 * np.pi * (200 + 300 * time) * time),
    }


@pytest.mark.parametrize("name", tones())
def test_tones_open_nothing(name: str) -> None:
    assert segments(tones()[name].astype(np.int16)) == []


def test_loud_noise_opens_nothing() -> None:
    assert segments(noise(-20, 20)) == []


@needs_real_recordings
@pytest.mark.parametrize("name", WORDLESS)
def test_sounds_without_a_voice_open_nothing(name: str) -> None:
    assert segments(real(f"noise/{name}")) == []


@needs_real_recordings
@pytest.mark.parametrize("name", SPEECH)
def test_a_quiet_voice_is_detected_like_a_loud_one(name: str) -> None:
    pcm = real(name)
    assert seconds(segments(at_peak(pcm, -50))) == pytest.approx(seconds(segments(at_peak(pcm, -12))), rel=0.1)


@needs_real_recordings
@pytest.mark.parametrize("name", SPEECH)
def test_an_offset_and_hum_hide_no_quiet_voice(name: str) -> None:
    quiet = at_peak(real(name), -45)
    hum = 3_277 + 3_277 * np.sin(np.arange(quiet.size) * 2 * np.pi * 50 / SAMPLE_RATE_HZ)
    assert seconds(segments((quiet + hum).astype(np.int16))) == pytest.approx(seconds(segments(quiet)), rel=0.1)


@needs_real_recordings
@pytest.mark.parametrize("name", SPEECH)
def test_a_voice_30_db_quieter_than_the_one_before_is_detected(name: str) -> None:
    loud, quiet = at_peak(real(name), -12), at_peak(real(name), -42)
    pause = noise(-75, 2)
    joined = np.concatenate([loud, pause, quiet, pause])
    found = [(start, end) for start, end in segments(joined) if start > (loud.size + SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ]
    assert seconds(found) > 0.85 * seconds(segments(quiet))


def test_what_a_detector_says_does_not_depend_on_how_many_frames_it_gets_at_once() -> None:
    speech = read("english")[: 6 * SAMPLE_RATE_HZ]
    frames = (speech + noise(-40, 6)[: speech.size])[: speech.size // 320 * 320].reshape(-1, 320)
    one, several = make_detector(2, 0.5), make_detector(2, 0.5)
    single = [one(frames[at : at + 1])[0] for at in range(len(frames))]
    assert [activity for at in range(0, len(frames), 5) for activity in several(frames[at : at + 5])] == single


@needs_real_recordings
def test_music_behind_a_voice_does_not_keep_its_segment_open() -> None:
    voice, music = real(SPEECH[0]), real("noise/vibe_ace.ogg")[: 20 * SAMPLE_RATE_HZ]
    mixed = np.rint(music * 0.1).astype(np.int16)
    mixed[3 * SAMPLE_RATE_HZ : 3 * SAMPLE_RATE_HZ + voice.size] += voice // 2
    voice_end = 3 + voice.size / SAMPLE_RATE_HZ
    assert max(end for start, end in segments(mixed) if start < voice_end) < voice_end + 1


@pytest.mark.parametrize("sizes", [[320], [1, 7, 4_000]])
def test_the_segments_do_not_depend_on_the_chunks(sizes: list[int]) -> None:
    pcm = np.concatenate([tones()["dial"].astype(np.int16), read("english")[: 5 * SAMPLE_RATE_HZ]])
    config = SegmenterConfig()
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    events, at = [], 0
    for size in cycle(sizes):
        events += segmenter.feed(pcm[at : at + size])
        at += size
        if at >= pcm.size:
            break
    events += segmenter.flush("end")
    assert [(e.start / SAMPLE_RATE_HZ, e.end / SAMPLE_RATE_HZ) for e in events if isinstance(e, SegmentClosed)] == (
        segments(pcm)
    )


def test_a_threshold_of_zero_leaves_out_the_second_detector() -> None:
    config = SegmenterConfig(voice_threshold=0)
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    assert segmenter.feed(tones()["busy"].astype(np.int16)) != []
