"""A server with a null transcriber, to measure the cost of everything except the model.

    python -m benchmarks.null_server --port 0 --max-sessions 4096

It takes the options of ``theresa-server`` and loads no model.
"""

import logging
import os
import sys
from collections.abc import Sequence

import uvloop

from theresa_server.app import Server
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.cli.options import parse
from theresa_server.speech.recognition import DecodeJob, Hypothesis

WORDS_PER_S = 2.5


class NullTranscriber:
    """A transcriber that immediately returns "word", repeated in proportion to the length of the audio."""

    name = "null"
    languages = ("en", "zh")
    tasks = ("transcribe",)
    max_batch = 64
    free_samples = 0
    uses_previous_text = False

    def warm_up(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Return a made-up hypothesis per job."""
        return [self._hypothesis(job) for job in jobs]

    def _hypothesis(self, job: DecodeJob) -> Hypothesis:
        count = max(1, round(job.pcm.size / SAMPLE_RATE_HZ * WORDS_PER_S))
        pieces = ("word", *[" word"] * (count - 1))
        return Hypothesis(
            text="".join(pieces),
            pieces=pieces,
            language=job.language or "en",
            language_probability=1.0,
            confidence=1.0,
            no_speech=0.0,
            temperature=0.0,
            compression_ratio=1.0,
        )


def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(level="WARNING", format="%(message)s")
    logging.getLogger("theresa").setLevel("INFO")
    uvloop.run(Server(parse(sys.argv[1:], os.environ), lambda _: NullTranscriber()).run())


if __name__ == "__main__":
    main()
