"""The two bounded buffers of a session."""

import asyncio

import pytest

from theresa_protocol.messages import Ack, AnyServerMessage, Entities, Final, Partial, Speech
from theresa_server.sessions.buffers import Inbox, Outbox


def partial(segment: int, rev: int) -> Partial:
    return Partial(segment=segment, rev=rev, text="你好", stable=0, start_ms=0, end_ms=1, language="zh")


def final(segment: int) -> Final:
    return Final(
        segment=segment, text="你好。", start_ms=0, end_ms=1, through=16, reason="end", language="zh", confidence=1
    )


def entities(segment: int, rev: int, *, last: bool = False) -> Entities:
    return Entities(segment=segment, rev=rev, final=last, items=())


async def left(outbox: Outbox) -> list[tuple[str, int]]:
    """Return the type and revision of all queued messages."""
    waiting = []
    while not outbox.empty:
        message = await outbox.get()
        waiting.append((type(message).__name__, getattr(message, "rev", 0)))
    return waiting


async def waits(task: asyncio.Task[object]) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not task.done()


async def test_items_are_returned_in_order() -> None:
    inbox = Inbox[str](10)
    for item in "abc":
        await inbox.put(item, 1)
    assert [await inbox.get() for _ in range(3)] == ["a", "b", "c"]


async def test_put_waits_while_the_inbox_is_full() -> None:
    inbox = Inbox[str](10)
    await inbox.put("a", 10)
    reader = asyncio.create_task(inbox.put("b", 1))
    assert await waits(reader)
    await inbox.get()
    await asyncio.wait_for(reader, 30)


async def test_an_item_without_weight_never_waits() -> None:
    inbox = Inbox[str](10)
    await inbox.put("a", 10)
    await asyncio.wait_for(inbox.put("end"), 30)


async def test_messages_are_numbered_from_one() -> None:
    outbox = Outbox()
    outbox.put(Speech(state="started", at_ms=0))
    outbox.put(final(0))
    assert [(await outbox.get()).seq for _ in range(2)] == [1, 2]


async def test_an_unsent_partial_is_replaced_by_a_newer_one() -> None:
    outbox = Outbox()
    ack = Ack(received=1, committed=0)
    for message in (partial(0, 1), ack, partial(0, 2), final(0), partial(1, 1)):
        outbox.put(message)
    sent = [await outbox.get() for _ in range(4)]
    assert [(type(message), getattr(message, "rev", None)) for message in sent] == [
        (Ack, None),
        (Partial, 2),
        (Final, None),
        (Partial, 1),
    ]


async def test_a_client_that_does_not_read_stops_the_session() -> None:
    outbox = Outbox()
    for _ in range(Outbox.CAPACITY):
        outbox.put(final(0))
    room = asyncio.create_task(outbox.room())
    assert await waits(room)
    await outbox.get()
    await asyncio.wait_for(room, 30)


@pytest.mark.parametrize("message", [final(0), Speech(state="stopped", at_ms=5)])
async def test_nothing_but_partials_is_ever_dropped(message: AnyServerMessage) -> None:
    outbox = Outbox()
    for _ in range(Outbox.CAPACITY + 10):
        outbox.put(message)
    assert [type(await outbox.get()) for _ in range(Outbox.CAPACITY + 10)] == [type(message)] * (Outbox.CAPACITY + 10)


async def test_unsent_entities_are_replaced_by_newer_ones() -> None:
    outbox = Outbox()
    for message in (entities(0, 1), entities(0, 2), entities(0, 3, last=True)):
        outbox.put(message)
    assert await left(outbox) == [("Entities", 3)]


async def test_final_entities_and_those_of_other_segments_stay() -> None:
    outbox = Outbox()
    for message in (entities(0, 2, last=True), entities(1, 1, last=True), entities(2, 1), entities(3, 1)):
        outbox.put(message)
    assert len(await left(outbox)) == 4


async def test_entities_stay_behind_the_partial_that_they_fit() -> None:
    outbox = Outbox()
    for message in (partial(0, 1), entities(0, 1), partial(0, 2)):
        outbox.put(message)
    assert await left(outbox) == [("Partial", 2), ("Entities", 1)]
