"""Whisper on CTranslate2: batches of jobs in, hypotheses out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from logging import getLogger
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from theresa_server.engine import decoding
from theresa_server.engine.batching import group, shares
from theresa_server.engine.decoding import Attempt, DecodingOptions
from theresa_server.engine.features import LogMel, speech_frames, window_frames
from theresa_server.engine.loading import EngineOptions, LoadedModel, ModelInfo, load
from theresa_server.engine.ports import DecodeJob, EngineError, Hypothesis, Word
from theresa_server.engine.vocabulary import Vocabulary
from theresa_server.engine.words import loud_frames, token_starts, words_of
from theresa_server.pcm import SAMPLE_RATE_HZ

_log = getLogger("theresa.engine")


@dataclass(slots=True)
class _Item:
    """One job on its way: what has been found out about it so far."""

    index: int
    job: DecodeJob
    window: int
    encoded: NDArray[np.floating[Any]] = field(init=False)
    language: str = ""
    language_probability: float = 1.0
    prompt: list[int] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    words: tuple[Word, ...] = ()


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
        self._features = LogMel(loaded.model.n_mels)
        self._workers = ThreadPoolExecutor(loaded.info.workers, thread_name_prefix="whisper")

    @classmethod
    def load(cls, options: EngineOptions, decoding: DecodingOptions | None = None) -> WhisperTranscriber:
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

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Decode all jobs and return one hypothesis for each, in their order.

        What a job says does not depend on those beside it, apart from the rounding of sums.

        Raises:
            EngineError: the model is closed or failed, or a job asks for a language that it does not know.
        """
        for job in jobs:
            if job.language is not None and job.language not in self.languages:
                raise EngineError(f"the model {self.name} does not know the language {job.language!r}.")
        items = [
            _Item(index, job, window_frames(job.pcm.size, self.info.encoder_context)) for index, job in enumerate(jobs)
        ]
        try:
            done = [item for batch in self._workers.map(self._batch, self._batches(items)) for item in batch]
        except RuntimeError as error:
            raise EngineError(f"the model {self.name} failed: {error}") from error
        return [_hypothesis(item, self._options) for item in sorted(done, key=lambda item: item.index)]

    def warm_up(self) -> None:
        """Decode a second of noise as a final and a partial, so that all that is set up lazily is there."""
        noise = np.random.default_rng(0).integers(-99, 99, SAMPLE_RATE_HZ, dtype=np.int16)
        jobs = [DecodeJob(pcm=noise, language=None, final=final) for final in (True, False)]
        self.transcribe(jobs * self.info.workers)

    def close(self) -> None:
        """Free the model. Nothing may be transcribed afterwards; closing twice is harmless."""
        self._workers.shutdown(wait=True)
        if self._model.model_is_loaded:
            self._model.unload_model()

    def _batches(self, items: Sequence[_Item]) -> list[list[_Item]]:
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

    def _batch(self, batch: list[_Item]) -> list[_Item]:
        """Decode jobs of one window: encode once, then ask for language, text and words."""
        self._encode(batch)
        self._detect([item for item in batch if item.job.language is None])
        for item in batch:
            item.language = item.language or item.job.language or "en"
            item.prompt = self._vocabulary.prompt(item.job, item.language)
        self._search(batch)
        self._align([item for item in batch if item.job.words])
        return batch

    def _encode(self, batch: Sequence[_Item]) -> None:
        """Run the encoder once for all.

        Its output stays on the CPU: from there it can be regrouped, and any device may fetch it.
        """
        features = np.stack([self._features(item.job.pcm, item.window) for item in batch])
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True)
        if encoded.dtype == ctranslate2.DataType.bfloat16:  # which numpy does not know
            encoded = encoded.to(ctranslate2.DataType.float32)
        for item, output in zip(batch, np.array(encoded), strict=True):
            item.encoded = output

    def _detect(self, batch: Sequence[_Item]) -> None:
        """Find the likeliest of the model's languages for each job."""
        if not batch or not self.info.multilingual:
            return
        for item, found in zip(batch, self._model.detect_language(_stack(batch)), strict=True):
            known = [(token[2:-2], probability) for token, probability in found if token[2:-2] in self.languages]
            item.language, probability = max(known, key=lambda pair: pair[1])
            item.language_probability = probability / (math.fsum(share for _, share in known) or 1.0)

    def _search(self, batch: Sequence[_Item]) -> None:
        """Find the text: a partial at the first temperature only, a final at higher ones until it is believed."""
        temperatures = self._options.temperatures
        for temperature in temperatures if batch[0].job.final else temperatures[:1]:
            waiting = [
                item for item in batch if not any(decoding.is_believed(seen, self._options) for seen in item.attempts)
            ]
            if waiting and temperature > temperatures[0]:
                _log.debug("%d of %d texts are tried again at temperature %.1f", len(waiting), len(batch), temperature)
            # CTranslate2 wants every prompt of a call to start its transcript at the same position.
            for alike in group(waiting, lambda item: len(item.prompt)).values():
                self._attempt(alike, temperature)

    def _attempt(self, batch: Sequence[_Item], temperature: float) -> None:
        limits = [self._options.max_tokens(item.job.pcm.size) for item in batch]
        options = self._options
        search: dict[str, int | float] = {"beam_size": 1}
        if temperature > 0:
            search |= {"num_hypotheses": options.best_of, "sampling_topk": 0, "sampling_temperature": temperature}
        elif batch[0].job.final:
            search = {"beam_size": options.beam_size, "patience": options.patience}
        results = self._model.generate(
            _stack(batch),
            [item.prompt for item in batch],
            max_length=decoding.cap_length(len(batch[0].prompt), max(limits)),
            suppress_blank=options.suppress_blank,
            suppress_tokens=self._vocabulary.suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            **search,
        )
        for item, limit, result in zip(batch, limits, results, strict=True):
            ids = result.sequences_ids[0]
            tokens = self._vocabulary.text_tokens(ids[:limit])
            item.attempts.append(
                Attempt(
                    tokens=tuple(tokens),
                    pieces=tuple(self._vocabulary.pieces(tokens)),
                    log_prob=decoding.mean_log_prob(result.scores[0], len(ids)),
                    no_speech=result.no_speech_prob,
                    temperature=temperature,
                    cut=len(ids) >= limit,
                )
            )

    def _align(self, batch: Sequence[_Item]) -> None:
        """Time the words of the text that was kept."""
        kept = {item.index: decoding.choose(item.attempts, self._options) for item in batch}
        spoken = [item for item in batch if not decoding.is_silence(kept[item.index], self._options)]
        for (language, task), alike in group(spoken, lambda item: (item.language, item.job.task)).items():
            results = self._model.align(
                _stack(alike),
                self._vocabulary.start(language, task),
                [list(kept[item.index].tokens) for item in alike],
                [speech_frames(item.job.pcm.size) for item in alike],
            )
            for item, result in zip(alike, results, strict=True):
                attempt = kept[item.index]
                item.words = words_of(
                    attempt.pieces,
                    token_starts(result.alignments, len(attempt.tokens)),
                    result.text_token_probs,
                    item.job.pcm.size * 1000 // SAMPLE_RATE_HZ,
                    loud_frames(item.job.pcm),
                )


def _stack(batch: Sequence[_Item]) -> ctranslate2.StorageView:
    """Return the encoder outputs of a batch, as CTranslate2 takes them."""
    return ctranslate2.StorageView.from_array(np.stack([item.encoded for item in batch]))


def _hypothesis(item: _Item, options: DecodingOptions) -> Hypothesis:
    """Return the result of a job: nothing for silence, and nothing for a partial that runs in a circle."""
    kept = decoding.choose(item.attempts, options)
    nothing = decoding.is_silence(kept, options) or (not item.job.final and decoding.repeats(kept, options))
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
    )
