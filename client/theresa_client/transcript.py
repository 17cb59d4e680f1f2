"""What a session has said so far, from the server's messages in whatever order they are applied."""

from dataclasses import dataclass

from theresa_protocol.messages import AnyServerMessage, Final, Partial, Unknown, Word

FINAL_REVISION = float("inf")


@dataclass(frozen=True)
class Segment:
    """One utterance. ``text[:stable]`` stays as it is; all of it does when ``final``. Times are those of the audio."""

    number: int
    rev: float
    text: str
    stable: int
    start_ms: int
    end_ms: int
    language: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()

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
        self._segments: dict[int, Segment] = {}

    def apply(self, message: AnyServerMessage | Unknown) -> Segment | None:
        """Take in a message; returns the segment if that changed it."""
        match message:
            case Partial():
                segment = _from_partial(message)
            case Final():
                segment = _from_final(message)
            case _:
                return None
        known = self._segments.get(segment.number)
        if known is not None and known.rev >= segment.rev:
            return None
        self._segments[segment.number] = segment
        return segment

    @property
    def segments(self) -> list[Segment]:
        """All segments by number, empty ones included."""
        return [self._segments[number] for number in sorted(self._segments)]

    @property
    def finals(self) -> list[Segment]:
        """The final segments that say something, by number."""
        return [segment for segment in self.segments if segment.final and segment.text.strip()]

    @property
    def open(self) -> list[Segment]:
        """The segments that may still change, by number."""
        return [segment for segment in self.segments if not segment.final]


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
