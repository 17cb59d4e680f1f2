"""What a session has said so far, from the server's messages in whatever order they are applied."""

from dataclasses import dataclass, replace

from theresa_client.mentions import Mention, mentions
from theresa_protocol.messages import AnyServerMessage, Entities, Entity, Final, Graph, Partial, Started, Unknown, Word

FINAL_REVISION = float("inf")


@dataclass(frozen=True)
class Segment:
    """One utterance. ``text[:stable]`` stays as it is; all of it does when ``final``. Times are those of the audio.

    ``entities`` are those of a final's whole text, or of a stable part of a growing one. They are the last word on it
    when ``searched``, which a segment is only where the session asked for entities and the server has found them.
    """

    number: int
    rev: float
    text: str
    stable: int
    start_ms: int
    end_ms: int
    language: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    entities: tuple[Entity, ...] = ()
    searched: bool = False
    relations: Graph | None = None

    @property
    def final(self) -> bool:
        """Whether this is the last word on it."""
        return self.rev == FINAL_REVISION


class Transcript:
    """The segments of a session in order.

    Apply every message; those that say nothing new (an older revision, anything after the final) change nothing, so
    that the result does not depend on order or repetition.
    """

    def __init__(self) -> None:
        self._texts: dict[int, Segment] = {}
        # The last list of each kind: a growing segment's says nothing about the text of its final.
        self._lists: dict[tuple[int, bool], Entities] = {}

    def apply(self, message: AnyServerMessage | Unknown) -> Segment | None:
        """Take in a message; returns the segment if that changed it."""
        match message:
            case Partial():
                return self._tell(_from_partial(message))
            case Final():
                return self._tell(_from_final(message))
            case Entities():
                return self._annotate(message)
            case Started(resumed=False):
                self._begin_anew()
                return None
            case _:
                return None

    @property
    def segments(self) -> list[Segment]:
        """All segments by number, empty ones included."""
        return [self._complete(self._texts[number]) for number in sorted(self._texts)]

    @property
    def finals(self) -> list[Segment]:
        """The final segments that say something, by number."""
        return [segment for segment in self.segments if segment.final and segment.text.strip()]

    @property
    def open(self) -> list[Segment]:
        """The segments that may still change, by number."""
        return [segment for segment in self.segments if not segment.final]

    @property
    def entities(self) -> list[Entity]:
        """The entities of the finals, in the order of the text: what is in it stays."""
        return [entity for segment in self.finals for entity in segment.entities]

    @property
    def mentions(self) -> list[Mention]:
        """Who and what the finals mention, each once, with how often and first when; by first mention."""
        return mentions(self.entities)

    def _begin_anew(self) -> None:
        """Another server goes on: it knows nothing of what had not become final."""
        for segment in self.open:
            del self._texts[segment.number]
            self._lists.pop((segment.number, False), None)

    def _tell(self, segment: Segment) -> Segment | None:
        known = self._texts.get(segment.number)
        if known is not None and known.rev >= segment.rev:
            return None
        self._texts[segment.number] = segment
        return self._complete(segment)

    def _annotate(self, message: Entities) -> Segment | None:
        kind = (message.segment, message.final)
        known = self._lists.get(kind)
        if known is not None and known.rev >= message.rev:
            return None
        text = self._texts.get(message.segment)
        before = None if text is None else self._complete(text)
        self._lists[kind] = message
        after = None if text is None else self._complete(text)
        return after if after != before else None

    def _complete(self, segment: Segment) -> Segment:
        found = self._lists.get((segment.number, segment.final))
        if found is None:
            return segment
        return replace(segment, entities=found.items, searched=found.final, relations=found.relations)


def _from_partial(message: Partial) -> Segment:
    return Segment(
        number=message.segment,
        rev=message.rev,
        text=message.text,
        stable=min(message.stable, len(message.text)),
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        language=message.language,
        words=message.words or (),
    )


def _from_final(message: Final) -> Segment:
    return Segment(
        number=message.segment,
        rev=FINAL_REVISION,
        text=message.text,
        stable=len(message.text),
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        language=message.language,
        confidence=message.confidence,
        words=message.words or (),
    )
