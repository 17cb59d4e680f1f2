"""What is told to a client, as messages: samples become milliseconds, code points the session's offset unit."""

from collections.abc import Sequence

from theresa_protocol import messages
from theresa_protocol.errors import ProtocolError
from theresa_protocol.messages import OffsetUnit
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.entities.identity import entity_id
from theresa_server.entities.ports import EntitySpan
from theresa_server.entities.timing import Timeline
from theresa_server.sessions.settings import Settings
from theresa_server.speech.recognition import Hypothesis, TimedWord
from theresa_server.speech.stabiliser import Stable
from theresa_server.speech.utterance import Utterance


def to_ms(samples: int) -> int:
    """Milliseconds of a position at 16 kHz, rounded down."""
    return samples * 1000 // SAMPLE_RATE_HZ


def offset(text: str, index: int, unit: OffsetUnit) -> int:
    """A code-point index into ``text``, in the unit asked for."""
    if unit == "codepoint":
        return index
    return index + sum(character > "\uffff" for character in text[:index])


def partial(
    utterance: Utterance, view: Stable, hypothesis: Hypothesis, end: int, settings: Settings
) -> messages.Partial:
    """What an open segment, which reaches to ``end`` so far, says."""
    unit, timed = settings.offset_unit, settings.words and view.text == hypothesis.text
    return messages.Partial(
        segment=utterance.number,
        rev=utterance.rev,
        text=view.text,
        stable=offset(view.text, view.stable, unit),
        start_ms=to_ms(utterance.start),
        end_ms=to_ms(end),
        language=hypothesis.language,
        words=words(view.text, hypothesis.words, utterance.start, unit) if timed else None,
    )


def final(
    number: int, closed: SegmentClosed, hypothesis: Hypothesis, through: int, settings: Settings
) -> messages.Final:
    """What a closed segment says; ``through`` is its end in samples at the declared rate."""
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
        words=words(hypothesis.text, hypothesis.words, closed.start, unit) if settings.words else None,
    )


def words(text: str, found: Sequence[TimedWord], start: int, unit: OffsetUnit) -> tuple[messages.Word, ...] | None:
    """Words of a segment that begins at sample ``start``; ``None`` where none were asked for."""
    if not found:
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
        for word in found
    )


def items(text: str, spans: Sequence[EntitySpan], timeline: Timeline, unit: OffsetUnit) -> tuple[messages.Entity, ...]:
    """The entities of a segment: ``text[span.begin:span.end]`` each, in the order given."""
    return tuple(_item(text, span, timeline, unit) for span in spans)


def _item(text: str, span: EntitySpan, timeline: Timeline, unit: OffsetUnit) -> messages.Entity:
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


def fatal(error: ProtocolError) -> messages.ErrorMessage:
    """The message after which the connection closes."""
    return messages.ErrorMessage(code=error.code, message=error.message, param=error.param, fatal=True)
