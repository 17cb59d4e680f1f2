"""What a session has said for good, kept for a while so that it can be said once more over another connection."""

from theresa_protocol.messages import AnyServerMessage, Ended, Entities, Final

MAX_FINALS = 512
"""The newest finals are kept. A client that missed more sends its audio once more."""


class ReplayBuffer:
    """The newest finals with their entities, and the goodbye."""

    def __init__(self) -> None:
        self._finals: dict[int, Final] = {}
        self._lists: dict[int, Entities] = {}
        self._goodbye: Ended | None = None
        self._first = 0

    @property
    def ended(self) -> bool:
        """Whether the goodbye was said."""
        return self._goodbye is not None

    def note(self, message: AnyServerMessage) -> None:
        """Keep a message that is about to be sent, if it is one that must not be lost."""
        match message:
            case Final():
                self._finals[message.segment] = message
                if len(self._finals) > MAX_FINALS:
                    self.forget(min(self._finals) + 1)
            case Entities(final=True):
                self._lists[message.segment] = message
            case Ended():
                self._goodbye = message

    def forget(self, segment: int) -> None:
        """Drop what belongs to segments before this one."""
        self._first = max(self._first, segment)
        for kept in (self._finals, self._lists):
            for number in [number for number in kept if number < segment]:
                del kept[number]

    def since(self, segment: int) -> list[AnyServerMessage] | None:
        """All that was said of a segment and those behind it, in order; ``None`` where not all of that is kept."""
        if segment < self._first:
            return None
        said: list[AnyServerMessage] = []
        for number in sorted({*self._finals, *self._lists}):
            if number >= segment:
                said += [kept[number] for kept in (self._finals, self._lists) if number in kept]
        return said + ([self._goodbye] if self._goodbye else [])
