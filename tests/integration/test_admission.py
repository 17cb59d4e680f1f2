"""Handshakes that are refused before the upgrade, with a real HTTP answer."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.doubles import Busy
from tests.serving import RunningServer, calling, denied, read, serving
from theresa_protocol.messages import End, Final, Start, Started
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig


async def test_an_unknown_subprotocol_is_answered_with_the_known_one(server: RunningServer) -> None:
    status, error, _ = await denied(server, subprotocols=["theresa.v7"])
    assert (status, error["code"]) == (400, "unknown_subprotocol")
    assert "theresa.v1" in error["message"]


async def test_a_foreign_page_is_answered_403(server: RunningServer) -> None:
    status, error, _ = await denied(server, origin="https://evil.example")
    assert (status, error["code"]) == (403, "bad_origin")


async def test_without_a_subprotocol_version_one_is_served(server: RunningServer) -> None:
    async with calling(server, subprotocols=None) as peer:
        await peer.say(Start())
        await peer.hear(Started)
        assert peer.socket.subprotocol is None


async def test_a_server_with_keys_wants_one() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        assert (await denied(server))[0] == 401
        async with calling(server, additional_headers={"Authorization": "Bearer secret"}) as peer:
            await peer.say(Start())
            await peer.hear(Started)


async def test_a_full_server_says_when_to_come_back() -> None:
    with serving(ServerConfig(port=0, policy=Policy(max_sessions=1))) as server:
        async with calling(server):
            status, error, retry_after = await denied(server)
            assert (status, error["code"], retry_after) == (503, "overloaded", "5")
        await server.emptied()
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.hear(Started)


async def test_refusals_for_lack_of_capacity_are_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    with serving(ServerConfig(port=0, policy=Policy(max_sessions=1))) as server:
        async with calling(server):
            await denied(server)
            await denied(server)

    logged = [record.message for record in caplog.records if "refused" in record.message]
    assert logged == ["refused a session while 1 was open: raise --max-sessions to admit more"]


async def test_a_plain_request_is_told_why_a_handshake_would_be_refused() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        handshake = await denied(server)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            plain = await browser.get(f"{server.http}/v1/stream")
            with_key = await browser.get(f"{server.http}/v1/stream", headers={"Authorization": "Bearer secret"})

    assert (plain.status_code, plain.json()["error"], plain.headers.get("Retry-After")) == handshake
    assert with_key.status_code == 426


async def test_a_page_that_may_connect_may_read_the_answers() -> None:
    page = {"Origin": "https://app.example"}
    with serving(ServerConfig(port=0, policy=Policy(allowed_origins=("https://app.example",)))) as server:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            answer = await browser.get(f"{server.http}/v1/stream", headers=page)
            asked_before = await browser.options(
                f"{server.http}/v1/stream",
                headers={
                    **page,
                    "Access-Control-Request-Method": "GET",
                    "Access-Control-Request-Headers": "authorization",
                },
            )

    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert asked_before.status_code == 200
    assert "authorization" in asked_before.headers["Access-Control-Allow-Headers"].lower()


@pytest.mark.slow
async def test_a_server_that_would_be_late_takes_nobody_more_and_serves_those_who_are_there() -> None:
    model = Busy()
    with serving(load=lambda _: model) as server:
        async with asyncio.TaskGroup() as group:
            speakers = [group.create_task(finals(server)) for _ in range(24)]
            refusal = await refused_at_last(server)

    assert refusal == (503, "overloaded", "5")
    assert all(speaker.result() for speaker in speakers)


async def finals(server: RunningServer) -> list[Final]:
    """What somebody gets who speaks for a while."""
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.talk(read("english")[: 16_000 * 6], speed=1)
        await peer.say(End())
        await peer.goodbye()
        return peer.all(Final)


async def refused_at_last(server: RunningServer) -> tuple[int, str, str | None]:
    """How somebody is refused who asks again and again until then."""
    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as browser:
        while (answer := await browser.get(f"{server.http}/v1/stream")).status_code == 426:
            pass  # let in, as yet
    return answer.status_code, answer.json()["error"]["code"], answer.headers.get("Retry-After")


async def test_one_address_cannot_open_all_sessions() -> None:
    """A proxy on this machine connects for clients at other addresses."""
    with serving(ServerConfig(port=0, policy=Policy(max_sessions=4))) as server:
        one, other = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
        async with AsyncExitStack() as stack:
            for _ in range(3):
                peer = await stack.enter_async_context(calling(server, additional_headers=one))
                await peer.say(Start())
                await peer.hear(Started)
            status, error, retry = await denied(server, additional_headers=one)
            assert (status, error["code"], retry) == (503, "overloaded", "5")
            async with calling(server, additional_headers=other) as peer:
                await peer.say(Start())
                assert await peer.hear(Started)


async def test_an_address_cannot_make_room_by_hanging_up() -> None:
    """Sessions that can be resumed count, too."""
    with serving(ServerConfig(port=0, policy=Policy(max_sessions=4))) as server:
        forwarded = {"X-Forwarded-For": "203.0.113.1"}
        for _ in range(3):
            async with calling(server, additional_headers=forwarded) as peer:
                await peer.say(Start())
                await peer.hear(Started)
                peer.socket.transport.abort()
        status, error, _ = await denied(server, additional_headers=forwarded)
    assert (status, error["code"]) == (503, "overloaded")


async def test_clients_of_this_machine_can_open_all_sessions() -> None:
    with serving(ServerConfig(port=0, policy=Policy(max_sessions=4))) as server:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                peer = await stack.enter_async_context(calling(server))
                await peer.say(Start())
                assert await peer.hear(Started)
