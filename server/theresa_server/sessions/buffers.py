"""The two bounded buffers of a connection: what came in and is not yet heard, what is said and not yet sent."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from theresa_protocol.messages import Ack, AnyServerMessage, Entities, Partial, Stats

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """A queue bounded by weight (milliseconds of audio). A full one stops the reader, and TCP pushes back."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._changed = asyncio.Condition()

    @property
    def empty(self) -> bool:
        """Whether all has been taken."""
        return not self._items

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
    """What is to be sent, in order. A partial that was not sent yet gives way to a newer one of its segment.

    So does a list of entities that is not final; one that waits moves behind the newer partial, whose text it fits too.
    Of acknowledgements only the newest waits.
    Nothing else is ever dropped. The session waits for ``room`` before it takes in more, so a client that does not
    read stops the flow instead of filling memory.
    """

    CAPACITY = 256

    def __init__(self) -> None:
        self._messages: deque[AnyServerMessage] = deque()
        self._filled = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._seq = 0

    @property
    def empty(self) -> bool:
        """Whether all has been taken."""
        return not self._messages

    def put(self, message: AnyServerMessage) -> None:
        """Queue a message."""
        lists: list[AnyServerMessage] = []
        if isinstance(message, Ack | Stats):
            self._take_back(lambda waiting: type(waiting) is type(message))
        if isinstance(message, Partial | Entities):
            lists = self._take_back(lambda waiting: _is_early_list(waiting, message.segment))
        if isinstance(message, Partial):
            self._take_back(lambda waiting: isinstance(waiting, Partial) and waiting.segment == message.segment)
        self._messages.append(message)
        self._messages.extend(lists if isinstance(message, Partial) else ())
        self._filled.set()
        if len(self._messages) >= self.CAPACITY:
            self._roomy.clear()

    async def room(self) -> None:
        """Wait until less than ``CAPACITY`` messages are waiting."""
        await self._roomy.wait()

    async def get(self) -> AnyServerMessage:
        """Take the oldest message, numbered; waits for one."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        message = self._messages.popleft()
        if len(self._messages) < self.CAPACITY:
            self._roomy.set()
        return self.number(message)

    def number(self, message: AnyServerMessage) -> AnyServerMessage:
        """A message with the next number: also one that is sent past the queue."""
        self._seq += 1
        return msgspec.structs.replace(message, seq=self._seq)

    def _take_back(self, unwanted: Callable[[AnyServerMessage], bool]) -> list[AnyServerMessage]:
        taken = [message for message in self._messages if unwanted(message)]
        for message in taken:
            self._messages.remove(message)
        return taken


def _is_early_list(message: AnyServerMessage, segment: int) -> bool:
    return isinstance(message, Entities) and message.segment == segment and not message.final
