"""The registry of open sessions and its drain."""

import asyncio

import pytest

from theresa_protocol.messages import Start
from theresa_server.serving.registry import SessionRegistry


class Recorder:
    """A session that records what the drain asks of it, and closes at the call named ``closes_at``."""

    def __init__(self, registry: SessionRegistry, closes_at: str) -> None:
        self.calls: list[str] = []
        self._registry = registry
        self._closes_at = closes_at

    def warn(self, deadline_ms: int) -> None:
        self._record("warn")

    async def stop(self) -> None:
        self._record("stop")

    def abandon(self) -> None:
        self._record("abandon")

    def _record(self, call: str) -> None:
        self.calls.append(call)
        if call == self._closes_at:
            self._registry.remove(self)


@pytest.mark.parametrize(
    ("closes_at", "calls"),
    [("warn", ["warn"]), ("stop", ["warn", "stop"]), ("abandon", ["warn", "stop", "abandon"])],
)
async def test_the_drain_becomes_more_urgent_until_the_session_closes(closes_at: str, calls: list[str]) -> None:
    registry = SessionRegistry(resume_window_s=30)
    session = Recorder(registry, closes_at)
    registry.add(session, "demo")
    await registry.drain(drain_s=0, stop_s=0)
    assert session.calls == calls
    assert await registry.wait_empty(0)


async def test_the_drain_waits_for_sessions_that_are_not_live() -> None:
    registry = SessionRegistry(resume_window_s=30)
    registry.add(Recorder(registry, "never"), "demo", live=False)
    assert not registry.live()
    assert not await registry.wait_empty(0)


async def test_an_excluded_session_is_not_counted() -> None:
    registry = SessionRegistry(resume_window_s=30)
    excluded = Recorder(registry, "never")
    registry.add(excluded, "demo")
    registry.add(Recorder(registry, "never"), "wards")
    assert [record.model for record in registry.live(excluding=excluded)] == ["wards"]


async def test_a_resumable_session_is_found_until_it_ends() -> None:
    registry = SessionRegistry(resume_window_s=30)
    session = registry.open_resumable(Start(), None, "demo")
    assert registry.find_resumable(session.id) is session
    session.discard()
    assert registry.find_resumable(session.id) is None
    assert await registry.wait_empty(0)


async def test_a_disconnected_session_stays_registered_within_the_resume_window() -> None:
    registry = SessionRegistry(resume_window_s=30)
    session = registry.open_resumable(Start(), None, "demo")
    await session.connect(lambda: None)
    session.disconnect()
    assert registry.find_resumable(session.id) is session
    assert len(registry.live()) == 1
    session.discard()


async def test_opened_sessions_are_counted_per_model() -> None:
    registry = SessionRegistry(resume_window_s=30)
    for model in ("demo", "demo", "wards"):
        registry.open_resumable(Start(), None, model)
    assert registry.opened == {"demo": 2, "wards": 1}


async def test_an_empty_registry_drains_at_once() -> None:
    async with asyncio.timeout(30):
        await SessionRegistry(resume_window_s=30).drain(drain_s=600, stop_s=600)
