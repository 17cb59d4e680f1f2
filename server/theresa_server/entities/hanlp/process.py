"""The worker process from the server's side: start it, send it requests, end it."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from theresa_server.concurrency import off_loop
from theresa_server.entities.hanlp.wire import (
    FOLDER,
    LENGTH_BYTES,
    MAX_MESSAGE_BYTES,
    AnnotateRequest,
    AnnotateResponse,
    WorkerFailed,
    WorkerMessage,
    WorkerReady,
    decode_worker_message,
    encode_message,
    message_length,
)
from theresa_server.entities.ports import Annotation, EntityRecogniserInfo
from theresa_server.speech.recognition import ModelError

START_TIMEOUT_S = 120.0
"""Torch and a large model load slowly from a cold disk."""

REPLY_TIMEOUT_S = 10.0
"""A batch takes a few hundred milliseconds; a process that takes this long hangs."""


class WorkerGone(Exception):
    """The worker process exited, hangs, or sent invalid data. The message says which."""


class WorkerProcess:
    """A running worker, created by ``start``. Handles one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process, info: EntityRecogniserInfo, reply_timeout_s: float) -> None:
        self.info = info
        self._process = process
        self._reply_timeout_s = reply_timeout_s

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @classmethod
    async def start(cls, command: Sequence[str], reply_timeout_s: float = REPLY_TIMEOUT_S) -> "WorkerProcess":
        """Start a worker and wait until it has loaded its model.

        Raises:
            ModelError: when the model cannot be loaded.
            WorkerGone: when the process fails.
        """
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="theresa-hanlp-")
        try:
            return await cls._start(command, {**os.environ, FOLDER: folder}, reply_timeout_s)
        finally:
            await off_loop(partial(shutil.rmtree, folder, ignore_errors=True))

    @classmethod
    async def _start(cls, command: Sequence[str], env: Mapping[str, str], reply_timeout_s: float) -> "WorkerProcess":
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, limit=MAX_MESSAGE_BYTES, env=env
        )
        try:
            message = await _receive(process, START_TIMEOUT_S)
            if isinstance(message, WorkerFailed):
                raise ModelError(message.message)
            if not isinstance(message, WorkerReady):
                raise WorkerGone("its first message is not WorkerReady")
        except BaseException:
            await _kill(process)
            raise
        return cls(process, message.info, reply_timeout_s)

    async def annotate(self, texts: Sequence[str], *, relations: bool) -> tuple[Annotation | str, ...]:
        """Return an annotation or an error message for each text.

        Raises:
            WorkerGone: when the process fails.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        with contextlib.suppress(ConnectionError):  # reading the response reports the cause
            self._process.stdin.write(encode_message(AnnotateRequest(tuple(texts), relations)))
            async with asyncio.timeout(self._reply_timeout_s):
                await self._process.stdin.drain()
        response = await _receive(self._process, self._reply_timeout_s)
        if not isinstance(response, AnnotateResponse) or len(response.outcomes) != len(texts):
            raise WorkerGone("its response does not match the request")
        return response.outcomes

    async def ended(self) -> None:
        """Wait until the process exits."""
        await self._process.wait()

    async def close(self) -> None:
        """Kill the process and wait until it has exited."""
        await _kill(self._process)


async def _receive(process: asyncio.subprocess.Process, timeout_s: float) -> WorkerMessage:
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    try:
        async with asyncio.timeout(timeout_s):
            prefix = await process.stdout.readexactly(LENGTH_BYTES)
            return decode_worker_message(await process.stdout.readexactly(message_length(prefix)))
    except TimeoutError:
        raise WorkerGone(f"it has not responded for {timeout_s:.0f} s") from None
    except asyncio.IncompleteReadError:
        raise WorkerGone("it exited") from None
    except (ValueError, msgspec.DecodeError) as error:
        raise WorkerGone(f"it sent invalid data: {error}") from None


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await asyncio.shield(process.wait())
