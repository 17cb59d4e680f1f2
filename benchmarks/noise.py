"""Count the texts that a server invents where nobody speaks, with and without a prompt and hotwords.

    python benchmarks/noise.py --shared ../shared -- --model base
    python benchmarks/noise.py --shared ../shared --speed 1 -- --model base --guards none

Prints the table of ``docs/models.md``. ``--shared`` is the folder that contains ``data/real/noise``; the options after
``--`` are the server's. Recordings with words, such as a song, do not count. Besides the recordings there are ten
minutes of made sounds (``made_sounds.py``). With ``--speed``, the recordings alone are streamed, all at the same time.
"""

import argparse
import asyncio
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.made_sounds import RATE_HZ, made_sounds
from benchmarks.processes import theresa_server
from theresa_client.connection import connect
from theresa_client.pacing import Pace, Pacer
from theresa_client.stream import Stream
from theresa_protocol.messages import Final, Partial, Start, Stats

CHUNK = RATE_HZ // 25
MADE = "made"
VARIANTS = {
    "nothing": Start(stats=True),
    "a prompt": Start(stats=True, prompt="We met Mr. Tanaka. 我们在希尔顿酒店见到了王经理。"),
    "hotwords": Start(stats=True, hotwords=("Tanaka", "Kubernetes", "王经理", "希尔顿酒店")),
}


@dataclass(frozen=True)
class Sound:
    """A sound without words."""

    name: str
    pcm: NDArray[np.int16]
    """16 kHz, mono."""


@dataclass(frozen=True)
class Heard:
    """What a server wrote for one sound."""

    finals: tuple[str, ...]
    partials: tuple[str, ...] = ()
    suppressed: Counter[str] = field(default_factory=Counter)
    """How many texts the guards dropped, by reason."""


def sounds(shared: Path) -> list[Sound]:
    """Return the recordings without words, and the made sounds."""
    folder = shared / "data/real/noise"
    entries = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    recordings = [
        Sound(entry["file"], _read(folder / entry["file"])) for entry in entries if "singing" not in entry["kind"]
    ]
    return [*recordings, Sound(MADE, made_sounds())]


def _read(path: Path) -> NDArray[np.int16]:
    signal, rate_hz = soundfile.read(path, always_2d=True)
    mono = soxr.resample(signal.mean(axis=1), rate_hz, RATE_HZ)
    return np.asarray(np.clip(np.rint(mono * 32_768), -32_768, 32_767), np.int16)


async def over_socket(url: str, sound: Sound, start: Start, speed: float) -> Heard:
    """Stream a sound at a multiple of real time; 0 is as fast as the server accepts it."""
    async with connect(url, start) as stream:
        sending = asyncio.create_task(_send(stream, sound.pcm, speed))
        messages = [message async for message in stream]
        await sending
    stats = [message for message in messages if isinstance(message, Stats)]
    return Heard(
        finals=tuple(message.text for message in messages if isinstance(message, Final) and message.text),
        partials=tuple(message.text for message in messages if isinstance(message, Partial) and message.text),
        suppressed=Counter(item.reason for item in stats[-1].suppressed) if stats else Counter(),
    )


async def _send(stream: Stream, pcm: NDArray[np.int16], speed: float) -> None:
    loop = asyncio.get_running_loop()
    pacer = Pacer(Pace(RATE_HZ, speed), loop.time) if speed else None
    for at in range(0, pcm.size, CHUNK):
        chunk = pcm[at : at + CHUNK]
        await stream.wait_for_room(chunk.size)
        if pacer is not None:
            await pacer.wait(stream.sent + chunk.size)
        await stream.send(chunk.astype("<i2").tobytes())
    await stream.finish()


async def over_rest(url: str, sound: Sound, start: Start) -> Heard:
    """Upload a sound to ``/v1/audio/transcriptions``."""
    file = io.BytesIO()
    soundfile.write(file, sound.pcm, RATE_HZ, format="WAV")
    fields: dict[str, str | list[str]] = {"response_format": "json"}
    if start.prompt or start.hotwords:
        fields["prompt"] = start.prompt or ", ".join(start.hotwords)
    address = url.replace("ws://", "http://").replace("/v1/stream", "/v1/audio/transcriptions")
    async with httpx.AsyncClient(timeout=600) as client:
        response = await client.post(address, data=fields, files={"file": ("sound.wav", file.getvalue())})
    text = response.raise_for_status().json()["text"]
    return Heard((text,) if text else ())


async def measure(url: str, found: Sequence[Sound], speed: float) -> tuple[Table, list[str]]:
    """Return the table, and every invented text."""
    table = Table("given besides the audio", "path", "finals", "partials", "dropped", title=f"{len(found)} sounds")
    texts = []
    for variant, start in VARIANTS.items():
        for path in ("socket",) if speed else ("socket", "REST"):
            label = f"{variant}, {path}"
            if path == "socket" and speed:
                heard = await asyncio.gather(*(over_socket(url, sound, start, speed) for sound in found))
            else:
                heard = [
                    await (over_socket(url, sound, start, speed) if path == "socket" else over_rest(url, sound, start))
                    for sound in track(found, label)
                ]
            dropped = sum((one.suppressed for one in heard), Counter[str]())
            table.add_row(
                variant,
                f"{path} at {speed:g}" if path == "socket" else path,
                str(sum(len(one.finals) for one in heard)),
                str(sum(len(one.partials) for one in heard)) if path == "socket" else "–",
                ", ".join(f"{count} {reason}" for reason, count in dropped.most_common()),
            )
            for sound, one in zip(found, heard, strict=True):
                texts += [f"{label}, {sound.name}: {text!r}" for text in (*one.finals, *dict.fromkeys(one.partials))]
    return table, texts


def main() -> None:
    """Print the table and the invented texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/real/noise")
    parser.add_argument("--speed", type=float, default=0, help="1 is real time, 0 as fast as possible")
    parser.add_argument("server", nargs="*", help="options of the server, after --")
    arguments = parser.parse_args()
    found = [sound for sound in sounds(arguments.shared) if not arguments.speed or sound.name != MADE]
    with theresa_server(*arguments.server) as server:
        table, texts = asyncio.run(measure(server.url, found, arguments.speed))
    console = Console(width=140)
    console.print(table)
    for text in texts:
        console.print(text)


if __name__ == "__main__":
    main()
