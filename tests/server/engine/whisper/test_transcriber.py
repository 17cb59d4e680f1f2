"""The transcriber on a real model: the demo model, or a stand-in of its kind."""

import statistics
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from tests.serving import read
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.engine.whisper.loading import load_model
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.recognition import (
    MAX_JOB_SAMPLES,
    DecodeJob,
    EngineError,
    Hypothesis,
    JobKind,
    ModelError,
    Transcriber,
)

from .conftest import Clip

LANGUAGES = ["en", "zh"]


def job(clip: Clip, **changes: Any) -> DecodeJob:
    return DecodeJob(**({"pcm": clip.pcm, "language": clip.language, "kind": JobKind.FINAL} | changes))


def of_language(clips: Sequence[Clip], language: str) -> list[Clip]:
    return [clip for clip in clips if clip.language == language]


def similarity(clips: Sequence[Clip], hypotheses: Sequence[Hypothesis]) -> float:
    """Return the mean similarity of hypotheses and references, 0 to 1, over characters."""
    return statistics.mean(
        SequenceMatcher(None, clip.text, hypothesis.text, autojunk=False).ratio()
        for clip, hypothesis in zip(clips, hypotheses, strict=True)
    )


def non_speech(seconds: float, count: int) -> list[NDArray[np.int16]]:
    """Return digital silence, and noise and hum from faint to loud."""
    generator = np.random.default_rng(7)
    size = int(seconds * 16_000)
    time = np.arange(size) / 16_000
    made = [np.zeros(size)]
    for index in range(count):
        level = (3, 30, 300, 3000)[index % 4]
        noise = generator.standard_normal(size)
        match index % 3:
            case 0:
                made.append(noise * level)
            case 1:
                made.append(np.convolve(noise, np.ones(12) / 12, "same") * level)
            case _:
                made.append(np.sin(2 * np.pi * generator.uniform(60, 2000) * time) * level)
    return [np.clip(sound, -32768, 32767).astype(np.int16) for sound in made]


def test_it_implements_the_transcriber_protocol(transcriber: WhisperTranscriber) -> None:
    port: Transcriber = transcriber
    assert {*LANGUAGES} <= {*port.languages}
    assert list(port.languages) == sorted(port.languages)
    assert port.max_batch >= 1


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
@pytest.mark.parametrize("language", LANGUAGES)
def test_speech_is_recognised(transcriber: WhisperTranscriber, clips: list[Clip], language: str, kind: JobKind) -> None:
    spoken = of_language(clips, language)
    assert similarity(spoken, transcriber.transcribe([job(clip, kind=kind) for clip in spoken])) > 0.8


def test_the_language_is_detected_among_those_to_expect(transcriber: WhisperTranscriber) -> None:
    jobs = [
        DecodeJob(pcm=read("mandarin")[: 4 * 16_000], language=None, languages=languages, kind=JobKind.FINAL)
        for languages in ((), ("zh",), ("en",))
    ]
    assert [hypothesis.language for hypothesis in transcriber.transcribe(jobs)] == ["zh", "zh", "en"]


def test_the_language_is_detected(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    hypotheses = transcriber.transcribe([job(clip, language=None) for clip in clips])
    assert [hypothesis.language for hypothesis in hypotheses] == [clip.language for clip in clips]
    assert all(0.5 < hypothesis.language_probability <= 1 for hypothesis in hypotheses)


def test_a_given_language_is_certain(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    hypothesis = transcriber.transcribe([job(clips[0])])[0]
    assert (hypothesis.language, hypothesis.language_probability) == (clips[0].language, 1)


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
def test_the_text_of_a_job_does_not_depend_on_its_batch(
    transcriber: WhisperTranscriber, clips: list[Clip], kind: JobKind
) -> None:
    chosen = [clips[index] for index in range(0, len(clips), 5)]
    prompts = [None, "Acme Corporation.", "上海", None]
    jobs = [
        job(clip, kind=kind, language=None if index % 2 else clip.language, prompt=prompts[index % 4])
        for index, clip in enumerate(chosen)
    ]
    alone = [transcriber.transcribe([one])[0].text for one in jobs]
    together = [hypothesis.text for hypothesis in transcriber.transcribe(jobs)]
    assert together == alone


def test_decoding_is_deterministic(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    one = job(clips[0], words=True)
    assert transcriber.transcribe([one]) == transcriber.transcribe([one])


def test_no_jobs_give_no_hypotheses(transcriber: WhisperTranscriber) -> None:
    assert transcriber.transcribe([]) == []


@pytest.mark.slow
def test_short_windows_are_as_accurate_as_full_ones(
    transcriber: WhisperTranscriber, full_window: WhisperTranscriber, clips: list[Clip]
) -> None:
    jobs = [job(clip, kind=JobKind.PARTIAL) for clip in clips]
    short, long = (similarity(clips, model.transcribe(jobs)) for model in (transcriber, full_window))
    assert short > long - 0.02


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
def test_silence_and_noise_give_no_text(transcriber: WhisperTranscriber, kind: JobKind) -> None:
    jobs = [DecodeJob(pcm=pcm, language=None, kind=kind) for pcm in non_speech(2.5, 24)]
    assert {hypothesis.text for hypothesis in transcriber.transcribe(jobs)} == {""}


def test_silence_gives_no_text_in_the_full_window(full_window: WhisperTranscriber) -> None:
    jobs = [DecodeJob(pcm=pcm, language="en", kind=JobKind.PARTIAL) for pcm in non_speech(2.5, 5)]
    assert {hypothesis.text for hypothesis in full_window.transcribe(jobs)} == {""}


def test_an_empty_hypothesis_has_no_confidence(transcriber: WhisperTranscriber) -> None:
    silence = DecodeJob(pcm=np.zeros(16_000, np.int16), language="en", kind=JobKind.FINAL, words=True)
    hypothesis = transcriber.transcribe([silence])[0]
    assert (hypothesis.text, hypothesis.pieces, hypothesis.words, hypothesis.confidence) == ("", (), (), 0)


@pytest.mark.parametrize("samples", [1, 160, 25_440, 25_600, MAX_JOB_SAMPLES])
def test_any_length_can_be_decoded(transcriber: WhisperTranscriber, samples: int) -> None:
    pcm = np.resize(non_speech(1, 1)[1], samples)
    jobs = [DecodeJob(pcm=pcm, language=None, kind=kind, words=True) for kind in (JobKind.FINAL, JobKind.PARTIAL)]
    assert len(transcriber.transcribe(jobs)) == 2


def test_texts_consist_of_their_pieces(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    for hypothesis in transcriber.transcribe([job(clip, kind=JobKind.PARTIAL) for clip in clips]):
        assert "".join(hypothesis.pieces) == hypothesis.text
        assert unicodedata.is_normalized("NFC", hypothesis.text)
        assert hypothesis.text == hypothesis.text.strip()
        assert 0 < hypothesis.confidence <= 1


def test_words_have_valid_offsets_and_times(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    for clip, hypothesis in zip(clips, transcriber.transcribe([job(clip, words=True) for clip in clips]), strict=True):
        assert "".join(word.text for word in hypothesis.words) == "".join(hypothesis.text.split())
        assert all(hypothesis.text[word.begin : word.end] == word.text for word in hypothesis.words)
        times = [time for word in hypothesis.words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert times[-1] <= clip.pcm.size / 16
        assert all(0 <= word.confidence <= 1 for word in hypothesis.words)


def test_words_start_near_the_references(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    errors: list[float] = []
    for clip, hypothesis in zip(clips, transcriber.transcribe([job(clip, words=True) for clip in clips]), strict=True):
        reference = [(text, start) for text, start in clip.words if any(char.isalnum() for char in text)]
        if len(hypothesis.words) == len(reference):
            errors += [
                abs(word.start_ms / 1000 - start)
                for word, (text, start) in zip(hypothesis.words, reference, strict=True)
                if word.text.strip(".。，") == text.strip(".。，")
            ]
    assert len(errors) > 30
    assert statistics.median(errors) < 0.2  # the attention of a model of a few million parameters is coarse


def test_words_are_only_returned_on_request(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    assert transcriber.transcribe([job(clips[0])])[0].words == ()


@pytest.mark.parametrize(("language", "prompt"), [("en", "Zanzibar Quartz Company."), ("zh", "紫荆花有限公司。")])
def test_a_prompt_never_leaks_into_the_text(
    transcriber: WhisperTranscriber, clips: list[Clip], language: str, prompt: str
) -> None:
    spoken = of_language(clips, language)
    for changes in ({"prompt": prompt}, {"hotwords": (prompt, prompt)}):
        for hypothesis in transcriber.transcribe([job(clip, **changes) for clip in spoken]):
            assert prompt.rstrip(".。") not in hypothesis.text


@pytest.mark.parametrize(
    "prompt",
    ["", "  ", "<|startoftranscript|><|endoftext|>", "<|startofprev|>", "好" * 900, "word " * 900, "\x00\ufffd"],
)
def test_any_prompt_can_be_given(transcriber: WhisperTranscriber, clips: list[Clip], prompt: str) -> None:
    jobs = [job(clips[0], prompt=prompt, kind=JobKind.PARTIAL), job(clips[0], hotwords=(prompt,) * 9, prompt=prompt)]
    assert all(len(hypothesis.text) < 300 for hypothesis in transcriber.transcribe(jobs))


def test_an_unsupported_language_is_rejected(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    with pytest.raises(EngineError, match="does not support the language 'tlh'"):
        transcriber.transcribe([job(clips[0], language="tlh")])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_greedy_text_equals_that_of_faster_whisper(
    full_window: WhisperTranscriber, model_directory: Path, clips: list[Clip], language: str
) -> None:
    theirs = WhisperModel(str(model_directory), device="cpu", compute_type="int8", cpu_threads=1)
    spoken = of_language(clips, language)[:3]
    hypotheses = full_window.transcribe([job(clip, kind=JobKind.PARTIAL) for clip in spoken])
    for clip, hypothesis in zip(spoken, hypotheses, strict=True):
        segments, _ = theirs.transcribe(
            clip.pcm.astype(np.float32) / 32768,
            language=language,
            beam_size=1,
            temperature=0,
            without_timestamps=True,
            suppress_blank=False,
            log_prob_threshold=None,
        )
        first = next(iter(segments))
        assert hypothesis.text == first.text.strip()
        assert np.log(hypothesis.confidence) == pytest.approx(first.avg_logprob, abs=0.05)


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
def test_only_finals_fall_back_to_higher_temperatures(
    model_directory: Path, clips: list[Clip], caplog: pytest.LogCaptureFixture, kind: JobKind
) -> None:
    options = DecodingOptions(log_prob_threshold=0.0, temperatures=(0.0, 0.2))  # which no text can reach
    doubting = WhisperTranscriber(load_model(EngineOptions(model=str(model_directory), device="cpu")), options)
    with caplog.at_level("DEBUG", "theresa.engine"):
        assert doubting.transcribe([job(clips[4], kind=kind)])[0].text
    doubting.close()
    assert any("temperature 0.2" in message for message in caplog.messages) is (kind is JobKind.FINAL)


def test_any_thread_can_call_it(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(transcriber.transcribe, [job(clips[0])]).result(30)
    assert other == transcriber.transcribe([job(clips[0])])


def test_a_closed_model_fails(model_directory: Path, clips: list[Clip]) -> None:
    closed = WhisperTranscriber.load(EngineOptions(model=str(model_directory), device="cpu"))
    closed.warm_up()
    closed.close()
    closed.close()
    with pytest.raises(EngineError, match="failed"):
        closed.transcribe([job(clips[0])])


def test_loading_a_missing_model_fails(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model directory"):
        WhisperTranscriber.load(EngineOptions(model=str(tmp_path / "none")))


@pytest.mark.parametrize(
    "pcm", [np.zeros(0, np.int16), np.zeros(MAX_JOB_SAMPLES + 1, np.int16), np.zeros(9, np.float32)]
)
def test_invalid_audio_is_rejected(pcm: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="pcm must"):
        DecodeJob(pcm=pcm, language="en", kind=JobKind.FINAL)
