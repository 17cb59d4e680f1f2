"""Whisper on CTranslate2: batches of jobs in, hypotheses out."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import ctranslate2
import numpy as np

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.engine.whisper import decoding
from theresa_server.engine.whisper.batching import group, shares
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.engine.whisper.features import MAX_FRAMES, speech_frames
from theresa_server.engine.whisper.loading import EngineOptions, LoadedModel, ModelInfo, load
from theresa_server.engine.whisper.search import DecodingItem, TokenSearch, stacked
from theresa_server.engine.whisper.spectra import LogMel
from theresa_server.engine.whisper.vocabulary import Vocabulary
from theresa_server.engine.whisper.words import loud_frames, token_starts, words_of
from theresa_server.speech.guards import Guard, GuardAction
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind


class WhisperTranscriber:
    """A `Transcriber` on a CTranslate2 Whisper model. Called from one thread at a time.

    Args:
        loaded: the model.
        decoding: how it is searched.
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
        """Find and load a model.

        Raises:
            ModelError: it cannot be found or loaded; the message is one clear sentence.
        """
        return cls(load(options), decoding)

    @property
    def name(self) -> str:
        """What the model is called in messages and logs."""
        return self.info.name

    @property
    def languages(self) -> tuple[str, ...]:
        """The language codes it knows, sorted."""
        return self.info.languages

    @property
    def max_batch(self) -> int:
        """How many jobs at once it makes good use of."""
        return self.info.max_batch * self.info.workers

    @property
    def free_samples(self) -> int:
        """Audio up to this length costs a partial the same."""
        return self.info.windows.free_samples

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Decode all jobs and return one hypothesis for each, in their order.

        What a job says does not depend on those beside it, apart from the rounding of sums.

        Raises:
            EngineError: the model is closed or failed, or a job asks for a language that it does not know.
        """
        for job in jobs:
            if job.language is not None and job.language not in self.languages:
                raise EngineError(f"the model {self.name} does not know the language {job.language!r}.")
        windows = self.info.windows
        items = [
            DecodingItem(index, job, windows.frames(job.pcm.size, final=job.final)) for index, job in enumerate(jobs)
        ]
        try:
            done = [item for batch in self._workers.map(self._batch, self._batches(items)) for item in batch]
        except RuntimeError as error:
            raise EngineError(f"the model {self.name} failed: {error}") from error
        return [_hypothesis(item, self._options) for item in sorted(done, key=lambda item: item.index)]

    def warm_up(self) -> None:
        """Decode a second of noise as a final and a partial, so that all that is set up lazily is there."""
        noise = np.random.default_rng(0).integers(-99, 99, SAMPLE_RATE_HZ, dtype=np.int16)
        jobs = [DecodeJob(pcm=noise, language=None, kind=kind) for kind in (JobKind.FINAL, JobKind.PARTIAL)]
        self.transcribe(jobs * self.info.workers)

    def close(self) -> None:
        """Free the model. Nothing may be transcribed afterwards; closing twice is harmless."""
        self._workers.shutdown(wait=True)
        if self._model.model_is_loaded:
            self._model.unload_model()

    def _batches(self, items: Sequence[DecodingItem]) -> list[list[DecodingItem]]:
        """Cut jobs into batches of one window and of one way to decode."""
        batches = []
        for (window, _), alike in group(items, lambda item: (item.window, item.job.final)).items():
            sizes = shares(
                len(alike),
                window,
                device=self.info.device,
                workers=self.info.workers,
                max_batch=self.info.max_batch,
            )
            rest = iter(alike)
            batches += [[next(rest) for _ in range(size)] for size in sizes]
        return batches

    def _batch(self, batch: list[DecodingItem]) -> list[DecodingItem]:
        """Decode jobs of one window: encode, then ask for language, text and words."""
        self._encode(batch)
        self._detect([item for item in batch if item.job.language is None])
        for item in batch:
            item.language = item.language or item.job.language or "en"
            item.prompt = self._vocabulary.prompt(item.job, item.language)
        self._search.begin(batch)
        self._search.again([item for item in batch if self._reconsider(item)])
        self._search.settle(batch)
        self._search.hold(batch)
        self._align([item for item in batch if item.job.words])
        return batch

    def _encode(self, batch: Sequence[DecodingItem]) -> None:
        """Run the encoder once for all.

        Its output stays on the CPU: from there it can be regrouped, and any device may fetch it.
        """
        features = np.stack([self._features(item.job.pcm, item.window, item.job.spectrogram_cache) for item in batch])
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True)
        if encoded.dtype == ctranslate2.DataType.bfloat16:  # which numpy does not know
            encoded = encoded.to(ctranslate2.DataType.float32)
        for item, output in zip(batch, np.array(encoded), strict=True):
            item.encoded = output

    def _detect(self, batch: Sequence[DecodingItem]) -> None:
        """Find the likeliest of the model's languages for each job."""
        if not batch or not self.info.multilingual:
            return
        for item, found in zip(batch, self._model.detect_language(stacked(batch)), strict=True):
            known = [(token[2:-2], probability) for token, probability in found if token[2:-2] in self.languages]
            item.language, probability = max(known, key=lambda pair: pair[1])
            item.language_probability = probability / (math.fsum(share for _, share in known) or 1.0)

    def _reconsider(self, item: DecodingItem) -> bool:
        """Tell whether to search again at once: what went in a circle, then in the full window, or a prefix led astray.

        This happens once, so that a partial is never decoded more than twice.
        """
        circles = decoding.repeats(item.attempts[-1], self._options)
        if circles and item.window < MAX_FRAMES and Guard.WINDOWS in self._options.guards:
            item.window = MAX_FRAMES
            self._encode([item])
            item.acts.append(GuardAction.WIDENED)
            return True
        return bool(item.forced) and not decoding.is_believed(item.attempts[-1], self._options)

    def _align(self, batch: Sequence[DecodingItem]) -> None:
        """Time the words of the text that was kept."""
        spoken = [item for item in batch if not decoding.is_silence(item.kept, self._options)]
        groups = group(spoken, lambda item: (item.language, item.job.task, item.window))
        for (language, task, _), alike in groups.items():
            results = self._model.align(
                stacked(alike),
                self._vocabulary.start(language, task),
                [list(item.kept.tokens) for item in alike],
                [speech_frames(item.job.pcm.size) for item in alike],
            )
            for item, result in zip(alike, results, strict=True):
                attempt = item.kept
                item.words = words_of(
                    attempt.pieces,
                    token_starts(result.alignments, len(attempt.tokens)),
                    result.text_token_probs,
                    item.job.pcm.size * 1000 // SAMPLE_RATE_HZ,
                    loud_frames(item.job.pcm),
                )


def _hypothesis(item: DecodingItem, options: DecodingOptions) -> Hypothesis:
    """Return the result of a job: nothing for silence, and nothing for a partial that runs in a circle."""
    kept = item.kept
    nothing = decoding.is_silence(kept, options) or (not item.job.final and decoding.repeats(kept, options))
    if any(decoding.repeats(attempt, options) for attempt in item.attempts):
        item.acts.append(GuardAction.LOOP)
    if decoding.is_phantom(kept, options):
        item.acts.append(GuardAction.PHANTOM)
    if nothing and item.job.final and item.job.prefix is not None:
        item.acts.append(GuardAction.EMPTIED)
    return Hypothesis(
        text="" if nothing else kept.text,
        pieces=() if nothing else tuple(piece.text for piece in kept.pieces),
        language=item.language,
        language_probability=item.language_probability,
        confidence=0.0 if nothing else min(1.0, math.exp(kept.log_prob)),
        no_speech=kept.no_speech,
        temperature=kept.temperature,
        compression_ratio=0.0 if nothing else kept.compression_ratio,
        words=() if nothing else item.words,
        tokens=() if nothing else kept.tokens_of_pieces,
        guard_actions=tuple(dict.fromkeys(item.acts)),
    )
