"""``POST /invocations`` when many ask at once, and when the server stops meanwhile: over real sockets."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.doubles import Gate
from tests.serving import SAMPLES, RunningServer, serving
from theresa_server.endpoints.invocations import REQUESTS_AT_ONCE
from theresa_server.serving.config import ServerConfig

RECORDING = {"inputs": [{"audio": base64.b64encode((SAMPLES / "mandarin.flac").read_bytes()).decode()}]}


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture(params=[30])
def gated(request: pytest.FixtureRequest, gate: Gate) -> Iterator[RunningServer]:
    """A server whose model does not answer before the gate is opened."""
    with serving(ServerConfig(port=0, drain_s=request.param, stop_s=2), lambda _: gate) as running:
        yield running
        gate.opened.set()


@pytest.fixture
async def asked(gate: Gate, gated: RunningServer) -> AsyncIterator[asyncio.Task[httpx.Response]]:
    """A request that the model works for."""
    async with httpx.AsyncClient(timeout=60) as client:
        asking = asyncio.create_task(client.post(f"{gated.http}/invocations", json=RECORDING))
        assert await asyncio.to_thread(gate.entered.wait, 30)
        yield asking


@pytest.mark.slow
async def test_more_than_can_be_answered_at_once_are_told_to_come_back(gate: Gate, gated: RunningServer) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        asking = [
            asyncio.create_task(client.post(f"{gated.http}/invocations", json=RECORDING))
            for _ in range(REQUESTS_AT_ONCE + 1)
        ]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        refused = done.pop().result()
        gate.opened.set()
        answers = await asyncio.gather(*asking)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert sorted(answer.status_code for answer in answers) == [200] * REQUESTS_AT_ONCE + [503]


async def test_a_stopping_server_finishes_what_it_has_begun(
    gate: Gate, gated: RunningServer, asked: asyncio.Task[httpx.Response]
) -> None:
    gated.stop()
    assert not await gated.call(gated.server.service.sessions.wait_empty(0))  # it waits
    gate.opened.set()
    assert (await asked).status_code == 200


@pytest.mark.parametrize("gated", [0], indirect=True)
async def test_a_server_that_cannot_wait_says_so(gated: RunningServer, asked: asyncio.Task[httpx.Response]) -> None:
    gated.stop()
    answer = await asked
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json() == {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The server is shutting down."}
