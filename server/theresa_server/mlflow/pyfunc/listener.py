"""Recordings to text in the calling process and thread."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from theresa_server.audio.recordings import MediaError, decode
from theresa_server.audio.segmenter import SegmentClosed, SegmenterConfig
from theresa_server.mlflow.requests import ScoringError
from theresa_server.speech.language import LanguageTracker
from theresa_server.speech.recognition import DecodeJob, Hypothesis, JobKind, Transcriber
from theresa_server.transcription import iter_segments

MAX_AUDIO_S = 3_600
"""Length of a recording, as at the server."""


class Listener:
    """Hears what ``transcribe`` hears at the server. Threads that call it take turns at the model."""

    def __init__(self, transcriber: Transcriber, config: SegmenterConfig) -> None:
        self.name = transcriber.name
        self.languages = transcriber.languages
        self._transcriber = transcriber
        self._config = config
        self._turn = threading.Lock()

    def hear(self, recording: bytes, language: str | None) -> list[tuple[SegmentClosed, Hypothesis]]:
        """The segments of a file of any format, and what is said in them; those without text are left out.

        ``language`` ``None`` detects it. Raises ``ScoringError``, and ``EngineError`` when the model fails.
        """
        try:
            return self._hear(iter_segments(decode(recording, MAX_AUDIO_S), self._config), language)
        except MediaError as error:
            raise ScoringError(str(error)) from None

    def _hear(self, found: Iterator[SegmentClosed], language: str | None) -> list[tuple[SegmentClosed, Hypothesis]]:
        memory = LanguageTracker(language)
        heard = []
        while batch := list(islice(found, self._transcriber.max_batch)):
            jobs = [DecodeJob(pcm=one.pcm, language=language, kind=JobKind.FINAL, words=True) for one in batch]
            for segment, job, hypothesis in zip(batch, jobs, self._decode(jobs), strict=True):
                corrected = memory.correction(hypothesis)
                said = hypothesis if corrected is None else self._decode([replace(job, language=corrected)])[0]
                if said.text:
                    heard.append((segment, said))
        return heard

    def _decode(self, jobs: list[DecodeJob]) -> list[Hypothesis]:
        with self._turn:
            return self._transcriber.transcribe(jobs)
