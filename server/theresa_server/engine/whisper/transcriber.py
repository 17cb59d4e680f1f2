"""The Whisper transcriber: batches of jobs in, hypotheses out."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import ctranslate2
import numpy as np

from theresa_protocol.messages import Task
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.engine.whisper.batching import batch_sizes, group_by
from theresa_server.engine.whisper.decoding import (
    DecodingOptions,
    is_accepted,
    is_repetitive,
    is_silence,
    rejection,
)
from theresa_server.engine.whisper.features import MAX_FRAMES, feature_frames
from theresa_server.engine.whisper.loading import LoadedModel, ModelInfo, load_model
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.search import DecodingState, TokenSearch, stack_encoded
from theresa_server.engine.whisper.spectra import LogMel
from theresa_server.engine.whisper.vocabulary import Vocabulary
from theresa_server.engine.whisper.words import loud_frames, time_words, token_starts
from theresa_server.speech.guards import Guard, GuardAction, SuppressedText
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind


class WhisperTranscriber:
    """A ``Transcriber`` on a CTranslate2 Whisper model. Must be called from one thread at a time.

    Args:
        loaded: the model.
        options: how to decode.
    """

    def __init__(self, loaded: LoadedModel, options: DecodingOptions | None = None) -> None:
        self.info: ModelInfo = loaded.info
        self._model = loaded.model
        self._options = options or DecodingOptions()
        self._vocabulary = Vocabulary(loaded.tokenizer, multilingual=loaded.info.multilingual)
        self._search = TokenSearch(loaded.model, self._vocabulary, self._options)
        self._features = LogMel(loaded.model.n_mels)
        self._workers = ThreadPoolExecutor(loaded.info.workers, thread_name_prefix="whisper")

    @classmethod
    def load(cls, options: EngineOptions, decoding: DecodingOptions | None = None) -> "WhisperTranscriber":
        """Resolve and load a model.

        Raises:
            ModelError: the model cannot be found or loaded; the message is one clear sentence.
        """
        return cls(load_model(options), decoding)

    @property
    def name(self) -> str:
        """The name of the model in messages and logs."""
        return self.info.name

    @property
    def languages(self) -> tuple[str, ...]:
        """The language codes the model supports, sorted."""
        return self.info.languages

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What the model can do."""
        return self.info.tasks

    @property
    def max_batch(self) -> int:
        """The number of jobs the model can decode efficiently in one call."""
        return self.info.max_batch * self.info.workers

    @property
    def free_samples(self) -> int:
        """Partials of audio up to this length, in samples, all cost the same."""
        return self.info.windows.free_samples

    @property
    def uses_previous_text(self) -> bool:
        """Whether a job is decoded with the text of the previous segment."""
        return self.info.condition_on_previous_text

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Decode all jobs and return one hypothesis per job, in order.

        The text of a job does not depend on the other jobs, apart from floating-point rounding.

        Raises:
            EngineError: the model is closed or failed, or does not support the language of a job.
        """
        for job in jobs:
            if job.language is not None and job.language not in self.languages:
                raise EngineError(f"the model {self.name} does not support the language {job.language!r}.")
        windows = self.info.windows
        states = [
            DecodingState(index, job, windows.frames(job.pcm.size, final=job.final)) for index, job in enumerate(jobs)
        ]
        try:
            done = [state for batch in self._workers.map(self._decode, self._batches(states)) for state in batch]
        except RuntimeError as error:
            raise EngineError(f"the model {self.name} failed: {error}") from error
        return [_hypothesis(state, self._options) for state in sorted(done, key=lambda state: state.index)]

    def warm_up(self) -> None:
        """Decode a second of noise on each worker, to trigger all lazy initialisation.

        Partials are enough: in the wide windows of a stock model, finals of noise take seconds.
        """
        noise = np.random.default_rng(0).integers(-99, 99, SAMPLE_RATE_HZ, dtype=np.int16)
        self.transcribe([DecodeJob(pcm=noise, language=None, kind=JobKind.PARTIAL)] * self.info.workers)

    def close(self) -> None:
        """Free the model. No job can be decoded afterwards. Idempotent."""
        self._workers.shutdown(wait=True)
        if self._model.model_is_loaded:
            self._model.unload_model()

    def _batches(self, states: Sequence[DecodingState]) -> list[list[DecodingState]]:
        """Divide jobs into batches with the same window and the same search method."""
        batches = []
        for (window, _), group in group_by(states, lambda state: (state.window, state.job.final)).items():
            sizes = batch_sizes(
                len(group),
                window,
                device=self.info.device,
                workers=self.info.workers,
                max_batch=self.info.max_batch,
            )
            rest = iter(group)
            batches += [[next(rest) for _ in range(size)] for size in sizes]
        return batches

    def _decode(self, batch: list[DecodingState]) -> list[DecodingState]:
        """Decode one batch: encode, detect the languages, search for the texts, and align the words."""
        self._encode(batch)
        self._detect_languages([state for state in batch if state.job.language is None])
        for state in batch:
            state.language = state.language or state.job.language or "en"
            state.prompt = self._vocabulary.prompt_tokens(state.job, state.language)
        self._search.search(batch)
        self._search.search_without_prefix([state for state in batch if self._must_repeat(state)])
        self._search.fall_back(batch)
        self._search.check_echoes(batch)
        self._search.hold_prefix(batch)
        self._align_words([state for state in batch if state.job.words])
        return batch

    def _encode(self, batch: Sequence[DecodingState]) -> None:
        """Run the encoder once for the whole batch.

        The output stays on the CPU, where it can be regrouped and used by any device.
        """
        features = np.stack(
            [self._features(state.job.pcm, state.window, state.job.spectrogram_cache) for state in batch]
        )
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True)
        if encoded.dtype == ctranslate2.DataType.bfloat16:  # numpy has no bfloat16
            encoded = encoded.to(ctranslate2.DataType.float32)
        for state, output in zip(batch, np.array(encoded), strict=True):
            state.encoded = output

    def _detect_languages(self, batch: Sequence[DecodingState]) -> None:
        """Detect the most likely supported language of each job."""
        if not batch or not self.info.multilingual:
            return
        for state, detected in zip(batch, self._model.detect_language(stack_encoded(batch)), strict=True):
            among = state.job.languages or self.languages
            supported = [(token[2:-2], probability) for token, probability in detected if token[2:-2] in among]
            state.language, probability = max(supported, key=lambda pair: pair[1])
            state.language_probability = probability / (math.fsum(share for _, share in supported) or 1.0)

    def _must_repeat(self, state: DecodingState) -> bool:
        """Return whether to repeat the first search: a repetition in a short window, or a rejected forced prefix.

        A repetition is searched again in the full window. This happens at most once: a partial is decoded at most
        twice, or three times if its text is also checked without the prompt.
        """
        repetitive = is_repetitive(state.results[-1], self._options)
        if repetitive and state.window < MAX_FRAMES and Guard.WINDOWS in self._options.guards:
            state.window = MAX_FRAMES
            self._encode([state])
            state.guard_actions.append(GuardAction.WIDENED)
            return True
        return bool(state.forced) and not is_accepted(state.results[-1], self._options)

    def _align_words(self, batch: Sequence[DecodingState]) -> None:
        """Add timestamps to the words of the selected texts."""
        spoken = [state for state in batch if not is_silence(state.selected, self._options)]
        groups = group_by(spoken, lambda state: (state.language, state.job.task, state.window))
        for (language, task, _), group in groups.items():
            alignments = self._model.align(
                stack_encoded(group),
                self._vocabulary.start_tokens(language, task),
                [list(state.selected.tokens) for state in group],
                [feature_frames(state.job.pcm.size) for state in group],
            )
            for state, alignment in zip(group, alignments, strict=True):
                state.words = time_words(
                    state.selected.pieces,
                    token_starts(alignment.alignments, len(state.selected.tokens)),
                    alignment.text_token_probs,
                    state.job.pcm.size * 1000 // SAMPLE_RATE_HZ,
                    loud_frames(state.job.pcm),
                )


def _hypothesis(state: DecodingState, options: DecodingOptions) -> Hypothesis:
    """Return the hypothesis of a job; it is empty for silence and for a repetitive partial."""
    result = state.selected
    empty = is_silence(result, options) or (not state.job.final and is_repetitive(result, options))
    if any(is_repetitive(other, options) for other in state.results):
        state.guard_actions.append(GuardAction.LOOP)
    suppressed = _suppressed(state, options) if empty else None
    if suppressed is not None:
        state.guard_actions.append(suppressed.reason)
    if empty and state.job.final and state.job.prefix is not None:
        state.guard_actions.append(GuardAction.EMPTIED)
    return Hypothesis(
        text="" if empty else result.text,
        pieces=() if empty else tuple(piece.text for piece in result.pieces),
        language=state.language,
        language_probability=state.language_probability,
        confidence=0.0 if empty else min(1.0, math.exp(result.log_prob)),
        no_speech=result.no_speech,
        temperature=result.temperature,
        compression_ratio=0.0 if empty else result.compression_ratio,
        words=() if empty else state.words,
        tokens=() if empty else result.tokens_by_piece,
        guard_actions=tuple(dict.fromkeys(state.guard_actions)),
        suppressed=suppressed,
    )


def _suppressed(state: DecodingState, options: DecodingOptions) -> SuppressedText | None:
    """Return the text that the guards dropped; ``None`` if the model returned none."""
    if not state.selected.pieces:
        return state.suppressed
    return SuppressedText(rejection(state.selected, options) or GuardAction.LOOP, state.selected.text)
