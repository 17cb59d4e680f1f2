"""What a client must know to resume a session: which audio to keep, what to request, and what it has received. Pure.

``resuming`` and ``reconnecting`` use it.
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
    PreviousFinal,
    ResumeRequest,
    Start,
    Started,
    Unknown,
    Update,
    WarningMessage,
)

NO_CODE, NO_CLOSE = 1005, 1006
"""Close codes that a client sees if the other side closed without a code, or not at all."""

RESUMABLE = frozenset(
    (CloseCode.GOING_AWAY, NO_CODE, NO_CLOSE, CloseCode.INTERNAL, CloseCode.RESTART, CloseCode.OVERLOADED)
)
RETRY_STATUSES = frozenset((429, 500, 502, 503, 504))


def can_resume(error: TheresaError) -> bool:
    """Return whether a session that ended with this error can be resumed."""
    if isinstance(error, ConnectionLost):
        return error.close_code in RESUMABLE
    return isinstance(error, ServerError) and error.fatal and error.close_code in RESUMABLE


def can_retry(error: TheresaError) -> bool:
    """Return whether to try again after an attempt to reconnect failed with this error."""
    if isinstance(error, Refused):
        return error.status in RETRY_STATUSES
    return isinstance(error, ConnectionFailed) or can_resume(error)


class UncommittedAudio:
    """Audio that was sent but is not committed, so that it may have to be sent again. Positions are in samples."""

    def __init__(self, audio: AudioFormat) -> None:
        self.audio = audio
        """Format of the audio."""
        self._sample_bytes = audio.sample_bytes
        self._pieces: deque[bytes] = deque()
        self.begin = 0
        """Position of the first sample kept."""
        self.end = 0
        """Position after the last sample."""

    def append(self, pcm: bytes) -> None:
        """Append whole samples."""
        if pcm:
            self._pieces.append(pcm)
            self.end += len(pcm) // self._sample_bytes

    def trim(self, position: int) -> None:
        """Drop the audio before a position."""
        while self._pieces and self.begin < position:
            first = self._pieces.popleft()
            samples = min(position - self.begin, len(first) // self._sample_bytes)
            self.begin += samples
            if rest := first[samples * self._sample_bytes :]:
                self._pieces.appendleft(rest)

    def since(self, position: int) -> Iterator[bytes]:
        """Yield the audio from a position on, in pieces.

        Raises:
            ValueError: if that audio was dropped or never sent.
        """
        if not self.begin <= position <= self.end:
            raise ValueError(f"sample {position} is not kept, only [{self.begin}, {self.end})")
        at = self.begin
        for piece in tuple(self._pieces):
            skipped = max(position - at, 0) * self._sample_bytes
            if skipped < len(piece):
                yield piece[skipped:]
            at += len(piece) // self._sample_bytes


def _excerpt(final: Final) -> PreviousFinal:
    """Return what another server needs to know of the last final."""
    return PreviousFinal(text=final.text[-2_000:], end_ms=final.end_ms, confidence=final.confidence)


class ResumeState:
    """The state of a session across all its connections."""

    def __init__(self, start: Start) -> None:
        self.uncommitted = UncommittedAudio(start.audio)
        self.committed = 0
        """Position in samples before which all finals have arrived, with their entities if requested."""
        self.finals = 0
        """Number of finals received."""
        self._start = start
        self._started: Started | None = None
        self._next_segment = 0
        self._incomplete: dict[int, Final] = {}  # finals that wait for entities, their own or those of earlier finals
        self._previous: Final | None = None  # the last complete final with text
        self._missing_entities: set[int] = set()  # segments whose final list of entities has not arrived

    @property
    def session_id(self) -> str | None:
        """Id of the session, once it has one."""
        return None if self._started is None else self._started.session_id

    def next_start(self) -> Start:
        """Return the ``start`` message of the next connection."""
        if self._started is None:
            return self._start
        resume = ResumeRequest(
            session_id=self._started.session_id,
            token=self._started.token,
            committed=self.committed,
            next_segment=min(self._missing_entities, default=self._next_segment),
            lead_in=self.committed - self.uncommitted.begin,
            language=self._previous.language if self._previous else None,
            previous=_excerpt(self._previous) if self._previous else None,
        )
        return msgspec.structs.replace(self._start, resume=resume)

    def apply_update(self, update: Update) -> None:
        """Apply an update that is in force, so that later connections request it, too."""
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

    def receive(self, message: AnyServerMessage | Unknown) -> bool:
        """Record a message. Returns false for a repetition, which the program must not see."""
        match message:
            case Started():
                self._started = message
            case Ack(committed=committed):
                self._commit(committed)
            case Flushed(through=through) if not self._missing_entities:
                self._commit(through)
            case Final():
                return self._receive_final(message)
            case Entities(segment=segment, final=True):
                return self._receive_entities(segment)
            case Partial(segment=segment) | Entities(segment=segment):
                return segment >= self._next_segment
            case WarningMessage(code=WarningCode.ENTITIES_UNAVAILABLE):
                self._missing_entities.clear()  # the server will not send them
                self._commit_complete()
        return True

    def _receive_final(self, message: Final) -> bool:
        if message.segment < self._next_segment:
            return False
        self.finals += 1
        self._next_segment = message.segment + 1
        self._incomplete[message.segment] = message
        if message.text and self._start.entities is not None and self._start.entities.enabled:
            self._missing_entities.add(message.segment)
        self._commit_complete()
        return True

    def _receive_entities(self, segment: int) -> bool:
        new = segment in self._missing_entities
        self._missing_entities = {missing for missing in self._missing_entities if missing > segment}  # sent in order
        self._commit_complete()
        return new

    def _commit_complete(self) -> None:
        first = min(self._missing_entities, default=self._next_segment)
        for segment in [segment for segment in self._incomplete if segment < first]:
            final = self._incomplete.pop(segment)
            self._previous = final if final.text else self._previous
            self._commit(final.through)

    def _commit(self, position: int) -> None:
        self.committed = max(self.committed, position)
        lead_in_ms = self._started.limits.lead_in_ms if self._started else 0
        self.uncommitted.trim(self.committed - self.uncommitted.audio.samples(lead_in_ms))
