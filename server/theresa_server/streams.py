"""The two bounded buffers of a connection: what came in and is not yet heard, what is said and not yet sent."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

import msgspec

from theresa_protocol.messages import AnyServerMessage, Partial

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """A queue bounded by weight (milliseconds of audio). A full one stops the reader, and TCP pushes back."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._changed = asyncio.Condition()

    async def put(self, item: Item, weight: int = 0) -> None:
        """Append an item; waits while the queue is full. An item of no weight never waits."""
        async with self._changed:
            await self._changed.wait_for(lambda: not weight or self._weight < self._capacity)
            self._items.append((item, weight))
            self._weight += weight
            self._changed.notify_all()

    async def get(self) -> Item:
        """Take the oldest item; waits for one."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._items)
            item, weight = self._items.popleft()
            self._weight -= weight
            self._changed.notify_all()
            return item


class Outbox:
    """What is to be sent, in order. A partial that was not sent yet is replaced by a newer one of its segment.

    Nothing is ever dropped but such partials. The session waits for ``room`` before it takes in more audio, so a
    client that does not read stops the flow instead of filling memory.
    """

    CAPACITY = 256

    def __init__(self) -> None:
        self._messages: deque[AnyServerMessage] = deque()
        self._changed = asyncio.Condition()
        self._seq = 0

    async def put(self, message: AnyServerMessage) -> None:
        """Queue a message."""
        async with self._changed:
            last = self._messages[-1] if self._messages else None
            if isinstance(message, Partial) and isinstance(last, Partial) and last.segment == message.segment:
                self._messages.pop()
            self._messages.append(message)
            self._changed.notify_all()

    async def room(self) -> None:
        """Wait until less than ``CAPACITY`` messages are waiting."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._messages) < self.CAPACITY)

    async def get(self) -> AnyServerMessage:
        """Take the oldest message, numbered; waits for one."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._messages)
            self._seq += 1
            message = msgspec.structs.replace(self._messages.popleft(), seq=self._seq)
            self._changed.notify_all()
            return message
