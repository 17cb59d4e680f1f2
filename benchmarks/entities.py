"""Measure how soon entities follow their final, and how much entity recognition delays the transcripts.

    python benchmarks/entities.py
    python benchmarks/entities.py --sessions 1 4 8 --rounds 3

Starts a server with the demo models, and streams the sample recordings in parallel real-time sessions. Rounds with and
without entities alternate, so that changes of the machine's speed affect both. Run it on an otherwise idle machine.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from rich.console import Console
from rich.table import Table

from theresa_client import Stream, connect
from theresa_protocol.messages import Entities, EntitiesRequest, Final, Start

SAMPLES = Path(__file__).parent.parent / "server/theresa_server/assets/samples"
SLICE_S = 0.02
RATE_HZ = 16_000


@dataclass(frozen=True)
class Sample:
    """A sample recording; ``ends`` are the ends of its sentences, in seconds."""

    pcm: bytes
    ends: Sequence[float]


@dataclass
class Delays:
    """Seconds from the end of each sentence to its final, and from each final to its entities."""

    finals: list[float] = field(default_factory=list)
    entities: list[float] = field(default_factory=list)


@contextmanager
def server(entities: str) -> Iterator[str]:
    """Run a server, and yield the address of its stream."""
    command = [sys.executable, "-m", "theresa_server", "--port", "0", "--model", "demo", "--entities", entities]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            for line in running.stderr or ():
                if match := re.search(r"ready on http(\S+)", line):
                    yield f"ws{match[1]}/v1/stream"
                    return
            sys.exit("the server did not become ready")
        finally:
            running.kill()


async def send(stream: Stream, pcm: bytes, started_s: float) -> None:
    """Send audio in real time."""
    clock, step = asyncio.get_running_loop().time, int(SLICE_S * RATE_HZ) * 2
    for number, at in enumerate(range(0, len(pcm), step), start=1):
        await asyncio.sleep(started_s + number * SLICE_S - clock())
        await stream.send(pcm[at : at + step])
    await stream.finish()


async def run_session(url: str, recording: Sample, start: Start, delays: Delays, delay_s: float) -> None:
    """Run one session, and add its delays."""
    clock = asyncio.get_running_loop().time
    await asyncio.sleep(delay_s)
    finals_s: dict[int, float] = {}
    async with connect(url, start) as stream, asyncio.TaskGroup() as group:
        started_s = clock()
        group.create_task(send(stream, recording.pcm, started_s))
        async for message in stream:
            match message:
                case Final(text=text) if text:
                    finals_s[message.segment] = clock()
                    ended = [end for end in recording.ends if end * 1000 <= message.end_ms]
                    if message.reason == "endpoint" and ended:
                        delays.finals.append(clock() - started_s - ended[-1])
                case Entities(final=True):
                    delays.entities.append(clock() - finals_s[message.segment])


async def measure(url: str, recordings: Sequence[Sample], sessions: int, rounds: int) -> dict[bool, Delays]:
    """Run parallel sessions with staggered starts, each round with and without entities."""
    delays = {True: Delays(), False: Delays()}
    starts = {True: Start(entities=EntitiesRequest()), False: Start()}
    for number in range(2 * rounds):
        enabled = number % 4 in (0, 3)  # with, without, without, with: drift affects both equally
        async with asyncio.TaskGroup() as group:
            for index in range(sessions):
                recording = recordings[(index + number // 2) % len(recordings)]
                group.create_task(run_session(url, recording, starts[enabled], delays[enabled], index * 0.37))
    return delays


def quantile_ms(seconds: Sequence[float], share: float) -> str:
    """Return a quantile in milliseconds, or a dash without values."""
    return f"{np.quantile(seconds, share) * 1000:.0f}" if seconds else "–"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 4, 8], help="numbers of parallel sessions")
    parser.add_argument("--rounds", type=int, default=3, help="rounds with and without entities")
    parser.add_argument("--entities", default="demo", help="the entity model (default: demo)")
    arguments = parser.parse_args()
    index = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    recordings = [
        Sample(
            soundfile.read(SAMPLES / entry["file"], dtype="int16")[0].tobytes(),
            [sentence["end_ms"] / 1000 for sentence in entry["sentences"]],
        )
        for entry in index
    ]
    table = Table("sessions", "finals", "final → entities, ms p50 / p95", "end of speech → final, ms p50 / p95", "", "")
    table.add_row("", "", "", "with entities", "without", "ratio of p50 / p95")
    with server(arguments.entities) as url:
        for sessions in arguments.sessions:
            delays = asyncio.run(measure(url, recordings, sessions, arguments.rounds))
            with_, without = delays[True].finals, delays[False].finals
            table.add_row(
                str(sessions),
                str(len(delays[True].entities)),
                " / ".join(quantile_ms(delays[True].entities, share) for share in (0.5, 0.95)),
                " / ".join(quantile_ms(with_, share) for share in (0.5, 0.95)),
                " / ".join(quantile_ms(without, share) for share in (0.5, 0.95)),
                " / ".join(f"{np.quantile(with_, share) / np.quantile(without, share):.3f}" for share in (0.5, 0.95)),
            )
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
