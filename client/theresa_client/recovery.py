"""What a client has to know to go on after a cut: which audio to keep, what to ask for, what it has heard already.

Pure: no clock, no socket. ``resuming`` and ``reconnecting`` put it to work.
"""

from collections import deque
from collections.abc import Iterator

import msgspec

from theresa_client.errors import ConnectionFailed, ConnectionLost, Refused, ServerError, TheresaError
from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import CloseCode, WarningCode
from theresa_protocol.messages import (
    Ack,
    AnyServerMessage,
    Entities,
    Final,
    Flushed,
    Partial,
    ResumeRequest,
    Start,
    Started,
    Unknown,
    Update,
    WarningMessage,
)

NO_CODE, NO_CLOSE = 1005, 1006
"""What a client sees where the other side closed without a code, or not at all."""

RESUMABLE = frozenset(
    (CloseCode.GOING_AWAY, NO_CODE, NO_CLOSE, CloseCode.INTERNAL, CloseCode.RESTART, CloseCode.OVERLOADED)
)
TRY_AGAIN_STATUS = frozenset((429, 500, 502, 503, 504))


def can_resume(error: TheresaError) -> bool:
    """Whether what ended a session leaves hope that it goes on over another connection."""
    if isinstance(error, ConnectionLost):
        return error.close_code in RESUMABLE
    return isinstance(error, ServerError) and error.fatal and error.close_code in RESUMABLE


def can_try_again(error: TheresaError) -> bool:
    """Whether an attempt to come back may be followed by another one."""
    if isinstance(error, Refused):
        return error.status in TRY_AGAIN_STATUS
    return isinstance(error, ConnectionFailed) or can_resume(error)


class Tail:
    """The audio that may be asked for again: what was sent and is not committed, by position in samples."""

    def __init__(self, audio: AudioFormat) -> None:
        self.audio = audio
        """The format of the audio."""
        self._sample_bytes = audio.sample_bytes
        self._pieces: deque[bytes] = deque()
        self.begin = 0
        """The first sample that is kept."""
        self.end = 0
        """Behind the last sample."""

    def append(self, pcm: bytes) -> None:
        """Keep whole samples that follow."""
        if pcm:
            self._pieces.append(pcm)
            self.end += len(pcm) // self._sample_bytes

    def trim(self, position: int) -> None:
        """Forget what lies before a position."""
        while self._pieces and self.begin < position:
            first = self._pieces.popleft()
            samples = min(position - self.begin, len(first) // self._sample_bytes)
            self.begin += samples
            if rest := first[samples * self._sample_bytes :]:
                self._pieces.appendleft(rest)

    def since(self, position: int) -> Iterator[bytes]:
        """The audio from a position on, in pieces. Raises ``ValueError`` where it is not kept."""
        if not self.begin <= position <= self.end:
            raise ValueError(f"sample {position} is not kept: [{self.begin}, {self.end}) is")
        at = self.begin
        for piece in tuple(self._pieces):
            skipped = max(position - at, 0) * self._sample_bytes
            if skipped < len(piece):
                yield piece[skipped:]
            at += len(piece) // self._sample_bytes


class Recovery:
    """The state of a session as its client knows it, over all its connections."""

    def __init__(self, start: Start) -> None:
        self.tail = Tail(start.audio)
        self.committed = 0
        """Samples before which all is final, and whose entities have come where some were asked for."""
        self.finals = 0
        """Finals that have come."""
        self._start = start
        self._started: Started | None = None
        self._next_segment = 0
        self._finals: dict[int, Final] = {}  # those that wait until the ones before them have all that belongs to them
        self._language: str | None = None  # of the last that did not wait any more
        self._unsearched: set[int] = set()  # those whose entities are still to come

    @property
    def session_id(self) -> str | None:
        """The session's id, once there is one."""
        return None if self._started is None else self._started.session_id

    def start(self) -> Start:
        """How the next connection begins."""
        if self._started is None:
            return self._start
        resume = ResumeRequest(
            session_id=self._started.session_id,
            token=self._started.token,
            committed=self.committed,
            next_segment=min(self._unsearched, default=self._next_segment),
            lead_in=self.committed - self.tail.begin,
            language=self._language,
        )
        return msgspec.structs.replace(self._start, resume=resume)

    def change(self, update: Update) -> None:
        """An update is in force: it holds for the connections to come."""
        changes = {
            name: value
            for name in update.__struct_fields__
            if name != "endpointing" and (value := getattr(update, name)) is not msgspec.UNSET
        }
        if update.endpointing is not msgspec.UNSET:
            figures = {
                name: value
                for name in update.endpointing.__struct_fields__
                if (value := getattr(update.endpointing, name)) is not None
            }
            changes["endpointing"] = msgspec.structs.replace(self._start.endpointing, **figures)
        self._start = msgspec.structs.replace(self._start, **changes)

    def hear(self, message: AnyServerMessage | Unknown) -> bool:
        """Take in a message; False where it says nothing new and is to be kept from the program."""
        match message:
            case Started():
                self._started = message
            case Ack(committed=committed):
                self._commit(committed)
            case Flushed(through=through) if not self._unsearched:
                self._commit(through)
            case Final():
                return self._final(message)
            case Entities(segment=segment, final=True):
                return self._searched(segment)
            case Partial(segment=segment) | Entities(segment=segment):
                return segment >= self._next_segment
            case WarningMessage(code=WarningCode.ENTITIES_UNAVAILABLE):
                self._unsearched.clear()  # no list will come for those that wait
                self._settle()
        return True

    def _final(self, message: Final) -> bool:
        if message.segment < self._next_segment:
            return False
        self.finals += 1
        self._next_segment = message.segment + 1
        self._finals[message.segment] = message
        if message.text and self._start.entities is not None and self._start.entities.enabled:
            self._unsearched.add(message.segment)
        self._settle()
        return True

    def _searched(self, segment: int) -> bool:
        news = segment in self._unsearched
        self._unsearched = {waiting for waiting in self._unsearched if waiting > segment}  # lists come in order
        self._settle()
        return news

    def _settle(self) -> None:
        first = min(self._unsearched, default=self._next_segment)
        for segment in [segment for segment in self._finals if segment < first]:
            final = self._finals.pop(segment)
            self._language = final.language if final.text else self._language
            self._commit(final.through)

    def _commit(self, position: int) -> None:
        self.committed = max(self.committed, position)
        lead_in_ms = self._started.limits.lead_in_ms if self._started else 0
        self.tail.trim(self.committed - self.tail.audio.samples(lead_in_ms))
