"""What a session said, and when: read into what `metrics` measures. Pure; times are seconds on the audio's clock.

On that clock a sample is spoken, and sent, when it is: a message at 2.5 came when 2.5 s of audio had been sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import metrics
from benchmarks.metrics import View
from benchmarks.recordings import Sentence
from theresa_protocol.codec import decode_server
from theresa_protocol.messages import AnyServerMessage, Final, Partial, Speech, Started, Unknown

Event = tuple[float, str]
"""When a message came, and its JSON."""


@dataclass(frozen=True)
class Log:
    """One session: its recording, all messages, how late (s) the client was in sending at worst, what went wrong."""

    recording: str
    events: Sequence[Event]
    late_s: float = 0.0
    error: str = ""

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Log":
        """From JSON."""
        events = [(at, text) for at, text in plain["events"]]
        return cls(plain["recording"], events, plain["late_s"], plain["error"])


@dataclass
class Segment:
    """All that was said of a segment."""

    partials: list[tuple[float, Partial]] = field(default_factory=list)
    final: tuple[float, Final] | None = None
    stopped_s: float | None = None
    """Where the server heard the speech end."""

    @property
    def start_s(self) -> float:
        """Where it begins, pre-roll included."""
        first = self.partials[0][1] if self.partials else self.final[1] if self.final else None
        return first.start_ms / 1000 if first else 0.0

    @property
    def end_s(self) -> float:
        """Where it ends, or how far it was decoded."""
        last = self.final[1] if self.final else self.partials[-1][1] if self.partials else None
        return last.end_ms / 1000 if last else 0.0

    @property
    def texts(self) -> list[str]:
        """All that was shown, in turn."""
        shown = [partial.text for _, partial in self.partials]
        return [*shown, self.final[1].text] if self.final else shown


def messages(log: Log) -> Iterator[tuple[float, AnyServerMessage | Unknown]]:
    """The messages of a Theresa server."""
    return ((at, decode_server(text)) for at, text in log.events)


def segments(log: Log) -> list[Segment]:
    """The segments of a session, in order."""
    found: dict[int, Segment] = {}
    stops: list[float] = []
    for at, message in messages(log):
        match message:
            case Speech(state="stopped", at_ms=at_ms):
                stops.append(at_ms / 1000)
            case Partial(segment=number):
                found.setdefault(number, Segment()).partials.append((at, message))
            case Final(segment=number, start_ms=start_ms, end_ms=end_ms):
                segment = found.setdefault(number, Segment())
                segment.final = (at, message)
                inside = [stop for stop in stops if start_ms / 1000 < stop <= end_ms / 1000]
                segment.stopped_s = inside[-1] if inside else None
            case _:
                pass
    return [found[number] for number in sorted(found)]


def silence_s(log: Log) -> float:
    """The silence that ends a segment in this session."""
    for _, message in messages(log):
        if isinstance(message, Started):
            return (message.configuration.endpointing.silence_ms or 0) / 1000
    return 0.0


def text(log: Log) -> str:
    """All finals."""
    return " ".join(segment.final[1].text for segment in segments(log) if segment.final)


def views(log: Log) -> list[View]:
    """What a reader of a Theresa session sees."""
    shown: list[View] = []
    finals: list[str] = []
    for at, message in messages(log):
        match message:
            case Partial():
                shown.append(View(at, " ".join(finals), message.text))
            case Final():
                finals.append(message.text)
                shown.append(View(at, " ".join(finals)))
            case _:
                pass
    return shown


def spoken_within(segment: Segment, sentences: Sequence[Sentence]) -> list[tuple[float, float]]:
    """The times of the sentences whose middle lies in a segment."""
    times = [(s.start_s, s.end_s) for s in sentences if s.start_s is not None and s.end_s is not None]
    return [(start, end) for start, end in times if segment.start_s <= (start + end) / 2 <= segment.end_s]


def first_partials(log: Log, sentences: Sequence[Sentence]) -> list[float]:
    """How long after the first sound of each segment its first text came."""
    found = []
    for segment in segments(log):
        spoken = spoken_within(segment, sentences)
        shown = next((at for at, partial in segment.partials if partial.text), None)
        if spoken and shown is not None:
            found.append(shown - spoken[0][0])
    return found


def final_delays(log: Log) -> list[float]:
    """How long after the endpoint silence was complete, by the server's own hearing, each final came."""
    silence = silence_s(log)
    return [
        segment.final[0] - segment.stopped_s - silence
        for segment in segments(log)
        if segment.final and segment.final[1].reason == "endpoint" and segment.stopped_s is not None
    ]


def true_final_delays(log: Log, sentences: Sequence[Sentence]) -> list[float]:
    """The same from the last sound of each segment: what the detector takes longer to hear its end is in it."""
    silence, found = silence_s(log), []
    for segment in segments(log):
        spoken = spoken_within(segment, sentences)
        if spoken and segment.final and segment.final[1].reason == "endpoint":
            found.append(segment.final[0] - spoken[-1][1] - silence)
    return found


def partial_ages(log: Log, sentences: Sequence[Sentence]) -> list[float]:
    """How old the text was, every 100 ms of speech."""
    found: list[float] = []
    for segment in segments(log):
        spoken = spoken_within(segment, sentences)
        begin = spoken[0][0] if spoken else segment.start_s
        end = segment.stopped_s if segment.stopped_s is not None else segment.end_s
        shown = [(at, partial.end_ms / 1000) for at, partial in segment.partials]
        found += metrics.ages(shown, begin, end)
    return found
