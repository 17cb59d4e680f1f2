"""``POST /v1/audio/transcriptions`` and ``/v1/audio/translations``: recordings in OpenAI's request format.

The recording is a part of a form, or the body itself.
"""

import asyncio
import logging
from contextlib import AsyncExitStack
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import Task
from theresa_server.audio.recordings import MediaError, RecordingTooLong
from theresa_server.endpoints.http.errors import RequestRefused, openai_error, openai_refusal, unknown_model
from theresa_server.endpoints.http.limits import ConcurrencyLimit
from theresa_server.endpoints.http.raw_uploads import check_length, is_recording, receive_recording
from theresa_server.endpoints.http.requests import cancellable_request
from theresa_server.endpoints.http.transcription_request import TranscriptionRequest, last_chunk
from theresa_server.endpoints.http.uploads import Upload, UploadError, check_headers, receive_upload
from theresa_server.openai.aliases import served_name
from theresa_server.openai.files.events import error_event
from theresa_server.openai.files.fields import FormError
from theresa_server.openai.files.form import parse_form
from theresa_server.openai.paths import paths_of
from theresa_server.serving.admission import AT_CAPACITY, RETRY_AFTER_S, Refusal, check_request
from theresa_server.serving.config import FileLimits
from theresa_server.serving.models import UnknownModel
from theresa_server.serving.service import Service
from theresa_server.sessions.settings import detect_among, negotiate
from theresa_server.speech.recognition import EngineError

logger = logging.getLogger("theresa.files")

_AT_CAPACITY = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.OVERLOADED, AT_CAPACITY, RETRY_AFTER_S)


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of both endpoints."""
    queue = UploadQueue(service.config.files)
    tasks: dict[str, Task] = {"transcriptions": "transcribe", "translations": "translate"}
    return [
        Route(path, FilesEndpoint(service, queue, task), methods=["POST"])
        for name, task in tasks.items()
        for path in paths_of(f"/audio/{name}", deployments=True)
    ]


class UploadQueue:
    """The queue of recordings. A limited number is transcribed concurrently, and a limited number waits."""

    def __init__(self, limits: FileLimits) -> None:
        message = "Too many recordings are waiting to be transcribed. Retry later."
        refusal = Refusal(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.OVERLOADED, message, RETRY_AFTER_S)
        self.slots = ConcurrencyLimit(limits.at_once + limits.waiting, refusal)
        self.turn = asyncio.Semaphore(limits.at_once)
        """Held by each recording in a slot while it is transcribed."""


class FilesEndpoint:
    """One of the two endpoints. It is an ASGI application because it may stream its response."""

    def __init__(self, service: Service, queue: UploadQueue, task: Task) -> None:
        self._service = service
        self._queue = queue
        self._task = task

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process one request. A client that disconnects gets no response."""
        try:
            response = await self._process(Request(scope, receive), receive, send)
        except ClientDisconnect:
            return
        except Exception as error:
            response = _response(error)
        if response is not None:
            await response(scope, receive, send)

    async def _process(self, request: Request, receive: Receive, send: Send) -> Response | None:
        """Return the response, or ``None`` when it has been streamed. Errors are those that ``_response`` accepts."""
        service, limits = self._service, self._service.config.files
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            raise RequestRefused(refusal)
        raw = is_recording(request.headers)
        (check_length if raw else check_headers)(request.headers, limits.max_bytes)
        receive_body = receive_recording if raw else receive_upload
        with self._queue.slots.acquire(), cancellable_request(service) as cancellable:
            if all(service.load(name).at_capacity for name in service.models.names):
                raise RequestRefused(_AT_CAPACITY)
            max_stall_s = service.config.limits.idle_timeout_ms / 1000
            async with AsyncExitStack() as stack:
                upload = receive_body(request, limits.max_bytes, max_stall_s)
                form = await cancellable.receive(stack.enter_async_context(upload))
                transcription = self._transcription(form, request.path_params.get("deployment"))
                try:
                    return await cancellable.run(receive, transcription.respond(form.file, self._queue.turn, send))
                except ClientDisconnect:
                    raise
                except Exception as error:
                    if not transcription.streaming:
                        raise
                    await send(last_chunk(error_event(bytes(_response(error).body))))
                    return None

    def _transcription(self, form: Upload, deployment: str | None) -> TranscriptionRequest:
        request = parse_form(form.fields, self._task)
        if request.warnings:
            logger.debug("%s", " ".join(request.warnings))
        models = self._service.models
        model = models.find(served_name(request.model or deployment, models.names))
        if self._service.load(model.name).at_capacity:
            raise RequestRefused(_AT_CAPACITY)
        offer = self._service.offer(model.name)
        settings = detect_among(request.languages, negotiate(request.start, offer), offer)
        return TranscriptionRequest(self._service, model.engine, settings, request)


def _response(error: Exception) -> JSONResponse:
    """Return the error response for an exception; unexpected exceptions are raised again."""
    match error:
        case RequestRefused():
            return openai_refusal(error.refusal)
        case UploadError():
            return openai_error(error.status, str(error), error.code, error.param)
        case UnknownModel():
            return openai_refusal(unknown_model(error))
        case FormError():
            return openai_error(HTTPStatus.BAD_REQUEST, str(error), ErrorCode.BAD_FIELD, error.param)
        case RemoteProtocolError():
            param = (error.param or "").removeprefix("$.") or None
            return openai_error(HTTPStatus.BAD_REQUEST, str(error), error.code, param)
        case RecordingTooLong():
            return openai_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error), "recording_too_long", "file")
        case MediaError():
            return openai_error(HTTPStatus.BAD_REQUEST, str(error), "bad_recording", "file")
        case EngineError():
            return openai_error(HTTPStatus.INTERNAL_SERVER_ERROR, str(error), ErrorCode.INTERNAL)
    raise error
