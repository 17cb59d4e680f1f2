"""Entity queries: the text of a segment, when it was spoken, and which entities the session wants. Pure."""

from dataclasses import dataclass

from theresa_server.audio.segments import SegmentClosed
from theresa_server.entities.timing import Timeline
from theresa_server.sessions import rendering
from theresa_server.sessions.settings import EntitySettings
from theresa_server.speech.recognition import Hypothesis
from theresa_server.speech.stabiliser import StabilisedText
from theresa_server.speech.utterance import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityQuery:
    """The text of one segment, to be searched for entities."""

    segment: int
    text: str
    stable: int
    """The first ``stable`` characters of the text do not change any more; only they are searched."""
    timeline: Timeline
    settings: EntitySettings


def final_query(
    number: int, closed: SegmentClosed, hypothesis: Hypothesis, settings: EntitySettings | None
) -> EntityQuery | None:
    """Return the query for a final; ``None`` when its text is empty or the session wants no entities."""
    text = hypothesis.text
    if settings is None or not text:
        return None
    start_ms, end_ms = rendering.to_ms(closed.start), rendering.to_ms(closed.end)
    timeline = Timeline(length=len(text), start_ms=start_ms, end_ms=end_ms, words=hypothesis.words)
    return EntityQuery(segment=number, text=text, stable=len(text), timeline=timeline, settings=settings)


def partial_query(
    utterance: Utterance, partial: StabilisedText, hypothesis: Hypothesis, end: int, settings: EntitySettings
) -> EntityQuery:
    """Return the query for a partial of an open segment that currently reaches to sample ``end``."""
    words = hypothesis.words if partial.text == hypothesis.text else ()
    start_ms, end_ms = rendering.to_ms(utterance.start), rendering.to_ms(end)
    timeline = Timeline(length=len(partial.text), start_ms=start_ms, end_ms=end_ms, words=words)
    return EntityQuery(
        segment=utterance.number, text=partial.text, stable=partial.stable, timeline=timeline, settings=settings
    )
