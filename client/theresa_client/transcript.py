"""The transcript of a session, built from server messages in any order."""

from dataclasses import dataclass, replace

from theresa_client.mentions import Mention, mentions
from theresa_protocol.messages import AnyServerMessage, Entities, Entity, Final, Graph, Partial, Started, Unknown, Word

FINAL_REVISION = float("inf")


@dataclass(frozen=True)
class Segment:
    """The text of one segment of speech, open or final."""

    number: int
    rev: float
    text: str
    stable: int
    """``text[:stable]`` does not change in later partials."""
    start_ms: int
    """Times are positions in the audio."""
    end_ms: int
    language: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    entities: tuple[Entity, ...] = ()
    """Entities of a final, or of the stable prefix of an open segment."""
    searched: bool = False
    """Whether ``entities`` is the final list, which is sent only if the session requested entities."""
    relations: Graph | None = None

    @property
    def final(self) -> bool:
        """Whether the text is final."""
        return self.rev == FINAL_REVISION


class Transcript:
    """The segments of a session, in order.

    Apply every message. An older revision, or a partial after its final, changes nothing, so that the result does not
    depend on order or repetition.
    """

    def __init__(self) -> None:
        self._texts: dict[int, Segment] = {}
        # The latest list of each kind: that of an open segment does not apply to the text of its final.
        self._lists: dict[tuple[int, bool], Entities] = {}

    def apply(self, message: AnyServerMessage | Unknown) -> Segment | None:
        """Apply a message. Returns the segment that it changed, or ``None``."""
        match message:
            case Partial():
                return self._update(_from_partial(message))
            case Final():
                return self._update(_from_final(message))
            case Entities():
                return self._update_entities(message)
            case Started(resumed=False):
                self._discard_open()
                return None
            case _:
                return None

    @property
    def segments(self) -> list[Segment]:
        """All segments by number, including empty ones."""
        return [self._with_entities(self._texts[number]) for number in sorted(self._texts)]

    @property
    def finals(self) -> list[Segment]:
        """The final segments with text, by number."""
        return [segment for segment in self.segments if segment.final and segment.text.strip()]

    @property
    def open(self) -> list[Segment]:
        """The segments that are not final, by number."""
        return [segment for segment in self.segments if not segment.final]

    @property
    def entities(self) -> list[Entity]:
        """The entities of the finals, in text order. They do not change later."""
        return [entity for segment in self.finals for entity in segment.entities]

    @property
    def mentions(self) -> list[Mention]:
        """The entities of the finals, each once, with its count and first time; in order of first mention."""
        return mentions(self.entities)

    def _discard_open(self) -> None:
        """Discard open segments: another server resumed the session, and it does not know them."""
        for segment in self.open:
            del self._texts[segment.number]
            self._lists.pop((segment.number, False), None)

    def _update(self, segment: Segment) -> Segment | None:
        known = self._texts.get(segment.number)
        if known is not None and known.rev >= segment.rev:
            return None
        self._texts[segment.number] = segment
        return self._with_entities(segment)

    def _update_entities(self, message: Entities) -> Segment | None:
        kind = (message.segment, message.final)
        known = self._lists.get(kind)
        if known is not None and known.rev >= message.rev:
            return None
        text = self._texts.get(message.segment)
        before = None if text is None else self._with_entities(text)
        self._lists[kind] = message
        after = None if text is None else self._with_entities(text)
        return after if after != before else None

    def _with_entities(self, segment: Segment) -> Segment:
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
