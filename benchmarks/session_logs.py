"""Logs of sessions, and the delays and texts in them. Pure; times are in seconds of the audio.

A message at 2.5 s arrived when 2.5 s of audio had been spoken and sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import metrics
from benchmarks.metrics import LastWord, Snapshot
from benchmarks.recordings import Recording, Sentence
from theresa_protocol.codec import decode_server
from theresa_protocol.messages import AnyServerMessage, Final, Partial, Speech, Started, Unknown

LATE_S = 0.3
"""How much later than its segment a sentence may end: the detector may miss its last sound."""

Event = tuple[float, str]
"""The time of a message, and its JSON."""


@dataclass(frozen=True)
class SessionLog:
    """All messages of a session."""

    recording: str
    events: Sequence[Event]
    late_s: float = 0.0
    """Maximum delay of the client in sending audio."""
    error: str = ""

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> "SessionLog":
        """Return a log from its decoded JSON."""
        events = [(at_s, text) for at_s, text in entry["events"]]
        return cls(entry["recording"], events, entry["late_s"], entry["error"])


@dataclass
class Segment:
    """The messages of a segment, with their times."""

    partials: list[tuple[float, Partial]] = field(default_factory=list)
    final: tuple[float, Final] | None = None
    speech_end_s: float | None = None
    """Where the server detected the end of speech."""

    @property
    def start_s(self) -> float:
        """Where the segment starts, including its pre-roll."""
        first = self.partials[0][1] if self.partials else self.final[1] if self.final else None
        return first.start_ms / 1000 if first else 0.0

    @property
    def end_s(self) -> float:
        """Where the segment ends, or how far it has been decoded."""
        last = self.final[1] if self.final else self.partials[-1][1] if self.partials else None
        return last.end_ms / 1000 if last else 0.0

    @property
    def texts(self) -> list[str]:
        """All displayed texts, in order."""
        texts = [partial.text for _, partial in self.partials]
        return [*texts, self.final[1].text] if self.final else texts


def messages(log: SessionLog) -> Iterator[tuple[float, AnyServerMessage | Unknown]]:
    """Yield the messages of a Theresa server with their times."""
    return ((at_s, decode_server(text)) for at_s, text in log.events)


def segments(log: SessionLog) -> list[Segment]:
    """Return the segments of a session, in order."""
    by_number: dict[int, Segment] = {}
    ends_s: list[float] = []
    for at_s, message in messages(log):
        match message:
            case Speech(state="stopped", at_ms=at_ms):
                ends_s.append(at_ms / 1000)
            case Partial(segment=number):
                by_number.setdefault(number, Segment()).partials.append((at_s, message))
            case Final(segment=number, start_ms=start_ms, end_ms=end_ms):
                segment = by_number.setdefault(number, Segment())
                segment.final = (at_s, message)
                inside = [end_s for end_s in ends_s if start_ms / 1000 < end_s <= end_ms / 1000]
                segment.speech_end_s = inside[-1] if inside else None
            case _:
                pass
    return [by_number[number] for number in sorted(by_number)]


def endpoint_silence_s(log: SessionLog) -> float:
    """Return the silence that ends a segment in this session."""
    for _, message in messages(log):
        if isinstance(message, Started):
            return (message.configuration.endpointing.silence_ms or 0) / 1000
    return 0.0


def transcript(log: SessionLog) -> str:
    """Return the text of all finals."""
    return " ".join(segment.final[1].text for segment in segments(log) if segment.final)


def theresa_snapshots(log: SessionLog) -> list[Snapshot]:
    """Return the displayed text over time in a session with Theresa."""
    snapshots: list[Snapshot] = []
    finals: list[str] = []
    for at_s, message in messages(log):
        match message:
            case Partial():
                snapshots.append(Snapshot(at_s, " ".join(finals), message.text))
            case Final():
                finals.append(message.text)
                snapshots.append(Snapshot(at_s, " ".join(finals)))
            case _:
                pass
    return snapshots


def sentence_times(segment: Segment, sentences: Sequence[Sentence]) -> list[tuple[float, float]]:
    """Return the start and end of the sentences of which a part is in a segment."""
    times = [(s.start_s, s.end_s) for s in sentences if s.start_s is not None and s.end_s is not None]
    return [(start, end) for start, end in times if start < segment.end_s and end > segment.start_s]


def first_partial_delays(log: SessionLog, sentences: Sequence[Sentence]) -> list[float]:
    """Return the time from the onset of speech to the first text, for each segment that begins with a sentence.

    A segment that continues a sentence of the segment before has no onset.
    """
    delays, previous_end_s = [], 0.0
    for segment in segments(log):
        times = sentence_times(segment, sentences)
        first_s = next((at_s for at_s, partial in segment.partials if partial.text), None)
        if times and first_s is not None and times[0][0] >= previous_end_s:
            delays.append(first_s - times[0][0])
        previous_end_s = segment.end_s
    return delays


def final_delays(log: SessionLog) -> list[float]:
    """Return the time from the end of each endpoint silence, as the server detected it, to the final."""
    silence_s = endpoint_silence_s(log)
    return [
        segment.final[0] - segment.speech_end_s - silence_s
        for segment in segments(log)
        if segment.final and segment.final[1].reason == "endpoint" and segment.speech_end_s is not None
    ]


def true_final_delays(log: SessionLog, sentences: Sequence[Sentence]) -> list[float]:
    """Return the same delays measured from the true end of speech, which includes the delay of the detector.

    A segment that ends in the middle of a sentence has no true end.
    """
    silence_s, delays = endpoint_silence_s(log), []
    for segment in segments(log):
        times = sentence_times(segment, sentences)
        if times and segment.final and segment.final[1].reason == "endpoint" and times[-1][1] <= segment.end_s + LATE_S:
            delays.append(segment.final[0] - times[-1][1] - silence_s)
    return delays


def partial_ages(log: SessionLog, sentences: Sequence[Sentence]) -> list[float]:
    """Return the age of the displayed text for every 100 ms of speech."""
    ages: list[float] = []
    for segment in segments(log):
        times = sentence_times(segment, sentences)
        begin_s = max(times[0][0], segment.start_s) if times else segment.start_s
        end_s = segment.speech_end_s if segment.speech_end_s is not None else segment.end_s
        decoded = [(at_s, partial.end_ms / 1000) for at_s, partial in segment.partials]
        ages += metrics.text_ages(decoded, begin_s, end_s)
    return ages


def last_word_delays(log: SessionLog, recording: Recording) -> list[LastWord]:
    """Return the delays until the last word of each sentence is displayed."""
    sentences = [(s.text, s.end_s) for s in recording.sentences if s.end_s is not None]
    return metrics.last_words(theresa_snapshots(log), sentences, recording.language)
