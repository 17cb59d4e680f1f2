"""What is to be searched for entities: the text of a segment, when it was said, and what is wanted. Pure."""

from dataclasses import dataclass

from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.entities.timing import Timeline
from theresa_server.sessions import rendering
from theresa_server.sessions.settings import EntitySettings
from theresa_server.speech.recognition import Hypothesis
from theresa_server.speech.stabiliser import Stable
from theresa_server.speech.utterance import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityQuery:
    """The text of a segment, the first ``settled`` characters of which do not change any more, and what is wanted."""

    segment: int
    text: str
    settled: int
    timeline: Timeline
    wanted: EntitySettings


def final_query(
    number: int, closed: SegmentClosed, hypothesis: Hypothesis, wanted: EntitySettings | None
) -> EntityQuery | None:
    """What a final says; ``None`` where it is not to be searched."""
    text = hypothesis.text
    if wanted is None or not text:
        return None
    start_ms, end_ms = rendering.to_ms(closed.start), rendering.to_ms(closed.end)
    timeline = Timeline(length=len(text), start_ms=start_ms, end_ms=end_ms, words=hypothesis.words)
    return EntityQuery(segment=number, text=text, settled=len(text), timeline=timeline, wanted=wanted)


def partial_query(
    utterance: Utterance, view: Stable, hypothesis: Hypothesis, end: int, wanted: EntitySettings
) -> EntityQuery:
    """What an open segment, which reaches to sample ``end`` so far, says."""
    words = hypothesis.words if view.text == hypothesis.text else ()
    start_ms, end_ms = rendering.to_ms(utterance.start), rendering.to_ms(end)
    timeline = Timeline(length=len(view.text), start_ms=start_ms, end_ms=end_ms, words=words)
    return EntityQuery(segment=utterance.number, text=view.text, settled=view.stable, timeline=timeline, wanted=wanted)
