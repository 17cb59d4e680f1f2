"""Theresa beside WhisperLive and WhisperLiveKit: same audio, same model directory, same machine, same run."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

from benchmarks import logs, metrics
from benchmarks.capacity import MOST_STREAMS, search
from benchmarks.logs import Log
from benchmarks.metrics import Errors, View, quantile
from benchmarks.offline import passes
from benchmarks.options import Options
from benchmarks.peer_servers import PEERS, Peer, install
from benchmarks.processes import OPEN_TO_ALL, ProcessError, Running, free_port, server, split_cores, theresa
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table
from benchmarks.running import speak

ABOUT = (
    "One dialogue for each stream, in English and Mandarin in turns, at the pace of speech, languages given; the "
    "model is the same directory for all. *Last word*: from when the last word of a sentence has been spoken until "
    "it is to be read, in any text and in settled text (p50 / p95, seconds), for one stream. *Lost*: sentences "
    "whose last word is missing in the last text. *Flicker*: characters that were taken back for each character of "
    "the last text. *Streams*: the most at which p95 of the last word in any text is at most 1.5 s, with nobody cut"
    " off and no more than half of the words lost."
)
LAST_WORD_S = 1.5
SPOKEN_S = 60.0
CHUNK_MS = 100
"""For all of them: their own clients send frames of about this length, too."""


@dataclass(frozen=True)
class Tried:
    """What so many streams of one server got."""

    streams: int
    words: Sequence[metrics.LastWord]
    failed: Sequence[str]
    errors: Errors
    flicker: float
    cpu_share: float

    @property
    def any_text(self) -> list[float]:
        """Delays of last words in any text."""
        return [word.in_any_text for word in self.words if word.in_any_text is not None]

    @property
    def settled(self) -> list[float]:
        """Delays of last words in settled text."""
        return [word.in_settled_text for word in self.words if word.in_settled_text is not None]

    @property
    def held(self) -> bool:
        """Whether all were served well enough."""
        late = quantile(self.any_text, 0.95)
        return (
            not self.failed and late is not None and late <= LAST_WORD_S and 2 * len(self.any_text) >= len(self.words)
        )


@dataclass
class Contestant:
    """One server, its protocol, and how to read what it says."""

    name: str
    dialect: str
    views: Callable[[Log], list[View]]
    first: int
    """Where the search for the most streams begins."""
    tried: list[Tried] = field(default_factory=list)
    why_not: str = ""


def measure(options: Options) -> Report:
    """Each server in turn."""
    report = Report("peers", "Beside other servers", ABOUT)
    recordings = options.recordings("dialogue")
    name = options.models[0]
    model = options.model(name)
    spared = sum(p.cpu_s for p in passes(model, recordings)) / sum(r.seconds for r in recordings)
    contestants = []
    for contestant, starting in _contestants(model, report):
        try:
            with starting() as running:
                _try_out(contestant, running, recordings, options)
        except (ProcessError, OSError) as error:
            contestant.why_not = str(error)
            report.notes.append(f"{contestant.name} could not be measured: {error}")
        contestants.append(contestant)
    columns = (
        "",
        "CPU s per s",
        "÷ offline",
        "last word, any text",
        "last word, settled",
        "lost",
        "WER/CER %",
        "flicker",
        "streams",
    )
    rows = [_row(contestant, spared) for contestant in contestants]
    report.tables.append(Table(f"Model {name}; one offline pass costs {spared:.4f} CPU s per s", columns, rows))
    report.data |= {c.name: {"cpu": c.tried[0].cpu_share, "streams": _most(c)} for c in contestants if c.tried}
    return report


def _contestants(
    model: str, report: Report
) -> Iterator[tuple[Contestant, Callable[[], AbstractContextManager[Running]]]]:
    serving, _ = split_cores()
    report.notes.append(f"Theresa: `theresa-server --model {model_name(model)} {' '.join(OPEN_TO_ALL)}`.")
    yield (
        Contestant("Theresa", "theresa", logs.views, 8),
        lambda: theresa("--model", model, *OPEN_TO_ALL, pinned=serving),
    )
    for peer in PEERS:
        contestant = Contestant(peer.name, peer.dialect, peer.views, 2)
        yield contestant, partial(_started, peer, model, report)


def model_name(model: str) -> str:
    """The last two parts of a model's path: no page needs to say where it lay."""
    return "/".join(model.rsplit("/", 2)[-2:])


@contextmanager
def _started(peer: Peer, model: str, report: Report) -> Iterator[Running]:
    """A peer's server, installed where it was not."""
    version, port = install(peer), free_port()
    command = peer.started(model, port)
    quoted = " ".join(part if shlex.quote(part) == part else f'"{part}"' for part in command[1:])
    said = quoted.replace(model, model_name(model)).replace(str(port), "PORT")
    report.notes.append(f"{peer.name} {version}: `{command[0].rsplit('/', 1)[-1]} {said}`.")
    serving, _ = split_cores()
    with server(command, peer.package, peer.ready, pinned=serving, within_s=180) as running:
        yield Running(f"ws://127.0.0.1:{port}{peer.path}", running.pid)


def _try_out(contestant: Contestant, running: Running, recordings: Sequence[Recording], options: Options) -> None:
    """One stream in each language, then ever more at once."""
    spoken = options.longest_s or SPOKEN_S
    warm = speak(running, recordings, 1, f"{contestant.name}, warming up", dialect=contestant.dialect, longest_s=4)
    if warm.failed:
        raise ProcessError(f"its first session failed: {warm.failed[0]}")
    single = [_tried(contestant, running, [recording], 1, spoken) for recording in recordings]
    contestant.tried.append(_together(single))
    if contestant.tried[0].held:
        contestant.tried += search(
            lambda count: _tried(contestant, running, recordings, count, spoken),
            options.most_streams or MOST_STREAMS,
            first=contestant.first,
            grain=0.25,
        )


def _tried(
    contestant: Contestant, running: Running, recordings: Sequence[Recording], count: int, spoken_s: float
) -> Tried:
    about = f"{contestant.name}, {count} stream{'s' if count > 1 else ''}"
    _, speaking = split_cores()
    run = speak(
        running,
        recordings,
        count,
        about,
        dialect=contestant.dialect,
        chunk_ms=CHUNK_MS,
        longest_s=spoken_s,
        pinned=speaking,
    )
    said = {recording.name: recording for recording in recordings}
    words: list[metrics.LastWord] = []
    errors, taken_back, shown = Errors(), 0, 0
    for log in run.logs:
        recording, views = said[log.recording], contestant.views(log)
        sentences = [(s.text, s.end_s) for s in recording.sentences if s.end_s is not None and s.end_s <= spoken_s]
        words += metrics.last_words(views, sentences, recording.language)
        last = views[-1].text if views else ""
        errors += metrics.errors(" ".join(text for text, _ in sentences), last, recording.language)
        taken_back, shown = taken_back + metrics.retracted(view.text for view in views), shown + len(last)
    return Tried(count, words, run.failed, errors, taken_back / max(1, shown), run.cpu_s / run.audio_s)


def _together(single: Sequence[Tried]) -> Tried:
    """One stream's figures over several recordings."""
    count = len(single)
    return Tried(
        1,
        [word for tried in single for word in tried.words],
        [error for tried in single for error in tried.failed],
        sum((tried.errors for tried in single), Errors()),
        sum(tried.flicker for tried in single) / count,
        sum(tried.cpu_share for tried in single) / count,
    )


def _most(contestant: Contestant) -> int:
    return max((tried.streams for tried in contestant.tried if tried.held), default=0)


def _row(contestant: Contestant, spared: float) -> list[str]:
    if not contestant.tried:
        return [contestant.name, *["–"] * 7, contestant.why_not or "not measured"]
    one = contestant.tried[0]
    lost = len(one.words) - len(one.any_text)
    return [
        contestant.name,
        f"{one.cpu_share:.3f}",
        f"{one.cpu_share / spared:.1f}",
        _seconds(one.any_text),
        _seconds(one.settled),
        f"{lost} of {len(one.words)}",
        f"{one.errors.percent:.1f}",
        f"{one.flicker:.2f}",
        str(_most(contestant)),
    ]


def _seconds(values: Sequence[float]) -> str:
    return " / ".join("–" if (found := quantile(values, share)) is None else f"{found:.2f}" for share in (0.5, 0.95))
