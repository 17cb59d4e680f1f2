"""Stand-ins for a model where a test needs one that fails, dawdles or says a given thing on demand."""

import threading
import time
from collections.abc import Container, Sequence
from dataclasses import replace

from theresa_server.speech.recognition import DecodeJob, Hypothesis

CLEAR = Hypothesis(
    text="你好",
    pieces=("你", "好"),
    language="zh",
    language_probability=1,
    confidence=1,
    no_speech=0,
    temperature=0,
    compression_ratio=1,
)
"""What a recogniser says that is sure of itself."""


class Gate:
    """A transcriber that decodes once its gate is ``opened``, and says of each job how many samples it had.

    ``breaks_on`` holds the numbers of samples that make it fail.
    """

    name = "gate"
    languages = ("en", "zh")
    tasks = ("transcribe",)
    max_batch = 2
    free_samples = 0
    uses_previous_text = False

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Event()
        self.breaks_on: Container[int] = ()
        self.batches: list[int] = []
        self.most_inside = 0
        self._inside = 0

    def warm_up(self) -> None:
        """Nothing to warm up."""

    def close(self) -> None:
        """Nothing to free."""

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Wait for the gate, then say."""
        self._inside += 1
        self.most_inside = max(self.most_inside, self._inside)
        self.entered.set()
        self.opened.wait(30)
        self.batches.append(len(jobs))
        self._inside -= 1
        if any(job.pcm.size in self.breaks_on for job in jobs):
            raise RuntimeError("this one breaks it")
        return [replace(CLEAR, text=str(job.pcm.size), pieces=(str(job.pcm.size),)) for job in jobs]


class Busy(Gate):
    """A transcriber that takes its time, so that a few speakers are too many. Its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened.set()

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Take a while, then say."""
        time.sleep(0.2)
        return super().transcribe(jobs)


class Says(Gate):
    """A transcriber that hears the same sentence in everything."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Say it."""
        return [replace(CLEAR, text=self._text, pieces=(self._text,)) for _ in jobs]


class Waiting(Gate):
    """A transcriber that says one batch at once, and no other before its gate is opened."""

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Say the first batch; wait for the gate, then say."""
        if not self.batches:
            self.batches.append(len(jobs))
            return [CLEAR] * len(jobs)
        return super().transcribe(jobs)
