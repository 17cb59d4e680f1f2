"""Going on with a session over another connection, and on another server."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.serving import Peer, RunningServer, calling, read, serving, transcribe
from theresa_protocol.audio import AudioFormat
from theresa_protocol.messages import (
    Ack,
    Draining,
    End,
    Ended,
    Entities,
    EntitiesRequest,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    ResumeRequest,
    Start,
    Started,
)
from theresa_server.audio.pcm import Pcm
from theresa_server.serving.config import ServerConfig
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.resumable import ResumableSession

BOTH = Start(language=None, partials=False)
"""Without partials, a final depends on the audio alone, not on when it came."""


@pytest.fixture(scope="module")
def server(lexicon: Path) -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, lexicon=lexicon)) as running:
        yield running


@pytest.fixture(scope="module")
def other(lexicon: Path) -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, lexicon=lexicon)) as running:
        yield running


def reset(peer: Peer) -> None:
    """Cut the line without a word: the server sees a reset."""
    transport = peer.socket.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def request(started: Started, committed: int = 0, next_segment: int = 0, **other: Any) -> ResumeRequest:
    return ResumeRequest(
        **{
            "session_id": started.session_id,
            "token": started.token,
            "committed": committed,
            "next_segment": next_segment,
            **other,
        }
    )


def again(start: Start, resume: ResumeRequest) -> Start:
    return msgspec.structs.replace(start, resume=resume)


@asynccontextmanager
async def resumed(
    server: RunningServer, resume: ResumeRequest, start: Start = BOTH
) -> AsyncIterator[tuple[Peer, Started]]:
    async with calling(server) as peer:
        await peer.say(again(start, resume))
        yield peer, await peer.hear(Started)


async def cut_off(server: RunningServer, pcm: Pcm, start: Start = BOTH, until: type = Final) -> tuple[Peer, Started]:
    """A session that has said something, and whose connection then broke."""
    async with calling(server) as peer:
        await peer.say(start)
        started = await peer.hear(Started)
        await peer.speak(pcm)
        await peer.hear(until)
        reset(peer)
    return peer, started


def texts(*peers: Peer) -> list[tuple[int, str]]:
    """The finals of all connections, by number, each once."""
    return sorted({(final.segment, final.text) for peer in peers for final in peer.all(Final)})


async def test_the_session_goes_on_where_it_was(server: RunningServer) -> None:
    pcm = read("both")
    uncut = await transcribe(server, pcm, BOTH)
    half = pcm.size // 2
    before, started = await cut_off(server, pcm[:half])
    heard = len(before.all(Final))

    async with resumed(server, request(started, next_segment=heard)) as (peer, now):
        assert now.resumed
        assert now.session_id == started.session_id
        assert now.next_segment == heard
        await peer.speak(pcm[now.next_sample :])
        await peer.say(End())
        assert (await peer.goodbye())[0] == 1000

    assert texts(before, peer) == texts(uncut)
    assert not {final.segment for final in before.all(Final)} & {final.segment for final in peer.all(Final)}
    assert peer.all(Ended)[0].segments == len(texts(uncut))


async def test_finals_that_were_missed_are_said_first(server: RunningServer) -> None:
    before, started = await cut_off(server, read("english"))

    async with resumed(server, request(started)) as (peer, now):
        await peer.say(End())
        await peer.goodbye()

    assert now.resumed
    assert peer.all(Final)[0] == replaced(before.all(Final)[0], seq=peer.all(Final)[0].seq)
    assert [final.segment for final in peer.all(Final)] == list(range(len(peer.all(Final))))


def replaced(message: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(message, **changes)


async def test_entities_that_were_missed_are_said_again(server: RunningServer) -> None:
    start = Start(entities=EntitiesRequest())
    _, started = await cut_off(server, read("english"), start, until=Entities)

    async with resumed(server, request(started), start) as (peer, _):
        await peer.say(End())
        await peer.goodbye()

    assert [found.segment for found in peer.all(Entities) if found.final] == [
        final.segment for final in peer.all(Final) if final.text
    ]


async def test_messages_stay_numbered(server: RunningServer) -> None:
    before, started = await cut_off(server, read("english"))

    async with resumed(server, request(started)) as (peer, now):
        await peer.say(End())
        await peer.goodbye()

    numbers = [message.seq for message in (*before.messages, *peer.messages)]
    assert numbers == sorted(set(numbers))
    assert now.seq > before.messages[-1].seq


async def test_a_goodbye_that_was_lost_is_said_again(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(BOTH)
        started = await peer.hear(Started)
        await peer.speak(read("english"))
        await peer.say(End())
        await peer.hear(Ended)
        reset(peer)

    async with resumed(server, request(started)) as (late, now):
        await late.say(End())
        assert await late.goodbye() == (1000, "")

    assert now.next_sample == read("english").size
    assert texts(late) == texts(peer)


async def test_a_second_connection_takes_over(server: RunningServer) -> None:
    async with calling(server) as first:
        await first.say(BOTH)
        started = await first.hear(Started)
        await first.speak(read("english")[:32_000])

        async with resumed(server, request(started)) as (second, now):
            assert now.resumed
            assert await first.goodbye() == (4409, "taken_over")
            await second.speak(read("english")[now.next_sample :])
            await second.say(End())
            await second.goodbye()

    assert texts(second) == texts(await transcribe(server, read("english"), BOTH))


async def test_another_server_goes_on_from_what_is_committed(server: RunningServer, other: RunningServer) -> None:
    pcm = read("both")
    uncut = await transcribe(server, pcm, BOTH)
    before, started = await cut_off(server, pcm[: pcm.size // 2], until=Ack)
    committed = before.all(Ack)[-1].committed
    heard = len(before.all(Final))
    assert committed > 0

    async with resumed(other, request(started, committed, heard)) as (peer, now):
        assert not now.resumed
        assert (now.next_sample, now.next_segment) == (committed, heard)
        assert now.session_id != started.session_id  # which may still wait where it was
        assert now.token != started.token
        await peer.speak(pcm[committed:])
        await peer.say(End())
        await peer.goodbye()

    def whole(*peers: Peer) -> list[tuple[Any, ...]]:
        return [
            (final.segment, final.text, final.start_ms, final.end_ms, final.through)
            for one in peers
            for final in one.all(Final)
        ]

    assert whole(before, peer) == whole(uncut)
    assert peer.all(Ended)[0].audio_ms == pcm.size // 16


@pytest.mark.parametrize("kind", ["wrong", "old"])
async def test_a_token_that_is_not_good_is_refused(server: RunningServer, kind: str) -> None:
    _, started = await cut_off(server, read("english"))
    old = started
    for _ in range(2):  # the one before is still good: the newest may have been lost
        async with resumed(server, request(started)) as (peer, started):
            reset(peer)
    token = old.token if kind == "old" else "A" * len(old.token)

    async with calling(server) as thief:
        await thief.say(again(BOTH, request(started, token=token)))
        assert await thief.goodbye() == (4401, "resume_refused")
    async with resumed(server, request(started)) as (peer, now):
        assert now.resumed
        await peer.say(End())
        await peer.goodbye()


async def test_the_token_before_is_good_while_the_newest_may_be_lost(server: RunningServer) -> None:
    _, started = await cut_off(server, read("english"))

    for _ in range(3):
        async with resumed(server, request(started)) as (peer, now):
            assert now.resumed
            reset(peer)


async def test_a_stolen_token_needs_the_key_too() -> None:
    from theresa_server.serving.admission import Policy

    config = ServerConfig(port=0, policy=Policy(api_keys=("mine", "theirs")))
    with serving(config) as guarded:
        async with calling(guarded, additional_headers={"Authorization": "Bearer mine"}) as peer:
            await peer.say(BOTH)
            started = await peer.hear(Started)
            reset(peer)
        async with calling(guarded, additional_headers={"Authorization": "Bearer theirs"}) as thief:
            await thief.say(again(BOTH, request(started)))
            assert await thief.goodbye() == (4401, "resume_refused")


async def test_another_audio_format_is_refused(server: RunningServer) -> None:
    _, started = await cut_off(server, read("english"))

    async with calling(server) as peer:
        await peer.say(Start(audio=AudioFormat(rate=8_000), resume=request(started)))
        assert (await peer.hear(ErrorMessage)).param == "$.audio"


async def test_what_was_changed_meanwhile_is_in_force(server: RunningServer) -> None:
    _, started = await cut_off(server, read("english"), Start(words=False))

    async with resumed(server, request(started, next_segment=99), Start(words=True)) as (peer, now):
        assert now.configuration.words
        await peer.speak(read("english"))
        await peer.say(End())
        await peer.goodbye()

    assert peer.all(Final)[-1].words


async def test_a_session_that_can_take_nothing_more_can_be_resumed() -> None:
    with serving() as server:
        _, started = await cut_off(server, read("english"))
        session = server.server.service.sessions.find_resumable(started.session_id)
        assert session is not None
        await server.call(fill(session))

        async with resumed(server, request(started)) as (peer, now):
            assert now.resumed
            await peer.say(End())
            assert await peer.goodbye() == (1000, "")


async def fill(seat: ResumableSession) -> None:
    """Have so much waiting in both directions that neither the session nor its reader can go on."""
    for _ in range(Outbox.CAPACITY):
        seat.outbox.put(Flushed(through=0))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while True:
                await seat.feed(bytes(32_000))


async def test_who_comes_back_while_the_server_stops_goes_on_in_a_new_session() -> None:
    with serving() as server:
        async with calling(server) as first, calling(server) as second:
            await first.say(BOTH)
            started = await first.hear(Started)
            server.stop()
            await first.hear(Draining)

            await second.say(again(BOTH, request(started)))
            assert not (await second.hear(Started)).resumed
            await second.hear(Draining)
            await second.speak(read("english"))
            await second.say(End())
            assert await second.goodbye() == (1000, "")
    assert texts(second)


async def test_a_client_that_leaves_is_not_waited_for() -> None:
    with serving(ServerConfig(port=0, resume_window_s=600)) as patient:
        async with calling(patient) as peer:
            await peer.say(BOTH)
            started = await peer.hear(Started)
        await patient.emptied()

        async with resumed(patient, request(started)) as (peer, now):
            assert not now.resumed


async def test_nobody_is_waited_for_beyond_the_window() -> None:
    with serving(ServerConfig(port=0, resume_window_s=0)) as impatient:
        _, started = await cut_off(impatient, read("english"))
        await impatient.emptied()
        async with resumed(impatient, request(started, 16_000, 1)) as (_, now):
            assert (now.resumed, now.next_sample, now.next_segment) == (False, 16_000, 1)


async def test_a_session_that_was_cut_off_keeps_its_place() -> None:
    from theresa_server.serving.admission import Policy

    with serving(ServerConfig(port=0, policy=Policy(max_sessions=1))) as small:
        _, started = await cut_off(small, read("english"))
        small.url += f"?session={started.session_id}"
        async with resumed(small, request(started)) as (_, now):
            assert now.resumed


async def test_one_that_only_claims_to_resume_finds_no_room() -> None:
    from theresa_server.serving.admission import Policy

    with serving(ServerConfig(port=0, policy=Policy(max_sessions=1))) as small:
        async with calling(small) as first:
            await first.say(BOTH)
            started = await first.hear(Started)
            small.url += f"?session={started.session_id}"
            async with calling(small) as second:
                await second.say(BOTH)
                assert await second.goodbye() == (1013, "overloaded")


async def test_one_that_only_claims_to_resume_does_not_get_into_a_crowd() -> None:
    with serving(ServerConfig(port=0, speakers=1)) as crowded:
        async with calling(crowded) as first:
            await first.say(BOTH)
            started = await first.hear(Started)
            crowded.url += f"?session={started.session_id}"
            async with calling(crowded) as second:
                await second.say(BOTH)
                assert await second.goodbye() == (1013, "overloaded")


async def test_a_flush_that_was_cut_off_is_answered_when_it_is_asked_again(server: RunningServer) -> None:
    _, started = await cut_off(server, read("english"))

    async with resumed(server, request(started)) as (peer, now):
        await peer.say(Flush(id="again"))
        assert (await peer.hear(Flushed)).through == now.next_sample


async def test_a_stopping_server_does_not_wait_for_those_that_are_away() -> None:
    with serving(ServerConfig(port=0, drain_s=600)) as stopping:  # and ends within the time that tests give it
        await cut_off(stopping, read("english"))
