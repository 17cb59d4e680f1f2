"""Sent results, kept for a while so that a client that reconnects can receive them again."""

from theresa_protocol.messages import AnyServerMessage, Ended, Entities, Final

MAX_FINALS = 512
"""How many of the newest finals are kept. A client that missed more sends its audio again."""


class ReplayBuffer:
    """The newest finals with their entities, and the final ``ended``."""

    def __init__(self) -> None:
        self._finals: dict[int, Final] = {}
        self._entities: dict[int, Entities] = {}
        self._ended: Ended | None = None
        self._first = 0

    @property
    def ended(self) -> bool:
        """Whether ``ended`` was sent."""
        return self._ended is not None

    def record(self, message: AnyServerMessage) -> None:
        """Keep a message that is about to be sent if a client must not miss it."""
        match message:
            case Final():
                self._finals[message.segment] = message
                if len(self._finals) > MAX_FINALS:
                    self.discard_before(min(self._finals) + 1)
            case Entities(final=True):
                self._entities[message.segment] = message
            case Ended():
                self._ended = message

    def discard_before(self, segment: int) -> None:
        """Discard the messages of all segments before this one."""
        self._first = max(self._first, segment)
        for kept in (self._finals, self._entities):
            for number in [number for number in kept if number < segment]:
                del kept[number]

    def messages_from(self, segment: int) -> list[AnyServerMessage] | None:
        """Return everything sent from a segment on, in order; ``None`` when some of it is no longer kept."""
        if segment < self._first:
            return None
        messages: list[AnyServerMessage] = []
        for number in sorted({*self._finals, *self._entities}):
            if number >= segment:
                messages += [kept[number] for kept in (self._finals, self._entities) if number in kept]
        return messages + ([self._ended] if self._ended else [])
