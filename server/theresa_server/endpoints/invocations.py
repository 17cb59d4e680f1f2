"""``POST /invocations``: entities of texts, and transcripts of recordings, in the format of MLflow's scoring server."""

import asyncio
import logging
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_protocol.errors import ErrorCode
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.recordings import MediaError, decode
from theresa_server.endpoints.http.bodies import BodyTooLong, BodyTooSlow, body_chunks
from theresa_server.endpoints.http.errors import RequestRefused, mlflow_error, mlflow_refusal
from theresa_server.endpoints.http.limits import ConcurrencyLimit
from theresa_server.endpoints.http.requests import cancellable_request
from theresa_server.endpoints.http.warnings import warning_header
from theresa_server.entities.backlog import EntityPriority
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.search import EntitySearch
from theresa_server.mlflow.answers import AnnotatedSegment, audio_prediction, text_prediction
from theresa_server.mlflow.requests import AudioRow, ScoringError, ScoringParams, ScoringRow, TextRow, parse_request
from theresa_server.serving.admission import RETRY_AFTER_S, Refusal, check_request
from theresa_server.serving.service import Service
from theresa_server.speech.recognition import DecodeJob, EngineError, JobKind
from theresa_server.transcription import TranscribedSegment, segment_chunks, transcribe

logger = logging.getLogger("theresa.invocations")

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_AUDIO_S = 3_600
"""Length limit of a recording; the streaming endpoints accept longer audio."""

REQUESTS_AT_ONCE = 32
"""Requests processed at the same time; their bodies are held in memory."""

ROWS_AT_ONCE = 64
"""Rows of one request that are queued for the models at the same time."""


def routes(service: Service) -> list[BaseRoute]:
    """Return the route of ``/invocations``."""
    message = "Too many requests are being processed. Retry later."
    limit = ConcurrencyLimit(REQUESTS_AT_ONCE, Refusal(503, ErrorCode.OVERLOADED, message, RETRY_AFTER_S))

    async def invocations(request: Request) -> Response:
        try:
            predictions, params = await _predictions(service, request, limit)
            return JSONResponse({"predictions": predictions}, headers=warning_header(params.warnings))
        except RequestRefused as refused:
            return mlflow_refusal(refused.refusal)
        except ScoringError as error:
            return mlflow_error(error.status, str(error))
        except (EntityError, EngineError) as error:
            return mlflow_error(503, str(error), RETRY_AFTER_S)
        except ClientDisconnect:
            return Response(status_code=499)

    return [Route("/invocations", invocations, methods=["POST"])]


async def _predictions(service: Service, request: Request, limit: ConcurrencyLimit) -> tuple[list[Any], ScoringParams]:
    if refusal := check_request(request.headers, service.config.policy, service.load()):
        raise RequestRefused(refusal)
    with limit.acquire(), cancellable_request(service) as cancellable:
        body = await cancellable.receive(_read_body(request, service.config.limits.idle_timeout_ms / 1000))
        rows, params = await asyncio.to_thread(parse_request, request.headers.get("content-type", ""), body)
        for warning in params.warnings:
            logger.warning("%s", warning)
        return await cancellable.run(request.receive, _Invocation(service, params).run(rows)), params


class _Invocation:
    """The processing of one request's rows."""

    def __init__(self, service: Service, params: ScoringParams) -> None:
        self._service = service
        self._params = params
        self._row_slots = asyncio.Semaphore(ROWS_AT_ONCE)
        self._recording_slot = asyncio.Semaphore(1)

    async def run(self, rows: list[ScoringRow]) -> list[Any]:
        """Return a prediction for each row.

        Raises:
            ScoringError: when the server cannot process the request.
            EntityError: when entity recognition fails.
            EngineError: when the speech model fails.
        """
        self._check(rows)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._predict(row)) for row in rows]
        except* (ScoringError, EntityError, EngineError) as failed:
            error = failed.exceptions[0]
        else:
            return [task.result() for task in tasks]
        raise error

    def _check(self, rows: list[ScoringRow]) -> None:
        params, offer = self._params, self._service.offer()
        if any(isinstance(row, TextRow) for row in rows) and self._service.entities is None:
            raise ScoringError(
                "Entity recognition is disabled: start the server with --entities demo, or with another model. "
                "It needs the extra 'entities' (pip install 'theresa[entities]').",
                501,
            )
        if params.output == "graph" and not (offer.entities and offer.entities.relations):
            raise ScoringError(
                "The output 'graph' requires semantic role labelling, which the entity model does not provide: "
                "start the server with --entities and a multi-task model that includes srl."
            )
        if params.language is not None and params.language not in offer.languages:
            raise ScoringError(
                f"The model {offer.model} does not support the language {params.language!r}: "
                "start the server with a model that does, such as --model small."
            )

    async def _predict(self, row: ScoringRow) -> Any:
        async with self._row_slots:
            if isinstance(row, TextRow):
                return text_prediction(row.text, await self._find_entities(row.text), self._params.output)
            return await self._transcribe(row)

    async def _find_entities(self, text: str) -> Annotation:
        if self._service.entities is None:
            return Annotation()
        search = EntitySearch(labels=self._params.labels, relations=self._params.output == "graph")
        return await self._service.entities.find(self, text, EntityPriority.REQUEST, search)

    async def _transcribe(self, row: AudioRow) -> dict[str, Any]:
        segments = segment_chunks(decode(row.data, MAX_AUDIO_S), self._service.config.endpointing)
        results: list[AnnotatedSegment] = []

        async def on_segment(one: TranscribedSegment) -> None:
            results.append((one.segment, one.hypothesis, await self._find_entities(one.hypothesis.text)))

        try:
            async with self._recording_slot:
                await transcribe(self._service.models.default.engine, self, segments, self._job, on_segment)
        except MediaError as error:
            raise ScoringError(str(error)) from None
        return audio_prediction(results, words=self._params.words)

    def _job(self, pcm: Pcm) -> DecodeJob:
        return DecodeJob(pcm=pcm, language=self._params.language, kind=JobKind.FINAL, words=True)


async def _read_body(request: Request, max_stall_s: float) -> bytes:
    body = bytearray()
    try:
        async for chunk in body_chunks(request, MAX_BODY_BYTES, max_stall_s):
            body += chunk
    except BodyTooLong:
        raise ScoringError(f"The body exceeds the limit of {MAX_BODY_BYTES // 2**20} MiB.", 413) from None
    except BodyTooSlow as error:
        raise ScoringError(str(error), 408) from None
    return bytes(body)
