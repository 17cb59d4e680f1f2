"""``POST /invocations``: entities of texts, and transcripts of recordings, as MLflow's scoring servers answer."""

import asyncio
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_protocol.errors import ErrorCode
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.recordings import MediaError, decode
from theresa_server.endpoints.http.bodies import BodyLate, BodyTooLong, pieces
from theresa_server.endpoints.http.errors import Rejected
from theresa_server.endpoints.http.limits import ConcurrencyLimit
from theresa_server.endpoints.http.requests import cancellable_request
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.service import EntitySearch, Priority
from theresa_server.mlflow.answers import SegmentResult, prediction, transcript
from theresa_server.mlflow.requests import Audio, Params, Row, ScoringError, Text, parse
from theresa_server.serving.admission import RETRY_AFTER_S, Refused, permit
from theresa_server.serving.service import Service
from theresa_server.speech.recognition import DecodeJob, EngineError, JobKind
from theresa_server.transcription import TranscribedSegment, segment_chunks, transcribe

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_AUDIO_S = 3_600
"""Length of a recording; longer ones are for the stream."""

REQUESTS_AT_ONCE = 32
"""Requests that are taken in and answered at the same time; their bodies are in memory."""

ROWS_AT_ONCE = 64
"""Rows of one request that wait for the recogniser at the same time."""

_CODES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"} | dict.fromkeys((400, 408, 413, 415), "BAD_REQUEST")


def routes(service: Service) -> list[BaseRoute]:
    """``/invocations``."""
    message = "Too many requests are being answered here already."
    places = ConcurrencyLimit(REQUESTS_AT_ONCE, Refused(503, ErrorCode.OVERLOADED, message, RETRY_AFTER_S))

    async def invocations(request: Request) -> Response:
        try:
            if refused := permit(request.headers, service.config.policy, service.load):
                raise Rejected(refused)
            with places.take(), cancellable_request(service) as work:
                body = await _body(request, service.config.limits.idle_timeout_ms / 1000)
                rows, params = await asyncio.to_thread(parse, request.headers.get("content-type", ""), body)
                answer = await work.run(request.receive, _Invocation(service, params).run(rows))
        except Rejected as rejected:
            refused = rejected.refused
            return _error(refused.status, refused.message, refused.retry_after_s)
        except ScoringError as error:
            return _error(error.status, str(error))
        except (EntityError, EngineError) as error:
            return _error(503, str(error), RETRY_AFTER_S)
        except ClientDisconnect:
            return Response(status_code=499)
        return JSONResponse({"predictions": answer})

    return [Route("/invocations", invocations, methods=["POST"])]


class _Invocation:
    """The rows of one request on their way through the recogniser."""

    def __init__(self, service: Service, params: Params) -> None:
        self._service = service
        self._params = params
        self._turn = asyncio.Semaphore(ROWS_AT_ONCE)
        self._listening = asyncio.Semaphore(1)

    async def run(self, rows: list[Row]) -> list[Any]:
        """A prediction for each row. Raises ``ScoringError``, ``EntityError`` and ``EngineError``."""
        self._check(rows)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._predict(row)) for row in rows]
        except* (ScoringError, EntityError, EngineError) as failed:
            error = failed.exceptions[0]
        else:
            return [task.result() for task in tasks]
        raise error

    def _check(self, rows: list[Row]) -> None:
        params, offer = self._params, self._service.offer
        if any(isinstance(row, Text) for row in rows) and self._service.entities is None:
            raise ScoringError("No entities are found here: start the server with --entities demo, or a model.", 501)
        if params.output == "graph" and not (offer.entities and offer.entities.relations):
            raise ScoringError(
                "A graph needs semantic role labelling, which the entity model here does not have: "
                "start the server with --entities and a multi-task model that has srl."
            )
        if params.language is not None and params.language not in offer.languages:
            raise ScoringError(f"The model {offer.model} does not know the language {params.language!r}.")

    async def _predict(self, row: Row) -> Any:
        async with self._turn:
            if isinstance(row, Text):
                return prediction(row.text, await self._find(row.text), self._params.output)
            return await self._transcribe(row)

    async def _find(self, text: str) -> Annotation:
        if self._service.entities is None:
            return Annotation()
        search = EntitySearch(labels=self._params.labels, relations=self._params.output == "graph")
        return await self._service.entities.find(self, text, Priority.REQUEST, search)

    async def _transcribe(self, row: Audio) -> dict[str, Any]:
        assert self._service.engine is not None  # noqa: S101 - no request is let in before
        spoken = segment_chunks(decode(row.data, MAX_AUDIO_S), self._service.config.endpointing)
        found: list[SegmentResult] = []

        async def heard(one: TranscribedSegment) -> None:
            found.append((one.segment, one.hypothesis, await self._find(one.hypothesis.text)))

        try:
            async with self._listening:
                await transcribe(self._service.engine, self, spoken, self._job, heard)
        except MediaError as error:
            raise ScoringError(str(error)) from None
        return transcript(found, words=self._params.words)

    def _job(self, pcm: Pcm) -> DecodeJob:
        return DecodeJob(pcm=pcm, language=self._params.language, kind=JobKind.FINAL, words=True)


async def _body(request: Request, patience_s: float) -> bytes:
    """The body. Raises ``ScoringError`` as soon as it is too long or too late, and ``ClientDisconnect``."""
    body = bytearray()
    try:
        async for piece in pieces(request, MAX_BODY_BYTES, patience_s):
            body += piece
    except BodyTooLong:
        raise ScoringError(f"The body may have {MAX_BODY_BYTES // 2**20} MiB.", 413) from None
    except BodyLate as late:
        raise ScoringError(str(late), 408) from None
    return bytes(body)


def _error(status: int, message: str, retry_after_s: int | None = None) -> Response:
    code = _CODES.get(status, "TEMPORARILY_UNAVAILABLE" if status == 503 else "NOT_IMPLEMENTED")
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return JSONResponse({"error_code": code, "message": message}, status, headers)
