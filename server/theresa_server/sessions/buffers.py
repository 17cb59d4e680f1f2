"""The two bounded buffers of a session: input that is not processed yet, and messages that are not sent yet."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from theresa_protocol.messages import Ack, AnyServerMessage, Entities, Partial, Stats

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue bounded by weight (milliseconds of audio). When it is full the reader stops, and TCP pushes back."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._queue: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._changed = asyncio.Condition()

    @property
    def empty(self) -> bool:
        """Whether the queue is empty."""
        return not self._queue

    async def put(self, item: T, weight: int = 0) -> None:
        """Append an item; wait while the queue is full. An item without weight never waits."""
        async with self._changed:
            await self._changed.wait_for(lambda: not weight or self._weight < self._capacity)
            self._queue.append((item, weight))
            self._weight += weight
            self._changed.notify_all()

    async def get(self) -> T:
        """Remove and return the oldest item; wait for one."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._queue)
            item, weight = self._queue.popleft()
            self._weight -= weight
            self._changed.notify_all()
            return item


class Outbox:
    """The messages to send, in order.

    Only outdated messages are dropped: a queued partial is replaced by a newer one of its segment, and so is a queued
    list of entities that is not final. A list that stays queued moves behind the newer partial, whose text it fits too.
    Of acknowledgements and of statistics only the newest stays queued.

    The session waits for ``room`` before it takes more input. A client that does not read therefore stops the flow
    instead of filling memory.
    """

    CAPACITY = 256

    def __init__(self) -> None:
        self._messages: deque[AnyServerMessage] = deque()
        self._not_empty = asyncio.Event()
        self._not_full = asyncio.Event()
        self._not_full.set()
        self._seq = 0

    @property
    def empty(self) -> bool:
        """Whether the queue is empty."""
        return not self._messages

    def put(self, message: AnyServerMessage) -> None:
        """Queue a message."""
        lists: list[AnyServerMessage] = []
        if isinstance(message, Ack | Stats):
            self._remove(lambda queued: type(queued) is type(message))
        if isinstance(message, Partial | Entities):
            lists = self._remove(lambda queued: _is_partial_list(queued, message.segment))
        if isinstance(message, Partial):
            self._remove(lambda queued: isinstance(queued, Partial) and queued.segment == message.segment)
        self._messages.append(message)
        self._messages.extend(lists if isinstance(message, Partial) else ())
        self._not_empty.set()
        if len(self._messages) >= self.CAPACITY:
            self._not_full.clear()

    async def room(self) -> None:
        """Wait until fewer than ``CAPACITY`` messages are queued."""
        await self._not_full.wait()

    async def get(self) -> AnyServerMessage:
        """Remove and return the oldest message, numbered; wait for one."""
        while not self._messages:
            self._not_empty.clear()
            await self._not_empty.wait()
        message = self._messages.popleft()
        if len(self._messages) < self.CAPACITY:
            self._not_full.set()
        return self.number(message)

    def number(self, message: AnyServerMessage) -> AnyServerMessage:
        """Return the message with the next sequence number. Messages that bypass the queue need one too."""
        self._seq += 1
        return msgspec.structs.replace(message, seq=self._seq)

    def _remove(self, unwanted: Callable[[AnyServerMessage], bool]) -> list[AnyServerMessage]:
        removed = [message for message in self._messages if unwanted(message)]
        for message in removed:
            self._messages.remove(message)
        return removed


def _is_partial_list(message: AnyServerMessage, segment: int) -> bool:
    return isinstance(message, Entities) and message.segment == segment and not message.final
