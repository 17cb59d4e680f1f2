"""``GET /metrics``: metrics for Prometheus.

The endpoint requires no API key, like those in ``operations``. The number of samples grows with the number of models,
not with the number of sessions.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from theresa_protocol.errors import ErrorCode
from theresa_protocol.messages import Degradation
from theresa_server.endpoints.prometheus import (
    MEDIA_TYPE,
    Metric,
    Sample,
    counter,
    exposition,
    gauge,
    histogram_samples,
)
from theresa_server.engine.metrics import WAIT_BUCKETS_S, JobMetrics
from theresa_server.serving.models import ServedModel
from theresa_server.serving.service import Service
from theresa_server.sessions.progress import degradation
from theresa_server.speech.guards import GuardAction


def routes(service: Service) -> list[BaseRoute]:
    """Return the route of ``/metrics``."""
    installed = version("theresa")

    async def metrics(_: Request) -> Response:
        all_metrics = (*_server_metrics(service, installed), *_session_metrics(service), *_engine_metrics(service))
        return Response(exposition(all_metrics), media_type=MEDIA_TYPE)

    return [Route("/metrics", metrics)]


def _server_metrics(service: Service, installed: str) -> Iterator[Metric]:
    load, limit = service.load(), service.config.policy.max_sessions
    refused = [Sample({"code": code}, service.sessions.refused[code]) for code in ErrorCode]
    yield gauge("theresa_info", "Always 1; the label is the server version.", [Sample({"version": installed}, 1)])
    yield gauge("theresa_ready", "Whether all models are loaded.", [Sample({}, load.ready)])
    yield gauge("theresa_draining", "Whether the server is shutting down.", [Sample({}, load.draining)])
    yield gauge("theresa_sessions_limit", "Maximum number of open sessions.", [Sample({}, limit)])
    yield counter("theresa_sessions_refused_total", "Sessions refused, by error code.", refused)


def _session_metrics(service: Service) -> Iterator[Metric]:
    def per_model(value: Callable[[ServedModel], float]) -> list[Sample]:
        return _per_model(service, value)

    sessions = Counter(record.model for record in service.sessions.live())
    at_capacity = per_model(lambda model: service.load(model.name).at_capacity)
    degraded = _per_model_and("state", service, _degradation_states)
    yield gauge(
        "theresa_sessions",
        "Open sessions, including disconnected ones that can still be resumed.",
        per_model(lambda model: sessions[model.name]),
    )
    yield counter(
        "theresa_sessions_opened_total",
        "Sessions opened.",
        per_model(lambda model: service.sessions.opened[model.name]),
    )
    yield gauge(
        "theresa_speakers_expected",
        "Estimated number of concurrent speakers the model can serve; 0 if unknown.",
        per_model(lambda model: model.engine.speakers or 0),
    )
    yield gauge("theresa_crowded", "Whether new sessions are refused because the server is at capacity.", at_capacity)
    yield gauge("theresa_degraded", "Degradation of the service; 1 for the current state.", degraded)
    yield counter(
        "theresa_finals_total", "Finals sent to sessions.", per_model(lambda model: model.engine.metrics.finals)
    )


def _engine_metrics(service: Service) -> Iterator[Metric]:
    def per_kind(value: Callable[[JobMetrics], float]) -> list[Sample]:
        def values(model: ServedModel) -> dict[str, float]:
            return {kind: value(work) for kind, work in model.engine.metrics.by_kind.items()}

        return _per_model_and("kind", service, values)

    queued = _per_model(service, lambda model: model.engine.queued)
    waits = list(_queue_wait_samples(service))
    acts = _per_model_and("act", service, lambda model: {act: model.engine.metrics.guards[act] for act in GuardAction})
    yield gauge("theresa_jobs_queued", "Decode jobs in the queue.", queued)
    yield counter("theresa_jobs_total", "Decode jobs, including failed ones.", per_kind(lambda work: work.jobs))
    yield counter("theresa_jobs_failed_total", "Decode jobs failed.", per_kind(lambda work: work.failed))
    yield counter(
        "theresa_decoded_audio_seconds_total", "Audio in all decode jobs.", per_kind(lambda work: work.audio_s)
    )
    yield counter("theresa_decoding_seconds_total", "Time spent decoding.", per_kind(lambda work: work.decoding_s))
    yield Metric("theresa_queue_wait_seconds", "histogram", "Time that decode jobs waited in the queue.", waits)
    yield counter("theresa_guard_acts_total", "Interventions of decoding guards.", acts)


def _per_model(service: Service, value: Callable[[ServedModel], float]) -> list[Sample]:
    return [Sample({"model": model.name}, value(model)) for model in service.models]


def _per_model_and(label: str, service: Service, values: Callable[[ServedModel], Mapping[str, float]]) -> list[Sample]:
    """Return a sample for each model and each value of a second label."""
    return [
        Sample({"model": model.name, label: name}, value)
        for model in service.models
        for name, value in values(model).items()
    ]


def _degradation_states(model: ServedModel) -> dict[str, float]:
    current = degradation(model.engine.pressure)
    return {state: state == current for state in get_args(Degradation)}


def _queue_wait_samples(service: Service) -> Iterator[Sample]:
    for model in service.models:
        for kind, work in model.engine.metrics.by_kind.items():
            labels = {"model": model.name, "kind": kind}
            yield from histogram_samples(labels, WAIT_BUCKETS_S, work.wait_histogram, work.wait_s)
