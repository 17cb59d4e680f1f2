"""Pipecat's OpenAI services in their own environment. Prints one JSON object with what each service heard.

python pipecat_script.py URL KEY PCM LAST      # 16-bit mono PCM at 24 kHz; LAST ends its text
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.stt import OpenAIRealtimeSTTService, OpenAISTTService
from pipecat.transcriptions.language import Language
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 24_000
TIMEOUT_S = 100


class RealtimeService(OpenAIRealtimeSTTService):
    """The service, which tells when the server has confirmed its configuration."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.configured = asyncio.Event()

    async def _handle_session_updated(self, evt: dict[str, Any]) -> None:
        await super()._handle_session_updated(evt)
        self.configured.set()


class Listener(FrameProcessor):
    """Keeps the text that a service sends, and its errors."""

    def __init__(self, last: str) -> None:
        super().__init__()
        self.heard: dict[str, Any] = {"text": "", "finals": 0, "errors": [], "logprobs": 0}
        self.done = asyncio.Event()
        self._last = last

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keep a frame and pass it on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self.heard["text"] += frame.text
            self.heard["finals"] += 1
            self.heard["logprobs"] += len(getattr(frame.result, "logprobs", None) or [])
            if self.heard["text"].rstrip().endswith(self._last):
                self.done.set()
        await self.push_frame(frame, direction)


async def hear(service: FrameProcessor, pcm: bytes, last: str) -> dict[str, Any]:
    """Send speech through a service, as a voice activity detector would frame it."""
    listener = Listener(last)
    worker = PipelineWorker(
        Pipeline([service, listener]), params=PipelineParams(audio_in_sample_rate=RATE_HZ), enable_rtvi=False
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def on_started(_: PipelineWorker, __: StartFrame) -> None:
        started.set()

    @service.event_handler("on_error")
    async def on_error(_: FrameProcessor, frame: ErrorFrame) -> None:
        listener.heard["errors"].append(frame.error)
        listener.done.set()

    async def speak() -> None:
        await started.wait()
        if isinstance(service, RealtimeService):
            await asyncio.wait_for(service.configured.wait(), TIMEOUT_S)
        await worker.queue_frame(VADUserStartedSpeakingFrame())
        for at in range(0, len(pcm), 4_800):
            await worker.queue_frame(InputAudioRawFrame(pcm[at : at + 4_800], RATE_HZ, 1))
        await worker.queue_frame(VADUserStoppedSpeakingFrame())
        for _ in range(20):  # two seconds of silence end the last turn
            await worker.queue_frame(InputAudioRawFrame(bytes(4_800), RATE_HZ, 1))
        async with asyncio.timeout(TIMEOUT_S):
            await listener.done.wait()
        await worker.queue_frame(EndFrame())

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), speak())
    return listener.heard


async def main(url: str, key: str, pcm: bytes, last: str) -> dict[str, Any]:
    """Run each service."""
    logger.remove()

    def recordings(**settings: Any) -> FrameProcessor:
        return OpenAISTTService(
            api_key=key,
            base_url=f"{url}/v1",
            include_prob_metrics=True,
            settings=OpenAISTTService.Settings(language=Language.ZH, **settings),
        )

    def realtime(turn_detection: Any, **settings: Any) -> FrameProcessor:
        return RealtimeService(
            api_key=key,
            base_url=url.replace("http", "ws") + "/v1/realtime",
            turn_detection=turn_detection,
            settings=OpenAIRealtimeSTTService.Settings(language=Language.ZH_CN, **settings),
        )

    return {
        "default": await hear(recordings(keywords=["王小明"]), pcm, last),
        "whisper-1": await hear(recordings(model="whisper-1"), pcm, last),
        "local_vad": await hear(realtime(False, delay="low"), pcm, last),
        "server_vad": await hear(realtime({"type": "server_vad"}, model="gpt-transcribe"), pcm, last),
        "semantic_vad": await hear(
            realtime(
                {"type": "semantic_vad", "eagerness": "low"}, model="gpt-4o-transcribe", noise_reduction="near_field"
            ),
            pcm,
            last,
        ),
    }


url, key, path, last = sys.argv[1:]
sys.stdout.write(json.dumps(asyncio.run(main(url, key, Path(path).read_bytes(), last))) + "\n")
