"""How a server stops."""

import asyncio

import httpx

from tests.serving import calling, denied, read, serving
from theresa_protocol.messages import Draining, End, Final, Start
from theresa_server.serving.config import ServerConfig


async def test_a_stopping_server_lets_its_sessions_finish() -> None:
    with serving() as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("mandarin"))
            server.stop()
            assert (await peer.hear(Draining)).deadline_ms == 30_000
            async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                assert (await http.get(f"{server.http}/readyz")).status_code == 503
            assert (await denied(server))[0] == 503
            await peer.say(End())
            assert (await peer.goodbye())[0] == 1000
        assert len(peer.all(Final)) >= 2


async def test_who_begins_while_the_server_stops_is_told_so_and_waited_for() -> None:
    with serving() as server:
        async with calling(server) as peer:
            server.stop()
            async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as http:
                while (await http.get(f"{server.http}/readyz")).status_code != 503:
                    pass  # it has not heard of it yet
            await peer.say(Start())
            await peer.speak(read("english"))
            await peer.hear(Draining)
            await peer.say(End())
            assert (await peer.goodbye())[0] == 1000
        assert len(peer.all(Final)) >= 2


async def test_who_has_said_nothing_is_waited_for_no_longer() -> None:
    with serving(ServerConfig(port=0, drain_s=0)) as server:
        async with calling(server) as peer:
            server.stop()
            assert await peer.goodbye() == (1012, "going_away")
        assert peer.all(Final, Draining) == []


async def test_at_the_deadline_what_was_received_gets_its_finals() -> None:
    with serving(ServerConfig(port=0, drain_s=0)) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("english"))
            await peer.hear(Final)
            server.stop()
            assert await peer.goodbye() == (1012, "going_away")
        assert len(peer.all(Final)) >= 2
