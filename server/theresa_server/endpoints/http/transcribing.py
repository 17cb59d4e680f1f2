"""One recording on its way through the model, and its transcript on its way to the client."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO

from starlette.responses import Response
from starlette.types import Message, Send

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import Recording
from theresa_server.concurrency import off_loop
from theresa_server.engine.local import LocalEngine
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.service import Priority
from theresa_server.openai.files.answers import answer
from theresa_server.openai.files.events import COMMENT, MEDIA_TYPE, done, grown
from theresa_server.openai.files.form import FileRequest
from theresa_server.openai.files.transcript import RecordingTranscript
from theresa_server.serving.service import Service
from theresa_server.sessions.settings import Settings
from theresa_server.speech.recognition import DecodeJob, JobKind
from theresa_server.transcription import TranscribedSegment, segment_chunks, transcribe

COMMENT_INTERVAL_S = 15.0
"""How often something is sent on a stream, be it nothing: proxies give up on those that are silent for a minute."""

logger = logging.getLogger("theresa.files")


class Transcribing:
    """The work for one request, from its file to the end of the answer."""

    def __init__(self, service: Service, engine: LocalEngine, settings: Settings, wanted: FileRequest) -> None:
        self.streaming = False
        """Whether a stream has been begun: then even an error has to go there."""
        self._service = service
        self._engine = engine
        self._settings = settings
        self._wanted = wanted
        self._transcript = RecordingTranscript()

    async def answer(self, file: BinaryIO, turn: AbstractAsyncContextManager[Any], send: Send) -> Response | None:
        """The answer for the recording in a file, once it is its turn; ``None`` when it has been streamed.

        Raises ``MediaError`` and ``EngineError``.
        """
        recording = await off_loop(partial(Recording, file, self._service.config.files.max_s))
        try:
            if self._wanted.stream:
                await self._stream(recording, turn, send)
                return None
            async with turn:
                await self._hear(recording, None)
            render = partial(answer, self._transcript, self._wanted, recording.samples / SAMPLE_RATE_HZ)
            body, media_type = await off_loop(render)
            return Response(body, media_type=media_type)
        finally:
            await off_loop(recording.close)

    async def _stream(self, recording: Recording, turn: AbstractAsyncContextManager[Any], send: Send) -> None:
        self.streaming = True
        await send(_head())
        async with _kept_open(send), turn:
            await self._hear(recording, send)
        await send(last(done(self._transcript, self._wanted, recording.samples / SAMPLE_RATE_HZ)))

    async def _hear(self, recording: Recording, send: Send | None) -> None:
        """Transcribe it, and where there is somebody to send to, tell of each passage."""

        async def heard(one: TranscribedSegment) -> None:
            passage = self._transcript.add(one.segment, one.hypothesis, await self._find(one.hypothesis.text))
            if send is not None:
                for event in grown(passage, self._wanted):
                    await send(_more(event))

        spoken = segment_chunks(recording.pcm(), self._settings.endpointing)
        await transcribe(self._engine, self, spoken, self._job, heard)

    def _job(self, pcm: Pcm) -> DecodeJob:
        return replace(self._settings.job(pcm, JobKind.FINAL), temperature=self._wanted.temperature)

    async def _find(self, text: str) -> Annotation | None:
        """What a text mentions; ``None`` where that cannot be had, which must not cost a transcript."""
        if self._settings.entities is None or self._service.entities is None:
            return Annotation()
        try:
            return await self._service.entities.find(self, text, Priority.REQUEST, self._settings.entities.final_search)
        except EntityError as error:
            logger.warning("a passage of a recording has no entities: %s", error)
            return None


def last(body: bytes) -> Message:
    """The last piece of an answer."""
    return {"type": "http.response.body", "body": body}


def _more(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def _head() -> Message:
    headers = {
        "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx is not to collect what is to be read at once
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": raw}


@asynccontextmanager
async def _kept_open(send: Send) -> AsyncIterator[None]:
    """Inside this context something is sent now and then."""
    speaking = asyncio.ensure_future(_comment(send))
    try:
        yield
    finally:
        speaking.cancel()
        await asyncio.wait([speaking])


async def _comment(send: Send) -> None:
    while True:
        await asyncio.sleep(COMMENT_INTERVAL_S)
        await send(_more(COMMENT))
