"""``theresa replay``: streams recordings to a server, in real time or as fast as possible."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

from theresa_client.audio.sources import STDIN, AudioSource, open_file, open_stdin
from theresa_client.cli.arguments.replay import ReplayOptions
from theresa_client.cli.display.output import Output
from theresa_client.cli.interrupts import stop_on_interrupt
from theresa_client.cli.streaming import StreamJob, StreamResult, run_stream


async def replay(
    options: ReplayOptions, make_output: Callable[[Mapping[str, int | None]], Output]
) -> list[StreamResult]:
    """Run all streams at once. ``make_output`` receives their durations in milliseconds, by label.

    Errors after the start are part of the results.

    Raises:
        SourceError: if a recording cannot be read; nothing has been sent then.
        CancelledError: if interrupted twice; finals are in the files.
    """
    labels = stream_labels(options.inputs, options.streams)
    async with AsyncExitStack() as opened:
        sources = [
            await opened.enter_async_context(_open(name, options))
            for name in options.inputs
            for _ in range(options.streams)
        ]
        durations_ms = {label: source.duration_ms for label, source in zip(labels, sources, strict=True)}
        with make_output(durations_ms) as output, stop_on_interrupt(output) as stop:
            async with asyncio.TaskGroup() as group:
                jobs = [
                    StreamJob(label, source, options.session, output, stop, options.speed)
                    for label, source in zip(labels, sources, strict=True)
                ]
                running = [group.create_task(run_stream(job)) for job in jobs]
    return [task.result() for task in running]


def stream_labels(inputs: tuple[str, ...], streams: int) -> list[str]:
    """Return a label per stream: empty for a single one, else the name of its file, numbered if it is not unique."""
    stems = [("stdin" if name == STDIN else Path(name).stem) for name in inputs for _ in range(streams)]
    if len(stems) == 1:
        return [""]
    shared = Counter(stems)
    numbered = {stem: _numbered(stem, shared) for stem in shared}
    return [next(numbered[stem]) if shared[stem] > 1 else stem for stem in stems]


def _numbered(stem: str, taken: Container[str]) -> Iterator[str]:
    return (label for number in count(1) if (label := f"{stem}.{number}") not in taken)


@asynccontextmanager
async def _open(name: str, options: ReplayOptions) -> AsyncIterator[AudioSource]:
    opening = open_stdin(options.session.start.audio) if name == STDIN else open_file(Path(name))
    async with opening as source:
        yield source
