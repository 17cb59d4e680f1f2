"""``POST /v1/audio/transcriptions`` and ``/v1/audio/translations``: recordings, as OpenAI's clients send them."""

import asyncio
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import Task
from theresa_server.audio.recordings import MediaError, RecordingTooLong
from theresa_server.endpoints.http.errors import Rejected
from theresa_server.endpoints.http.limits import ConcurrencyLimit
from theresa_server.endpoints.http.openai_errors import model_not_found, openai_error, openai_refusal
from theresa_server.endpoints.http.requests import cancellable_request
from theresa_server.endpoints.http.transcribing import Transcribing, last
from theresa_server.endpoints.http.uploads import UploadError, check_headers, upload
from theresa_server.engine.local import LocalEngine
from theresa_server.openai.aliases import served_name
from theresa_server.openai.files.events import error_event
from theresa_server.openai.files.form import FileRequest, FormError, parse_form
from theresa_server.serving.admission import NO_ROOM, RETRY_AFTER_S, Refused, permit
from theresa_server.serving.config import FileLimits
from theresa_server.serving.models import UnknownModel
from theresa_server.serving.service import Service
from theresa_server.sessions.settings import Settings, negotiate
from theresa_server.speech.recognition import EngineError


def routes(service: Service) -> list[BaseRoute]:
    """Both paths."""
    desk = Desk(service.config.files)
    paths: dict[str, Task] = {"transcriptions": "transcribe", "translations": "translate"}
    return [
        Route(f"/v1/audio/{path}", FilesEndpoint(service, desk, task), methods=["POST"]) for path, task in paths.items()
    ]


class Desk:
    """Where recordings are handed in: so many are transcribed at once, some more may wait."""

    def __init__(self, limits: FileLimits) -> None:
        message = "Too many recordings are waiting here already."
        refused = Refused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.OVERLOADED, message, RETRY_AFTER_S)
        self.places = ConcurrencyLimit(limits.at_once + limits.waiting, refused)
        self.turn = asyncio.Semaphore(limits.at_once)
        """To be waited for by a recording that has a place."""


class FilesEndpoint:
    """One of the two paths: an ASGI application, since it goes on working while its answer is being sent."""

    def __init__(self, service: Service, desk: Desk, task: Task) -> None:
        self._service = service
        self._desk = desk
        self._task = task

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose client has hung up needs no answer."""
        try:
            response = await self._answer(Request(scope, receive), receive, send)
        except ClientDisconnect:
            return
        except Exception as error:
            response = _response(error)
        if response is not None:
            await response(scope, receive, send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> Response | None:
        """The answer; ``None`` where it has been sent. Raises what ``_response`` knows."""
        service, limits = self._service, self._service.config.files
        if refused := permit(request.headers, service.config.policy, service.load):
            raise Rejected(refused)
        check_headers(request.headers, limits.max_bytes)
        with self._desk.places.take(), cancellable_request(service) as work:
            if all(service.load_for(name).crowded for name in service.models.names):
                raise Rejected(_crowded())
            async with upload(request, limits.max_bytes, service.config.limits.idle_timeout_ms / 1000) as form:
                wanted = parse_form(form.fields, self._task)
                recording = Transcribing(service, *self._negotiate(wanted), wanted)
                try:
                    return await work.run(receive, recording.answer(form.file, self._desk.turn, send))
                except ClientDisconnect:
                    raise
                except Exception as error:
                    if not recording.streaming:
                        raise
                    await send(last(error_event(bytes(_response(error).body))))
                    return None

    def _negotiate(self, wanted: FileRequest) -> tuple[LocalEngine, Settings]:
        """The model that is meant, and what it is to do."""
        models = self._service.models
        model = models.find(served_name(wanted.model, models.names)).name
        if self._service.load_for(model).crowded:
            raise Rejected(_crowded())
        return self._service.engine_for(model), negotiate(wanted.start, self._service.offer_for(model))


def _crowded() -> Refused:
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.OVERLOADED, NO_ROOM, RETRY_AFTER_S)


def _response(error: Exception) -> JSONResponse:
    """The answer to who meets with an error. Raises what is none of ours."""
    match error:
        case Rejected():
            return openai_refusal(error.refused)
        case UploadError():
            return openai_error(error.status, str(error), error.code, error.param)
        case UnknownModel():
            return model_not_found(error)
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
