"""``theresa listen`` as a process that records what a test plays."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.client.soundcard import SoundCard

TIMEOUT_S = 60
COMMAND = (sys.executable, "-m", "theresa_client", "listen")


class Listening:
    """A running command."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []
        """Lines of standard output."""
        self.errors: list[str] = []
        """Lines of standard error."""

    async def until(self, text: str) -> None:
        """Wait for a line on standard output that contains ``text``."""
        await self._read(self.process.stdout, self.lines, text)

    async def until_stderr(self, text: str) -> None:
        """Wait for a line on standard error that contains ``text``."""
        await self._read(self.process.stderr, self.errors, text)

    async def ended(self) -> int:
        """Read to the end; returns the exit status."""
        async with asyncio.timeout(TIMEOUT_S):
            out, err = await self.process.communicate()
        self.lines += out.decode().splitlines()
        self.errors += err.decode().splitlines()
        assert self.process.returncode is not None
        return self.process.returncode

    async def interrupt(self) -> int:
        """Press Ctrl-C once; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return await self.ended()

    @property
    def texts(self) -> list[str]:
        """The finals without their times, and the entities below them."""
        return [line.partition("] ")[2] or line.strip() for line in self.lines]

    async def _read(self, stream: asyncio.StreamReader | None, lines: list[str], text: str) -> None:
        assert stream is not None
        async with asyncio.timeout(TIMEOUT_S):
            while not any(text in line for line in lines[-1:]):
                line = await stream.readline()
                assert line, f"it ended: {lines}"
                lines.append(line.decode().rstrip("\n"))


@asynccontextmanager
async def listening(
    card: SoundCard, url: str, *arguments: str | Path, ready: str = "Listening to"
) -> AsyncIterator[Listening]:
    """Start the command and wait until standard error contains ``ready``; kill it at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *map(str, arguments), "--url", url, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE,
        env=card.environment,
    )  # fmt: skip
    listening = Listening(process)
    try:
        await listening.until_stderr(ready)
        yield listening
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
