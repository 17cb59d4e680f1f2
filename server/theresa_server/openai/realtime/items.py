"""Events about the items of a session, from the first words to the whole transcript and its entities."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from theresa_protocol.messages import Entities, Entity, Final
from theresa_server.openai.realtime.server_events import (
    AudioCommittedEvent,
    AudioUsage,
    BetaItemCreatedEvent,
    ConversationItem,
    DetectedLanguage,
    EntitiesEvent,
    ErrorDetail,
    ItemAddedEvent,
    ItemDoneEvent,
    Logprob,
    ServerEvent,
    TranscriptCompletedEvent,
    TranscriptDeltaEvent,
    TranscriptFailedEvent,
)
from theresa_server.openai.realtime.transcript import ItemTranscript, SegmentAlignment
from theresa_server.speech.units import separator

MAX_ALIGNED_SEGMENTS = 512
"""Number of segments whose alignment is kept. More than can be waiting for entities."""


MIN_PROBABILITY = 1e-9
"""A lower probability counts as this one, so that its logarithm is finite."""


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """The audio from ``begin_ms`` to ``end_ms``. It becomes an item when it is committed."""

    id: str
    begin_ms: int
    end_ms: int
    stopped_ms: int | None = None
    """Where speech stopped, if the turn was detected and has ended."""
    committed: bool = False
    transcript: ItemTranscript = field(default_factory=ItemTranscript)
    languages: Counter[str] = field(default_factory=Counter)
    """Characters of final text by language."""
    logprobs: list[Logprob] = field(default_factory=list)


class ItemEvents:
    """Builds the events about the items of one session. ``drain`` returns them in order."""

    def __init__(self, new_id: Callable[[str], str], *, beta: bool) -> None:
        self._new_id = new_id
        self._beta = beta
        self._last_id: str | None = None
        self._alignments: dict[int, tuple[str, SegmentAlignment]] = {}
        self._events: list[ServerEvent] = []
        self.logprobs = False
        """Whether completed items include log probabilities."""

    def drain(self) -> list[ServerEvent]:
        """Return the events emitted since the last call."""
        events, self._events = self._events, []
        return events

    def emit(self, event: ServerEvent) -> None:
        """Append an event."""
        self._events.append(event)

    def new_turn(self, begin_ms: int) -> Turn:
        """Create a turn that begins at ``begin_ms``."""
        return Turn(id=self._new_id("item"), begin_ms=begin_ms, end_ms=begin_ms)

    def update_transcript(self, turn: Turn, segment: int, text: str) -> None:
        """Set the stable text of a segment and emit what it adds to the transcript."""
        delta = turn.transcript.update(segment, text)
        if delta:
            self.emit(TranscriptDeltaEvent(item_id=turn.id, delta=delta))
        alignment = turn.transcript.align(segment, text)
        if alignment is not None:
            self._alignments[segment] = (turn.id, alignment)
            if len(self._alignments) > MAX_ALIGNED_SEGMENTS:
                del self._alignments[next(iter(self._alignments))]

    def add_final(self, turn: Turn, message: Final) -> None:
        """Add the final text of a segment, with the confidence of its words if they were requested."""
        self.update_transcript(turn, message.segment, message.text)
        if message.text:
            turn.languages[message.language] += len(message.text)
        before = turn.logprobs[-1].token if turn.logprobs else ""
        for token, probability in _tokens(before, message):
            logprob = round(math.log(max(probability, MIN_PROBABILITY)), 4)
            turn.logprobs.append(Logprob(token=token, bytes=tuple(token.encode()), logprob=logprob))

    def commit(self, turn: Turn) -> bool:
        """Turn a turn into an item. Returns ``False`` if it already is one."""
        if turn.committed:
            return False
        turn.committed = True
        previous, self._last_id = self._last_id, turn.id
        item = ConversationItem(id=turn.id)
        self.emit(AudioCommittedEvent(item_id=turn.id, previous_item_id=previous))
        if self._beta:
            self.emit(BetaItemCreatedEvent(previous_item_id=previous, item=item))
        else:
            self.emit(ItemAddedEvent(previous_item_id=previous, item=item))
            self.emit(ItemDoneEvent(previous_item_id=previous, item=item))
        return True

    def complete(self, turn: Turn) -> None:
        """Emit the whole transcript of an item."""
        seconds = max(0, turn.end_ms - turn.begin_ms) / 1000
        usage = AudioUsage(seconds=seconds)
        self.emit(
            TranscriptCompletedEvent(
                item_id=turn.id,
                transcript=turn.transcript.text,
                usage=usage,
                languages=tuple(DetectedLanguage(code=code) for code, _ in turn.languages.most_common()),
                logprobs=tuple(turn.logprobs) if self.logprobs else msgspec.UNSET,
            )
        )

    def fail(self, turn: Turn, error: ErrorDetail) -> None:
        """Emit that an item could not be transcribed."""
        self.emit(TranscriptFailedEvent(item_id=turn.id, error=error))

    def add_entities(self, message: Entities) -> None:
        """Emit the entities of a segment, except those in text that differs from the transcript."""
        item_id, alignment = self._alignments.get(message.segment, (None, None))
        if item_id is None or alignment is None:
            return  # the segment was cleared
        if message.final:
            del self._alignments[message.segment]
        found = [(entity, alignment.find(entity.from_, entity.to, entity.text)) for entity in message.items]
        self.emit(
            EntitiesEvent(
                item_id=item_id,
                segment=message.segment,
                final=message.final,
                entities=tuple(_moved(entity, begin) for entity, begin in found if begin is not None),
            )
        )


def _tokens(before: str, message: Final) -> list[tuple[str, float]]:
    """Return the words of a final and their probabilities if they were requested.

    The words include the text between them, so that those of consecutive finals concatenate to their text.
    """
    if message.words is None or not message.text:
        return []
    text = separator(before, message.text) + message.text
    if not message.words:
        return [(text, message.confidence)]
    shift = len(text) - len(message.text)
    ends = [*(shift + word.to for word in message.words[:-1]), len(text)]
    begins = [0, *ends[:-1]]
    return [(text[begin:end], word.confidence) for word, begin, end in zip(message.words, begins, ends, strict=True)]


def _moved(entity: Entity, begin: int) -> Entity:
    return msgspec.structs.replace(entity, from_=begin, to=begin + len(entity.text))
