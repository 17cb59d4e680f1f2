"""The transcript of a recording, segment by segment."""

import msgspec

from theresa_protocol.messages import Entity
from theresa_server.audio.segments import SegmentClosed
from theresa_server.entities.ports import Annotation
from theresa_server.entities.timing import Timeline
from theresa_server.sessions.rendering import entity_messages, to_ms
from theresa_server.speech.recognition import Hypothesis, TimedWord
from theresa_server.speech.units import separator


class RecordingSegment(msgspec.Struct, frozen=True, kw_only=True):
    """One transcribed segment of a recording."""

    number: int
    """Index in the recording, from 0."""
    text: str
    """The text, including the space before it if there is one. All segments concatenated are the transcript."""
    start_ms: int
    """Time since the start of the recording."""
    end_ms: int
    """Time since the start of the recording."""
    hypothesis: Hypothesis
    """The decoder's result. Its word times are relative to ``start_ms``."""
    entities: tuple[Entity, ...] | None = None
    """Entities with offsets into the whole transcript; ``None`` if entity recognition failed."""

    @property
    def words(self) -> tuple[TimedWord, ...]:
        """The timed words, with offsets into the hypothesis' text."""
        return self.hypothesis.words


class RecordingTranscript:
    """The segments of a recording that have been transcribed so far."""

    def __init__(self) -> None:
        self.text = ""
        self.segments: list[RecordingSegment] = []

    def add(self, closed: SegmentClosed, hypothesis: Hypothesis, annotation: Annotation | None) -> RecordingSegment:
        """Append a segment.

        Args:
            closed: The audio segment.
            hypothesis: Its transcript.
            annotation: Its entities; ``None`` if entity recognition failed.
        """
        space = separator(self.text, hypothesis.text)
        offset = len(self.text) + len(space)
        segment = RecordingSegment(
            number=len(self.segments),
            text=space + hypothesis.text,
            start_ms=to_ms(closed.start),
            end_ms=to_ms(closed.end),
            hypothesis=hypothesis,
            entities=None if annotation is None else _entities(closed, hypothesis, annotation, offset),
        )
        self.segments.append(segment)
        self.text += segment.text
        return segment

    @property
    def entities(self) -> list[Entity] | None:
        """The entities of all segments; ``None`` if entity recognition failed for one of them."""
        found: list[Entity] = []
        for segment in self.segments:
            if segment.entities is None:
                return None
            found.extend(segment.entities)
        return found

    @property
    def languages(self) -> list[str]:
        """The languages of the speech, the one with the most speech first."""
        speech_ms: dict[str, int] = {}
        for segment in self.segments:
            language = segment.hypothesis.language
            speech_ms[language] = speech_ms.get(language, 0) + segment.end_ms - segment.start_ms
        return sorted(speech_ms, key=lambda language: -speech_ms[language])

    @property
    def language(self) -> str | None:
        """The language with the most speech; ``None`` if there is no speech."""
        return next(iter(self.languages), None)


def _entities(closed: SegmentClosed, hypothesis: Hypothesis, annotation: Annotation, offset: int) -> tuple[Entity, ...]:
    timeline = Timeline(
        length=len(hypothesis.text), start_ms=to_ms(closed.start), end_ms=to_ms(closed.end), words=hypothesis.words
    )
    return tuple(
        msgspec.structs.replace(entity, from_=offset + entity.from_, to=offset + entity.to)
        for entity in entity_messages(hypothesis.text, annotation.spans, timeline, "codepoint")
    )
