"""The load that a request for a model meets."""

import pytest

from tests.doubles import Gate
from theresa_server.engine.local import LocalEngine
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.models import ServedModel, UnknownModel
from theresa_server.serving.registry import OpenSession
from theresa_server.serving.service import Service


class Idle:
    """A session that does nothing."""

    def warn(self, deadline_ms: int) -> None:
        """Ignore the shutdown."""

    async def stop(self) -> None:
        """Stay open."""

    def abandon(self) -> None:
        """Stay open."""


@pytest.fixture
async def service() -> Service:
    """A service with a model for two speakers and one for four."""
    service = Service(ServerConfig())
    service.open([served("small", 2), served("large", 4)])
    return service


def served(name: str, speakers: int) -> ServedModel:
    transcriber = Gate()
    transcriber.name = name
    return ServedModel(engine=LocalEngine(transcriber, speakers), created=0)


def add(service: Service, model: str, *, live: bool = True) -> OpenSession:
    session = Idle()
    service.sessions.add(session, model, live=live)
    return session


async def test_a_service_without_models_is_not_ready() -> None:
    assert not Service(ServerConfig()).load("any").ready


async def test_sessions_of_all_models_share_the_capacity(service: Service) -> None:
    add(service, "small")
    add(service, "large")
    load = service.load()
    assert (load.sessions, load.recent, load.utilization) == (2, 2, 0.75)


async def test_an_excluded_session_adds_no_load(service: Service) -> None:
    assert service.load(excluding=add(service, "small")).sessions == 0


async def test_a_request_adds_no_load(service: Service) -> None:
    add(service, "small", live=False)
    assert service.load().utilization == 0


async def test_an_unknown_model_has_no_load(service: Service) -> None:
    with pytest.raises(UnknownModel):
        service.load("medium")


async def test_the_default_model_is_offered_without_a_name(service: Service) -> None:
    assert (service.offer().model, service.offer("large").model) == ("small", "large")
