"""The transcription of one recording, with a complete or a streamed response."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO

from starlette.responses import Response
from starlette.types import Message, Send

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import Recording
from theresa_server.concurrency import off_loop
from theresa_server.endpoints.http.warnings import warning_header
from theresa_server.engine.local import LocalEngine
from theresa_server.entities.backlog import EntityPriority
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.openai.files.answers import render_answer, task_fields
from theresa_server.openai.files.events import KEEPALIVE, MEDIA_TYPE, done_event, segment_events
from theresa_server.openai.files.form import FileRequest
from theresa_server.openai.files.transcript import RecordingTranscript
from theresa_server.serving.service import Service
from theresa_server.sessions.settings import Settings
from theresa_server.speech.recognition import DecodeJob, JobKind
from theresa_server.transcription import TranscribedSegment, segment_chunks, transcribe

KEEP_ALIVE_INTERVAL_S = 15.0
"""Interval of keep-alive comments on a stream: proxies close connections that are silent for a minute."""

NOT_TRANSLATED = "The model transcribed instead of translating: use one that can translate."

logger = logging.getLogger("theresa.files")


class TranscriptionRequest:
    """One request, from the uploaded file to the end of the response."""

    def __init__(self, service: Service, engine: LocalEngine, settings: Settings, request: FileRequest) -> None:
        self.streaming = False
        """Whether the stream has started, so that errors have to be sent in it."""
        self._service = service
        self._engine = engine
        self._settings = settings
        self._request = request
        self._transcript = RecordingTranscript()

    async def respond(self, file: BinaryIO, turn: AbstractAsyncContextManager[Any], send: Send) -> Response | None:
        """Transcribe a recording, and return the response or stream it and return ``None``.

        Args:
            file: The recording.
            turn: Held while the recording is transcribed; entering it waits in the queue.
            send: The ASGI channel for a streamed response.

        Raises:
            MediaError: when the recording cannot be decoded, or is too long.
            EngineError: when the model fails.
        """
        if self._request.stream:
            await self._stream(file, turn, send)
            return None
        async with turn, self._open(file) as recording:
            await self._transcribe(recording, None)
        render = partial(render_answer, self._transcript, self._request, recording.samples / SAMPLE_RATE_HZ)
        body, media_type = await off_loop(render)
        return Response(body, media_type=media_type, headers=warning_header(self._warnings()))

    async def _stream(self, file: BinaryIO, turn: AbstractAsyncContextManager[Any], send: Send) -> None:
        """Stream the response. It starts when the recording is open, so that a bad one gets an error response.

        A request that waits longer for its turn than the interval of keep-alive comments starts its response then.
        """
        async with _keep_alive_comments(self._start_stream, send), turn, self._open(file) as recording:
            await self._start_stream(send)
            await self._transcribe(recording, send)
        await send(last_chunk(done_event(self._transcript, self._request, recording.samples / SAMPLE_RATE_HZ)))

    async def _start_stream(self, send: Send) -> None:
        if not self.streaming:
            self.streaming = True
            await send(_response_start(self._request.warnings))

    @asynccontextmanager
    async def _open(self, file: BinaryIO) -> AsyncIterator[Recording]:
        recording = await off_loop(partial(Recording, file, self._service.config.files.max_s))
        try:
            yield recording
        finally:
            await off_loop(recording.close)

    async def _transcribe(self, recording: Recording, send: Send | None) -> None:
        """Transcribe a recording; ``send`` streams each segment as soon as it is transcribed."""

        async def on_segment(one: TranscribedSegment) -> None:
            annotation = await self._find_entities(one.hypothesis.text)
            passage = self._transcript.add(one.segment, one.hypothesis, annotation)
            if send is not None:
                for event in segment_events(passage, self._request):
                    await send(_chunk(event))

        segments = segment_chunks(recording.pcm(), self._settings.endpointing)
        await transcribe(self._engine, self, segments, self._job, on_segment)

    def _warnings(self) -> list[str]:
        untranslated = task_fields(self._transcript, self._request)
        return [*self._request.warnings, *([NOT_TRANSLATED] if untranslated else [])]

    def _job(self, pcm: Pcm) -> DecodeJob:
        return replace(self._settings.job(pcm, JobKind.FINAL), temperature=self._request.temperature)

    async def _find_entities(self, text: str) -> Annotation | None:
        """Return the entities of a text, or ``None`` on failure, which must not cost the client its transcript."""
        if self._settings.entities is None or self._service.entities is None:
            return Annotation()
        try:
            return await self._service.entities.find(
                self, text, EntityPriority.REQUEST, self._settings.entities.final_search
            )
        except EntityError as error:
            logger.warning("entity recognition failed for a segment of a recording: %s", error)
            return None


def last_chunk(body: bytes) -> Message:
    """Return the ASGI message with the last chunk of a response."""
    return {"type": "http.response.body", "body": body}


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def _response_start(warnings: Iterable[str]) -> Message:
    headers = {
        "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx must not buffer the stream
        **warning_header(warnings),
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": raw}


@asynccontextmanager
async def _keep_alive_comments(start: Callable[[Send], Awaitable[None]], send: Send) -> AsyncIterator[None]:
    """Send a comment at regular intervals inside the context; ``start`` starts the stream unless it has started."""
    sending = asyncio.ensure_future(_send_comments(start, send))
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def _send_comments(start: Callable[[Send], Awaitable[None]], send: Send) -> None:
    while True:
        await asyncio.sleep(KEEP_ALIVE_INTERVAL_S)
        await start(send)
        await send(_chunk(KEEPALIVE))
