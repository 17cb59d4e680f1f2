"""How the search treats stable prefixes and rejected results, on a real model."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.engine.whisper.loading import LoadedModel, load_model
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.guards import ALL_GUARDS, Guard, GuardAction
from theresa_server.speech.recognition import DecodeJob, JobKind, SpectrogramCache
from theresa_server.speech.stabiliser import StablePrefix
from theresa_server.speech.utterance import Utterance

from .conftest import Clip

STEP = 6_000
SINGLE = {"temperatures": (0.0,)}
LENIENT = {"prefix_margin": 100.0, "prefix_threshold": -100.0}


@pytest.fixture(scope="module")
def loaded(model_directory: Path) -> Iterator[LoadedModel]:
    model = load_model(EngineOptions(model=str(model_directory), device="cpu"))
    yield model
    model.model.unload_model()


@pytest.fixture(scope="module")
def decoder(loaded: LoadedModel) -> Callable[..., WhisperTranscriber]:
    """Return the model decoding with other options."""
    return lambda **options: WhisperTranscriber(loaded, DecodingOptions(**options))


def job(clip: Clip, **changes: Any) -> DecodeJob:
    return DecodeJob(**({"pcm": clip.pcm, "language": clip.language, "kind": JobKind.FINAL} | changes))


def prefix_of(text: str) -> StablePrefix:
    return StablePrefix(text, (), covered=0)


@pytest.fixture(scope="module", params=["en", "zh"])
def clip(clips: list[Clip], request: pytest.FixtureRequest) -> Clip:
    """Return a long sentence of each language."""
    return max((clip for clip in clips if clip.language == request.param), key=lambda clip: clip.pcm.size)


def other(clip: Clip) -> StablePrefix:
    """Return the beginning of a plausible sentence that differs from the audio."""
    return prefix_of("We live in Paris" if clip.language == "en" else "我们住在巴黎")


def test_a_partial_continues_from_its_prefix_or_reports_its_release(
    transcriber: WhisperTranscriber, clips: list[Clip]
) -> None:
    for clip in clips[::2]:
        utterance = Utterance(0, 0, 0, STEP)
        for end in range(STEP, clip.pcm.size, STEP):
            partial = utterance.partial_job(job(clip, pcm=clip.pcm[:end], kind=JobKind.PARTIAL))
            prefix = partial.prefix
            hypothesis = transcriber.transcribe([partial])[0]
            if prefix is not None and GuardAction.RELEASED not in hypothesis.guard_actions:
                tokens = [token for piece in hypothesis.tokens for token in piece]
                assert (tuple(tokens[: len(prefix.tokens)]), hypothesis.guard_actions) == (
                    prefix.tokens,
                    (GuardAction.FORCED,),
                )
            utterance.update(utterance.extended(hypothesis), end)
        assert utterance.final_job(job(clip)).prefix is not None


def test_a_held_final_begins_with_the_stable_prefix(
    decoder: Callable[..., WhisperTranscriber], clips: list[Clip]
) -> None:
    transcriber = decoder()
    generator = np.random.default_rng(3)
    for clip in clips[::2]:
        noise = generator.normal(0, 300, clip.pcm.size)
        noisy = np.clip(clip.pcm + noise, -32768, 32767).astype(np.int16)
        utterance = Utterance(0, 0, 0, STEP)
        for end in range(STEP, clip.pcm.size, STEP):
            hypothesis = transcriber.transcribe(
                [utterance.partial_job(job(clip, pcm=noisy[:end], kind=JobKind.PARTIAL))]
            )[0]
            utterance.update(utterance.extended(hypothesis), end)
        asked = utterance.final_job(job(clip, pcm=noisy))
        final, prefix = transcriber.transcribe([asked])[0], asked.prefix
        assert prefix is not None
        assert final.text.startswith(prefix.text) or GuardAction.BROKEN in final.guard_actions


def test_reused_spectra_do_not_change_the_text(transcriber: WhisperTranscriber, clip: Clip) -> None:
    spectra = SpectrogramCache()
    for end in (clip.pcm.size // 2, clip.pcm.size):
        partial = job(clip, pcm=clip.pcm[:end], kind=JobKind.PARTIAL)
        with_spectra = transcriber.transcribe([replace(partial, spectrogram_cache=spectra)])[0]
    assert with_spectra.text == transcriber.transcribe([partial])[0].text
    assert spectra.frames.shape[1] > 0


def test_prefixes_of_different_lengths_share_a_batch(transcriber: WhisperTranscriber, clips: list[Clip]) -> None:
    chosen = clips[::4]
    hypothesis = transcriber.transcribe([job(clip, kind=JobKind.PARTIAL) for clip in chosen])
    jobs = [
        job(clip, kind=JobKind.PARTIAL, prefix=StablePrefix("", sum(found.tokens[: index % 4], ()), covered=0))
        for index, (clip, found) in enumerate(zip(chosen, hypothesis, strict=True))
    ]
    assert [again.text for again in transcriber.transcribe(jobs)] == [found.text for found in hypothesis]


def test_a_final_keeps_a_prefix_that_is_nearly_as_likely(
    decoder: Callable[..., WhisperTranscriber], clip: Clip
) -> None:
    final = decoder(**LENIENT).transcribe([job(clip, prefix=other(clip), words=True)])[0]
    assert final.text.startswith(other(clip).text)
    assert final.guard_actions == (GuardAction.HELD,)
    assert "".join(word.text for word in final.words) == "".join(final.text.split())


def test_a_final_drops_a_prefix_that_is_clearly_less_likely(
    decoder: Callable[..., WhisperTranscriber], clip: Clip
) -> None:
    transcriber = decoder()
    final = transcriber.transcribe([job(clip, prefix=other(clip))])[0]
    assert final.text == transcriber.transcribe([job(clip)])[0].text
    assert final.guard_actions == (GuardAction.BROKEN,)


def test_the_confidence_of_a_final_includes_its_prefix(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    held, free = decoder(**LENIENT).transcribe([job(clip, prefix=other(clip)), job(clip)])
    assert held.confidence < free.confidence


def test_a_rejected_partial_is_decoded_again_without_its_prefix(
    decoder: Callable[..., WhisperTranscriber], clip: Clip
) -> None:
    doubting = decoder(log_prob_threshold=-1e-9)  # which hardly any text can reach
    tokens = doubting.transcribe([job(clip, kind=JobKind.PARTIAL)])[0].tokens[0]
    partial = doubting.transcribe(
        [job(clip, kind=JobKind.PARTIAL, prefix=StablePrefix(clip.text[:1], tokens, covered=1))]
    )[0]
    assert partial.guard_actions == (GuardAction.FORCED, GuardAction.RELEASED)


def test_without_the_guards_no_prefix_is_forced(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    model = decoder(**{**LENIENT, "guards": ALL_GUARDS - {Guard.PREFIX, Guard.HOLD}})
    final, partial = (
        model.transcribe([job(clip, kind=kind, prefix=other(clip))])[0] for kind in (JobKind.FINAL, JobKind.PARTIAL)
    )
    assert not final.text.startswith(other(clip).text)
    assert (final.guard_actions, partial.guard_actions) == ((), ())


def test_a_prefix_that_leaves_no_room_is_not_forced(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    partial = job(clip, pcm=clip.pcm[:1600], kind=JobKind.PARTIAL, prefix=StablePrefix("x", (5,) * 300, covered=1))
    assert GuardAction.FORCED not in decoder().transcribe([partial])[0].guard_actions


def test_without_the_guard_a_final_depends_on_its_audio_alone(
    decoder: Callable[..., WhisperTranscriber], clip: Clip
) -> None:
    unheld = decoder(**LENIENT, guards=ALL_GUARDS - {Guard.HOLD})
    final, free = unheld.transcribe([job(clip, prefix=other(clip)), job(clip)])
    assert final == free


def test_silence_after_a_stable_prefix_is_reported(decoder: Callable[..., WhisperTranscriber]) -> None:
    transcriber = decoder()
    silence = DecodeJob(
        pcm=np.zeros(16_000, np.int16), language="en", kind=JobKind.FINAL, prefix=prefix_of("We live in Paris")
    )
    final = transcriber.transcribe([silence])[0]
    assert final.text == ""
    assert {GuardAction.BROKEN, GuardAction.EMPTIED} <= {*final.guard_actions}


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
def test_a_truncated_text_is_decoded_again_in_the_full_window(
    decoder: Callable[..., WhisperTranscriber], clip: Clip, kind: JobKind
) -> None:
    impatient = decoder(tokens_floor=1, tokens_per_second=0.5, **SINGLE)  # no sentence is as short as that
    hypothesis = impatient.transcribe([job(clip, kind=kind)])[0]
    assert hypothesis.guard_actions == (GuardAction.WIDENED, GuardAction.LOOP)
    assert bool(hypothesis.text) is (kind is JobKind.FINAL)  # a partial rather shows nothing


def test_without_the_guard_the_window_is_not_widened(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    impatient = decoder(tokens_floor=1, tokens_per_second=0.5, guards=ALL_GUARDS - {Guard.WINDOWS}, **SINGLE)
    assert impatient.transcribe([job(clip, kind=JobKind.PARTIAL)])[0].guard_actions == (GuardAction.LOOP,)


def test_without_the_guard_a_truncated_text_is_returned(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    impatient = decoder(tokens_floor=1, tokens_per_second=0.5, guards=ALL_GUARDS - {Guard.LOOPS}, **SINGLE)
    hypothesis = impatient.transcribe([job(clip, kind=JobKind.PARTIAL)])[0]
    assert (bool(hypothesis.text), hypothesis.guard_actions) == (True, ())


def test_an_unlikely_text_without_speech_is_dropped(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    deaf = decoder(log_prob_threshold=0.0, no_speech_threshold=-1.0)  # every text is unlikely, all is without speech
    hypothesis = deaf.transcribe([job(clip)])[0]
    assert (hypothesis.text, hypothesis.guard_actions) == ("", (GuardAction.PHANTOM,))


def test_without_the_guard_an_unlikely_text_is_kept(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    guards = ALL_GUARDS - {Guard.PHANTOMS}
    deaf = decoder(log_prob_threshold=0.0, no_speech_threshold=-1.0, guards=guards, **SINGLE)
    hypothesis = deaf.transcribe([job(clip)])[0]
    assert (bool(hypothesis.text), hypothesis.guard_actions) == (True, ())


def test_a_final_starts_at_the_given_temperature(transcriber: WhisperTranscriber, clip: Clip) -> None:
    sampled, searched = transcriber.transcribe([job(clip, temperature=0.2), job(clip)])
    assert (sampled.temperature, searched.temperature) == (0.2, 0.0)
    assert sampled.text


UNCERTAIN = VoiceEvidence(voice_ms=5_000, share=0.5, certainty=0.3)


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
def test_doubtful_text_with_a_prompt_is_decoded_again_without_it(
    decoder: Callable[..., WhisperTranscriber], clip: Clip, kind: JobKind
) -> None:
    doubting = decoder(speech_threshold=-1.0)
    prompted, free = doubting.transcribe(
        [job(clip, kind=kind, voice=UNCERTAIN, prompt=clip.text), job(clip, kind=kind, voice=UNCERTAIN)]
    )
    assert GuardAction.UNPROMPTED in prompted.guard_actions
    assert (GuardAction.UNPROMPTED in free.guard_actions, bool(free.text)) == (False, True)


def test_words_that_are_said_stay_although_the_prompt_contains_them(
    decoder: Callable[..., WhisperTranscriber], clip: Clip
) -> None:
    doubting = decoder(speech_threshold=-1.0)
    final = doubting.transcribe([job(clip, voice=UNCERTAIN, hotwords=(clip.text,))])[0]
    assert final.text
    assert GuardAction.ECHO not in final.guard_actions


def test_a_prompted_text_is_dropped_if_nothing_stands_without_the_prompt(
    decoder: Callable[..., WhisperTranscriber], clip: Clip
) -> None:
    # The model hears no speech, and every text is unlikely: the prompt alone cannot save one.
    doubting = decoder(no_speech_threshold=-1.0, log_prob_threshold=-1e-9)
    final = doubting.transcribe([job(clip, voice=UNCERTAIN, prompt=clip.text)])[0]
    assert (final.text, final.pieces, final.words) == ("", (), ())
    assert final.suppressed is not None
    assert final.suppressed.text


def test_without_the_guard_nothing_is_decoded_again(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    doubting = decoder(speech_threshold=-1.0, guards=ALL_GUARDS - {Guard.ECHOES})
    final = doubting.transcribe([job(clip, voice=UNCERTAIN, prompt=clip.text)])[0]
    assert GuardAction.UNPROMPTED not in final.guard_actions


def test_spoken_text_is_not_suppressed(decoder: Callable[..., WhisperTranscriber], clip: Clip) -> None:
    assert decoder().transcribe([job(clip)])[0].suppressed is None
