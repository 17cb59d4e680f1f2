"""LiveKit's OpenAI plugin in its own environment. Prints one JSON object with what each kind of recogniser heard.

python livekit_script.py URL KEY PCM      # 16-bit mono PCM at 24 kHz
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, stt
from livekit.agents.utils import http_context
from livekit.plugins import openai

RATE_HZ = 24_000
ONE_TRY = APIConnectOptions(max_retry=0, timeout=30)
TIMEOUT_S = 100


def frames(pcm: bytes, milliseconds: int = 50) -> Iterator[rtc.AudioFrame]:
    """Split audio into frames."""
    size = RATE_HZ * 2 * milliseconds // 1000
    for at in range(0, len(pcm) - size + 1, size):
        yield rtc.AudioFrame(pcm[at : at + size], RATE_HZ, 1, size // 2)


async def recording(recogniser: stt.STT, pcm: bytes) -> dict[str, Any]:
    """Recognise a recording."""
    event = await recogniser.recognize(list(frames(pcm)), conn_options=ONE_TRY)
    return {"text": event.alternatives[0].text, "language": event.alternatives[0].language}


async def live(recogniser: stt.STT, pcm: bytes, *, last: str, realtime: bool = False) -> dict[str, Any]:
    """Recognise a stream until the text ends with ``last``."""
    stream = recogniser.stream(conn_options=ONE_TRY)
    heard = {"text": "", "language": "", "finals": 0}

    async def speak() -> None:
        for frame in frames(pcm + bytes(RATE_HZ * 4)):  # two seconds of silence end the last turn
            stream.push_frame(frame)
            await asyncio.sleep(0.05 if realtime else 0)

    speaking = asyncio.create_task(speak())
    async with asyncio.timeout(TIMEOUT_S):
        async for event in stream:
            if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
                heard["finals"] += 1
                heard["text"] += event.alternatives[0].text
                heard["language"] = event.alternatives[0].language
                if heard["text"].rstrip().endswith(last):
                    break
    speaking.cancel()
    await stream.aclose()
    return heard


async def main(url: str, key: str, pcm: bytes, last: str) -> dict[str, Any]:
    """Run each recogniser."""

    def recogniser(**options: Any) -> openai.STT:
        return openai.STT(base_url=f"{url}/v1", api_key=key, **options)

    heard = {}
    async with http_context.open():
        heard["default"] = await recording(recogniser(language="zh"), pcm)
        heard["whisper-1"] = await recording(recogniser(model="whisper-1", detect_language=True), pcm)
        hints: dict[str, Any] = {"language": ["en-US", "zh"], "keywords": ["王小明"]}
        heard["gpt-transcribe"] = await recording(recogniser(model="gpt-transcribe", **hints), pcm)
        heard["server_vad"] = await live(recogniser(use_realtime=True, language="zh-CN"), pcm, last=last)
        semantic: dict[str, Any] = {"turn_detection": {"type": "semantic_vad"}, "language": "zh"}
        heard["semantic_vad"] = await live(recogniser(use_realtime=True, **semantic), pcm, last=last)
        # Its own voice activity detection commits the turns; it needs audio as it is spoken.
        for model in ("gpt-realtime-whisper", "gpt-live-transcribe"):
            heard[model] = await live(recogniser(model=model, language="zh"), pcm, last=last, realtime=True)
    return heard


url, key, path, last = sys.argv[1:]
sys.stdout.write(json.dumps(asyncio.run(main(url, key, Path(path).read_bytes(), last))) + "\n")
