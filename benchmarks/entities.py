"""How soon entities follow their final, and what looking for them costs the transcripts.

    python benchmarks/entities.py
    python benchmarks/entities.py --sessions 1 4 8 --rounds 3

Starts a server with the demo models and has so many people speak to it at once, each the shipped samples, at the pace
of speech. Everybody speaks twice, with entities and without, in turns, so that both meet the same machine. For figures
that mean something, leave the machine to it. Prints a table; asserts nothing.
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
class Recording:
    """A sample: its audio, and when (s) each of its sentences ends."""

    pcm: bytes
    ends: Sequence[float]


@dataclass
class Figures:
    """Seconds from the end of each sentence to its final, and from each final to its entities."""

    finals: list[float] = field(default_factory=list)
    entities: list[float] = field(default_factory=list)


@contextmanager
def server(entities: str) -> Iterator[str]:
    """A server process; gives the address of its stream."""
    command = [sys.executable, "-m", "theresa_server", "--port", "0", "--entities", entities]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            for line in running.stderr or ():
                if found := re.search(r"ready on http(\S+)", line):
                    yield f"ws{found[1]}/v1/stream"
                    return
            sys.exit("the server did not get ready")
        finally:
            running.kill()


async def speak(stream: Stream, pcm: bytes, began: float) -> None:
    """Send audio as it would come from a microphone."""
    clock, step = asyncio.get_running_loop().time, int(SLICE_S * RATE_HZ) * 2
    for number, at in enumerate(range(0, len(pcm), step), start=1):
        await asyncio.sleep(began + number * SLICE_S - clock())
        await stream.send(pcm[at : at + step])
    await stream.finish()


async def attend(url: str, recording: Recording, start: Start, figures: Figures, delay_s: float) -> None:
    """One session."""
    clock = asyncio.get_running_loop().time
    await asyncio.sleep(delay_s)
    said: dict[int, float] = {}
    async with connect(url, start) as stream, asyncio.TaskGroup() as group:
        began = clock()
        group.create_task(speak(stream, recording.pcm, began))
        async for message in stream:
            match message:
                case Final(text=text) if text:
                    said[message.segment] = clock()
                    ended = [end for end in recording.ends if end * 1000 <= message.end_ms]
                    if message.reason == "endpoint" and ended:
                        figures.finals.append(clock() - began - ended[-1])
                case Entities(final=True):
                    figures.entities.append(clock() - said[message.segment])


async def measure(url: str, recordings: Sequence[Recording], sessions: int, rounds: int) -> dict[bool, Figures]:
    """So many sessions at once, some time apart; the same again with and without entities."""
    figures = {True: Figures(), False: Figures()}
    starts = {True: Start(entities=EntitiesRequest()), False: Start()}
    for number in range(2 * rounds):
        wanted = number % 4 in (0, 3)  # with, without, without, with: what drifts falls on both
        async with asyncio.TaskGroup() as group:
            for index in range(sessions):
                recording = recordings[(index + number // 2) % len(recordings)]
                group.create_task(attend(url, recording, starts[wanted], figures[wanted], index * 0.37))
    return figures


def shown(seconds: Sequence[float], share: float) -> str:
    """A quantile in milliseconds."""
    return f"{np.quantile(seconds, share) * 1000:.0f}" if seconds else "–"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 4, 8], help="how many speak at once")
    parser.add_argument("--rounds", type=int, default=3, help="recordings that each of them speaks, each of them twice")
    parser.add_argument("--entities", default="demo", help="the entity model")
    arguments = parser.parse_args()
    index = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    recordings = [
        Recording(
            soundfile.read(SAMPLES / entry["file"], dtype="int16")[0].tobytes(),
            [sentence["end_ms"] / 1000 for sentence in entry["sentences"]],
        )
        for entry in index
    ]
    table = Table("sessions", "finals", "final → entities, ms p50 / p95", "end of speech → final, ms p50 / p95", "", "")
    table.add_row("", "", "", "with entities", "without", "ratio of p50 / p95")
    with server(arguments.entities) as url:
        for sessions in arguments.sessions:
            figures = asyncio.run(measure(url, recordings, sessions, arguments.rounds))
            with_, without = figures[True].finals, figures[False].finals
            table.add_row(
                str(sessions),
                str(len(figures[True].entities)),
                " / ".join(shown(figures[True].entities, share) for share in (0.5, 0.95)),
                " / ".join(shown(with_, share) for share in (0.5, 0.95)),
                " / ".join(shown(without, share) for share in (0.5, 0.95)),
                " / ".join(f"{np.quantile(with_, share) / np.quantile(without, share):.3f}" for share in (0.5, 0.95)),
            )
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
