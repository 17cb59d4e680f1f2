"""Transcription of recordings in the calling thread."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from theresa_server.audio.recordings import MediaError, decode
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.mlflow.requests import ScoringError
from theresa_server.speech.language import LanguageTracker
from theresa_server.speech.recognition import DecodeJob, Hypothesis, JobKind, Transcriber
from theresa_server.transcription import iter_segments

MAX_AUDIO_S = 3_600
"""Maximum length of a recording, as in ``/invocations`` of the server."""


class RecordingTranscriber:
    """Transcribes recordings with the same result as the server. Thread-safe: threads take turns at the model."""

    def __init__(self, transcriber: Transcriber, config: SegmenterConfig) -> None:
        self.name = transcriber.name
        self.languages = transcriber.languages
        self._transcriber = transcriber
        self._config = config
        self._model_lock = threading.Lock()

    def transcribe(self, recording: bytes, language: str | None) -> list[tuple[SegmentClosed, Hypothesis]]:
        """Return the segments of a recording with their transcripts, except segments without text.

        Args:
            recording: A file in any supported format.
            language: The language; ``None`` detects it for each segment.

        Raises:
            ScoringError: when the recording cannot be decoded.
            EngineError: when the model fails.
        """
        try:
            return self._transcribe(iter_segments(decode(recording, MAX_AUDIO_S), self._config), language)
        except MediaError as error:
            raise ScoringError(str(error)) from None

    def _transcribe(
        self, closed_segments: Iterator[SegmentClosed], language: str | None
    ) -> list[tuple[SegmentClosed, Hypothesis]]:
        memory = LanguageTracker(language)
        transcribed = []
        while batch := list(islice(closed_segments, self._transcriber.max_batch)):
            jobs = [
                DecodeJob(pcm=segment.pcm, language=language, kind=JobKind.FINAL, words=True, voice=segment.voice)
                for segment in batch
            ]
            for segment, job, hypothesis in zip(batch, jobs, self._decode(jobs), strict=True):
                corrected = memory.correction(hypothesis)
                if corrected is not None:
                    (hypothesis,) = self._decode([replace(job, language=corrected)])
                if hypothesis.text:
                    transcribed.append((segment, hypothesis))
        return transcribed

    def _decode(self, jobs: list[DecodeJob]) -> list[Hypothesis]:
        with self._model_lock:
            return self._transcriber.transcribe(jobs)
