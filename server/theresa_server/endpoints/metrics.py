"""``GET /metrics``: what the server does, in figures, as Prometheus collects them.

It is answered without a key, like the questions of ``operations``. More models make more samples, more sessions do not.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from theresa_protocol.errors import ErrorCode
from theresa_protocol.messages import Degradation
from theresa_server.endpoints.prometheus import MEDIA_TYPE, Metric, Sample, counter, exposition, gauge, in_classes
from theresa_server.engine.metrics import WAIT_BUCKETS_S, JobMetrics
from theresa_server.serving.models import ServedModel
from theresa_server.serving.service import Service
from theresa_server.sessions.reports import degradation
from theresa_server.speech.guards import Act


def routes(service: Service) -> list[BaseRoute]:
    """``/metrics``."""
    installed = version("theresa")

    async def metrics(_: Request) -> Response:
        figures = (*_of_server(service, installed), *_of_sessions(service), *_of_work(service))
        return Response(exposition(figures), media_type=MEDIA_TYPE)

    return [Route("/metrics", metrics)]


def _of_server(service: Service, installed: str) -> Iterator[Metric]:
    load, most = service.load, service.config.policy.max_sessions
    refused = [Sample({"code": code}, service.refused[code]) for code in ErrorCode]
    yield gauge("theresa_info", "Always 1; the label tells the version.", [Sample({"version": installed}, 1)])
    yield gauge("theresa_ready", "Whether the models are loaded.", [Sample({}, load.ready)])
    yield gauge("theresa_draining", "Whether the server is about to stop.", [Sample({}, load.draining)])
    yield gauge("theresa_sessions_limit", "How many sessions may be open at most.", [Sample({}, most)])
    yield counter("theresa_sessions_refused_total", "Sessions that were refused, by the code of the error.", refused)


def _of_sessions(service: Service) -> Iterator[Metric]:
    def each(value: Callable[[ServedModel], float]) -> list[Sample]:
        return _each(service, value)

    sessions = each(lambda model: service.sessions_on(model.name))
    opened = each(lambda model: service.opened[model.name])
    speakers = each(lambda model: model.engine.speakers or 0)
    crowded = each(lambda model: service.load_for(model.name).crowded)
    degraded = _each_of("state", service, _degraded)
    finals = each(lambda model: model.engine.metrics.finals)
    yield gauge("theresa_sessions", "Sessions that are open, those that were cut off too.", sessions)
    yield counter("theresa_sessions_opened_total", "Sessions that began.", opened)
    yield gauge("theresa_speakers_expected", "Speakers that the model carries at once; 0: nobody knows.", speakers)
    yield gauge("theresa_crowded", "Whether another session would be refused for lack of room.", crowded)
    yield gauge("theresa_degraded", "How sessions are served: 1 at the state that holds now.", degraded)
    yield counter("theresa_finals_total", "Finals sent to sessions.", finals)


def _of_work(service: Service) -> Iterator[Metric]:
    def work(value: Callable[[JobMetrics], float]) -> list[Sample]:
        def kinds(model: ServedModel) -> dict[str, float]:
            return {kind: value(one) for kind, one in model.engine.metrics.by_kind.items()}

        return _each_of("kind", service, kinds)

    queued = _each(service, lambda model: model.engine.queued)
    acts = _each_of("act", service, lambda model: {act: model.engine.metrics.guards[act] for act in Act})
    yield gauge("theresa_jobs_queued", "Jobs that wait for the model.", queued)
    yield counter("theresa_jobs_total", "Jobs that were decoded.", work(lambda one: one.jobs))
    yield counter("theresa_jobs_failed_total", "Those on which the model failed.", work(lambda one: one.failed))
    yield counter("theresa_decoded_audio_seconds_total", "The audio in all jobs.", work(lambda one: one.audio_s))
    yield counter("theresa_decoding_seconds_total", "How long they kept the model.", work(lambda one: one.decoding_s))
    yield Metric("theresa_queue_wait_seconds", "histogram", "How long they had waited.", list(_waits(service)))
    yield counter("theresa_guard_acts_total", "What guards did about texts.", acts)


def _each(service: Service, value: Callable[[ServedModel], float]) -> list[Sample]:
    return [Sample({"model": model.name}, value(model)) for model in service.models]


def _each_of(label: str, service: Service, values: Callable[[ServedModel], Mapping[str, float]]) -> list[Sample]:
    return [
        Sample({"model": model.name, label: name}, value)
        for model in service.models
        for name, value in values(model).items()
    ]


def _degraded(model: ServedModel) -> dict[str, float]:
    now = degradation(model.engine.pressure)
    return {state: state == now for state in get_args(Degradation)}


def _waits(service: Service) -> Iterator[Sample]:
    for model in service.models:
        for kind, one in model.engine.metrics.by_kind.items():
            yield from in_classes({"model": model.name, "kind": kind}, WAIT_BUCKETS_S, one.wait_histogram, one.wait_s)
