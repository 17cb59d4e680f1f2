"""Transcribe clips by a server, several at a time: over the socket as fast as it takes them, and over REST."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx

from benchmarks.processes import ProcessError, cores
from benchmarks.recordings import RATE_HZ
from benchmarks.speech_sets import Clip, read_clip
from theresa_client import Refused, Stream, TheresaError, connect
from theresa_protocol.messages import Final, Start

RETRY_S = 1.0
"""When to try again after a server at capacity refused a clip."""
TIMEOUT_S = 900.0
"""How long a clip may take."""
PIECE = RATE_HZ // 10
Transcribe = Callable[[Clip], Awaitable[str]]


def socket_texts(url: str, clips: Sequence[Clip], advance: Callable[[], None]) -> list[str]:
    """Return the joined finals of each clip, sent over the socket without pauses.

    Args:
        url: the address of the stream.
        clips: the clips.
        advance: called after each clip.

    Raises:
        ProcessError: a session failed.
    """

    async def transcribe(clip: Clip) -> str:
        while True:
            try:
                async with connect(url, Start(language=clip.language)) as stream:
                    return await _finals(stream, clip)
            except Refused as refused:
                if refused.status != httpx.codes.SERVICE_UNAVAILABLE:
                    raise
                await asyncio.sleep(RETRY_S)

    return asyncio.run(_each(clips, transcribe, advance))


def rest_texts(url: str, clips: Sequence[Clip], advance: Callable[[], None]) -> list[str]:
    """Return the text of each clip, uploaded as it is.

    Args:
        url: the address of the stream.
        clips: the clips.
        advance: called after each clip.

    Raises:
        ProcessError: a request failed.
    """
    address = url.replace("ws://", "http://").replace("/v1/stream", "/v1/audio/transcriptions")

    async def run() -> list[str]:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:

            async def transcribe(clip: Clip) -> str:
                fields = {"language": clip.language} if clip.language else {}
                content = await asyncio.to_thread(clip.path.read_bytes)
                while True:
                    answer = await client.post(address, data=fields, files={"file": (clip.name, content)})
                    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        break
                    await asyncio.sleep(RETRY_S)
                answer.raise_for_status()
                return str(answer.json()["text"])

            return await _each(clips, transcribe, advance)

    return asyncio.run(run())


async def _finals(stream: Stream, clip: Clip) -> str:
    pcm = await asyncio.to_thread(read_clip, clip)

    async def send() -> None:
        for begin in range(0, pcm.size, PIECE):
            piece = pcm[begin : begin + PIECE]
            await stream.wait_for_room(piece.size)
            await stream.send(piece.tobytes())
        await stream.finish()

    async with asyncio.TaskGroup() as group:
        sending = group.create_task(send())
        texts = [message.text async for message in stream if isinstance(message, Final)]
        sending.cancel()
    return " ".join(text for text in texts if text)


async def _each(clips: Sequence[Clip], transcribe: Transcribe, advance: Callable[[], None]) -> list[str]:
    limit = asyncio.Semaphore(len(cores()))

    async def one(clip: Clip) -> str:
        async with limit:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    text = await transcribe(clip)
            except* (TheresaError, httpx.HTTPError, OSError, TimeoutError) as failed:
                error: BaseException = failed
                while isinstance(error, BaseExceptionGroup):
                    error = error.exceptions[0]
                raise ProcessError(f"{clip.name} could not be transcribed: {type(error).__name__}: {error}") from failed
            advance()
            return text

    running = [asyncio.ensure_future(one(clip)) for clip in clips]
    try:
        return list(await asyncio.gather(*running))
    finally:
        for task in running:
            task.cancel()
