"""``theresa replay``: recordings to a server, at the pace they were spoken or as fast as it can."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

from theresa_client.audio.sources import STDIN, Source, open_file, open_stdin
from theresa_client.cli.outputs import Output
from theresa_client.cli.replay_options import ReplayOptions
from theresa_client.cli.running import Job, Outcome, interruptible, run


async def replay(options: ReplayOptions, show: Callable[[Mapping[str, int | None]], Output]) -> list[Outcome]:
    """Run all streams at once; ``show`` makes the output for their durations in milliseconds, by label.

    Raises ``SourceError`` before anything is sent where a recording cannot be read, ``CancelledError`` when it is
    interrupted twice (what is final by then is in the files), and nothing else: what fails later is in the outcomes.
    """
    labels = stream_labels(options.inputs, options.streams)
    async with AsyncExitStack() as opened:
        sources = [
            await opened.enter_async_context(_open(name, options))
            for name in options.inputs
            for _ in range(options.streams)
        ]
        durations_ms = {label: source.duration_ms for label, source in zip(labels, sources, strict=True)}
        with show(durations_ms) as output, interruptible(output) as stop:
            async with asyncio.TaskGroup() as group:
                jobs = [
                    Job(label, source, options.session, output, stop, options.speed)
                    for label, source in zip(labels, sources, strict=True)
                ]
                running = [group.create_task(run(job)) for job in jobs]
    return [task.result() for task in running]


def stream_labels(inputs: tuple[str, ...], streams: int) -> list[str]:
    """A name for each stream: none for a single one, else that of its file; those that share a name are numbered."""
    stems = [("stdin" if name == STDIN else Path(name).stem) for name in inputs for _ in range(streams)]
    if len(stems) == 1:
        return [""]
    shared = Counter(stems)
    numbered = {stem: _numbered(stem, shared) for stem in shared}
    return [next(numbered[stem]) if shared[stem] > 1 else stem for stem in stems]


def _numbered(stem: str, taken: Container[str]) -> Iterator[str]:
    return (label for number in count(1) if (label := f"{stem}.{number}") not in taken)


@asynccontextmanager
async def _open(name: str, options: ReplayOptions) -> AsyncIterator[Source]:
    opening = open_stdin(options.session.start.audio) if name == STDIN else open_file(Path(name))
    async with opening as source:
        yield source
