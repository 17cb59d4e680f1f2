"""Handshakes that are refused before the upgrade, with a real HTTP answer."""

from tests.serving import RunningServer, calling, denied, serving
from theresa_protocol.messages import Start, Started
from theresa_server.admission import Policy
from theresa_server.config import ServerConfig


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
