"""What was said in a recording so far, passage by passage."""

import msgspec

from theresa_protocol.messages import Entity
from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.entities.ports import Annotation
from theresa_server.entities.timing import Timeline
from theresa_server.sessions.rendering import entity_messages, to_ms
from theresa_server.speech.recognition import Hypothesis, TimedWord
from theresa_server.speech.units import separator


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One segment of speech.

    Attributes:
        number: its place, from 0.
        text: what was said, with the space before it where there is one: all passages together make the text.
        start_ms: when it begins in the recording.
        end_ms: when it ends.
        said: what the recogniser believes; times of its words are relative to ``start_ms``.
        entities: what it mentions; offsets are into the text of the whole. ``None`` where that cannot be had.
    """

    number: int
    text: str
    start_ms: int
    end_ms: int
    said: Hypothesis
    entities: tuple[Entity, ...] | None = None

    @property
    def words(self) -> tuple[TimedWord, ...]:
        """Its words, with offsets into the hypothesis' text."""
        return self.said.words


class RecordingTranscript:
    """The passages of a recording."""

    def __init__(self) -> None:
        self.text = ""
        self.passages: list[Passage] = []

    def add(self, segment: SegmentClosed, said: Hypothesis, found: Annotation | None) -> Passage:
        """The next passage. ``found`` is what it mentions, ``None`` where that cannot be had."""
        space = separator(self.text, said.text)
        passage = Passage(
            number=len(self.passages),
            text=space + said.text,
            start_ms=to_ms(segment.start),
            end_ms=to_ms(segment.end),
            said=said,
            entities=None if found is None else _entities(segment, said, found, len(self.text) + len(space)),
        )
        self.passages.append(passage)
        self.text += passage.text
        return passage

    @property
    def entities(self) -> list[Entity] | None:
        """What is mentioned; ``None`` where some of it cannot be had."""
        found: list[Entity] = []
        for passage in self.passages:
            if passage.entities is None:
                return None
            found.extend(passage.entities)
        return found

    @property
    def language(self) -> str | None:
        """The language that was spoken longest; ``None`` where nothing was said."""
        spoken_ms: dict[str, int] = {}
        for passage in self.passages:
            language = passage.said.language
            spoken_ms[language] = spoken_ms.get(language, 0) + passage.end_ms - passage.start_ms
        return max(spoken_ms, key=lambda language: spoken_ms[language], default=None)


def _entities(segment: SegmentClosed, said: Hypothesis, found: Annotation, base: int) -> tuple[Entity, ...]:
    timeline = Timeline(
        length=len(said.text), start_ms=to_ms(segment.start), end_ms=to_ms(segment.end), words=said.words
    )
    return tuple(
        msgspec.structs.replace(item, from_=base + item.from_, to=base + item.to)
        for item in entity_messages(said.text, found.spans, timeline, "codepoint")
    )
