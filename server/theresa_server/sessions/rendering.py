"""Results as messages: samples become milliseconds, and code points the session's offset unit."""

from collections.abc import Sequence

from theresa_protocol import messages
from theresa_protocol.errors import ProtocolError
from theresa_protocol.messages import OffsetUnit
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.audio.segments import SegmentClosed
from theresa_server.entities.identity import entity_id
from theresa_server.entities.ports import EntitySpan
from theresa_server.entities.timing import Timeline
from theresa_server.sessions.settings import Settings
from theresa_server.speech.recognition import Hypothesis, TimedWord
from theresa_server.speech.stabiliser import StabilisedText
from theresa_server.speech.utterance import Utterance


def to_ms(samples: int) -> int:
    """Convert a position at 16 kHz to milliseconds, rounded down."""
    return samples * 1000 // SAMPLE_RATE_HZ


def offset(text: str, index: int, unit: OffsetUnit) -> int:
    """Convert a code-point index into ``text`` to the given unit."""
    if unit == "codepoint":
        return index
    return index + sum(character > "\uffff" for character in text[:index])


def partial_message(
    utterance: Utterance, partial: StabilisedText, hypothesis: Hypothesis, end: int, settings: Settings
) -> messages.Partial:
    """Return the partial of an open segment that currently reaches to sample ``end``."""
    unit, timed = settings.offset_unit, settings.words and partial.text == hypothesis.text
    return messages.Partial(
        segment=utterance.number,
        rev=utterance.rev,
        text=partial.text,
        stable=offset(partial.text, partial.stable, unit),
        start_ms=to_ms(utterance.start),
        end_ms=to_ms(end),
        language=hypothesis.language,
        words=word_messages(partial.text, hypothesis.words, utterance.start, unit) if timed else None,
    )


def final_message(
    number: int, closed: SegmentClosed, hypothesis: Hypothesis, through: int, settings: Settings
) -> messages.Final:
    """Return the final of a closed segment; ``through`` is its end in samples at the declared rate."""
    unit = settings.offset_unit
    return messages.Final(
        segment=number,
        text=hypothesis.text,
        start_ms=to_ms(closed.start),
        end_ms=to_ms(closed.end),
        through=through,
        reason=closed.reason,
        language=hypothesis.language,
        confidence=round(hypothesis.confidence, 4),
        words=word_messages(hypothesis.text, hypothesis.words, closed.start, unit) if settings.words else None,
    )


def word_messages(
    text: str, words: Sequence[TimedWord], start: int, unit: OffsetUnit
) -> tuple[messages.Word, ...] | None:
    """Return the words of a segment that starts at sample ``start``; ``None`` when there are none."""
    if not words:
        return None
    base = to_ms(start)
    return tuple(
        messages.Word(
            text=word.text,
            start_ms=base + word.start_ms,
            end_ms=base + word.end_ms,
            confidence=round(word.confidence, 4),
            from_=offset(text, word.begin, unit),
            to=offset(text, word.end, unit),
        )
        for word in words
    )


def entity_messages(
    text: str, spans: Sequence[EntitySpan], timeline: Timeline, unit: OffsetUnit
) -> tuple[messages.Entity, ...]:
    """Return the entities of a segment, ``text[span.begin:span.end]`` for each span, in the given order."""
    return tuple(_entity_message(text, span, timeline, unit) for span in spans)


def _entity_message(text: str, span: EntitySpan, timeline: Timeline, unit: OffsetUnit) -> messages.Entity:
    name = text[span.begin : span.end]
    start_ms, end_ms = timeline.interval(span.begin, span.end)
    return messages.Entity(
        id=entity_id(span.label, name),
        label=span.label,
        source_label=span.source_label,
        text=name,
        from_=offset(text, span.begin, unit),
        to=offset(text, span.end, unit),
        start_ms=start_ms,
        end_ms=end_ms,
    )


def fatal_message(error: ProtocolError) -> messages.ErrorMessage:
    """Return the error message after which the connection closes."""
    return messages.ErrorMessage(code=error.code, message=error.message, param=error.param, fatal=True)
