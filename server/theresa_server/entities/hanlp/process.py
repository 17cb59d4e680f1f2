"""The worker process as the server sees it: start it, ask it, end it."""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from theresa_server.entities.hanlp import wire
from theresa_server.entities.ports import Annotation, RecogniserInfo
from theresa_server.speech.recognition import ModelError

START_TIMEOUT_S = 120.0
"""Torch and a large model take their time on a cold disk."""

REPLY_TIMEOUT_S = 10.0
"""A batch takes some hundred milliseconds; a process that is silent for so long hangs."""


class WorkerGone(Exception):
    """The worker process ended, hangs, or talks nonsense; the message says which."""


class WorkerProcess:
    """A running worker. Made by ``start``; one question at a time."""

    def __init__(self, process: asyncio.subprocess.Process, info: RecogniserInfo, reply_timeout_s: float) -> None:
        self.info = info
        self._process = process
        self._reply_timeout_s = reply_timeout_s

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @classmethod
    async def start(cls, command: Sequence[str], reply_timeout_s: float = REPLY_TIMEOUT_S) -> "WorkerProcess":
        """Start a worker and wait until its model is loaded.

        Raises ``ModelError`` when the model cannot be loaded and ``WorkerGone`` when the process fails.
        """
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=wire.MAX_FRAME_BYTES)
        try:
            hello = await _receive(process, START_TIMEOUT_S)
            if isinstance(hello, wire.Failed):
                raise ModelError(hello.message)
            if not isinstance(hello, wire.Hello):
                raise WorkerGone("it did not introduce itself")
        except BaseException:
            await _end(process)
            raise
        return cls(process, hello.info, reply_timeout_s)

    async def ask(self, texts: Sequence[str], *, relations: bool) -> tuple[Annotation | str, ...]:
        """An annotation for each text, or why there is none. Raises ``WorkerGone``."""
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        with contextlib.suppress(ConnectionError):  # what it means is seen when the answer is read
            self._process.stdin.write(wire.frame(wire.Ask(tuple(texts), relations)))
            async with asyncio.timeout(self._reply_timeout_s):
                await self._process.stdin.drain()
        told = await _receive(self._process, self._reply_timeout_s)
        if not isinstance(told, wire.Told) or len(told.outcomes) != len(texts):
            raise WorkerGone("its answer does not fit the question")
        return told.outcomes

    async def ended(self) -> None:
        """Wait until the process has ended by itself."""
        await self._process.wait()

    async def close(self) -> None:
        """End the process; returns when it is gone."""
        await _end(self._process)


async def _receive(process: asyncio.subprocess.Process, timeout_s: float) -> wire.FromWorker:
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    try:
        async with asyncio.timeout(timeout_s):
            head = await process.stdout.readexactly(wire.LENGTH_BYTES)
            return wire.from_worker(await process.stdout.readexactly(wire.length(head)))
    except TimeoutError:
        raise WorkerGone(f"it has not answered for {timeout_s:.0f} s") from None
    except asyncio.IncompleteReadError:
        raise WorkerGone("it ended") from None
    except (ValueError, msgspec.DecodeError) as error:
        raise WorkerGone(f"it sent what cannot be read: {error}") from None


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await asyncio.shield(process.wait())
