"""How many speakers a model is expected to carry, found out by a short trial on recorded speech. Blocking."""

import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import decode
from theresa_server.speech.recognition import DecodeJob, JobKind, Transcriber

SPEECH_S = 4
"""A usual utterance: somebody who speaks on and on has one final each time it is over."""
TAKES = 3
PATIENCE_S = 2.0
"""A trial that has lasted so long is not repeated: the fastest take counts, and the others were only slower."""
SHARE = 0.8
"""How much of its time a model may be at work: those who speak do not do so in turns."""


def speakers(transcriber: Transcriber, partial_interval_ms: int) -> int:
    """The number of speakers at once, 1 at least, whose partials and finals the model has the time for."""
    speech = _speech()
    half = speech[: speech.size // 2]
    batch = [DecodeJob(pcm=half, language=None, kind=JobKind.PARTIAL)] * transcriber.max_batch
    partial_s = _fastest(lambda: transcriber.transcribe(batch)) / len(batch)
    final_s = _fastest(lambda: transcriber.transcribe([DecodeJob(pcm=speech, language=None, kind=JobKind.FINAL)]))
    return expected(partial_s, final_s, partial_interval_ms)


def expected(partial_s: float, final_s: float, partial_interval_ms: int) -> int:
    """The same from what a partial and a final cost."""
    work_s = partial_s * 1000 / partial_interval_ms + final_s / SPEECH_S
    return max(1, int(SHARE / work_s))


def _speech() -> Pcm:
    sample = (files("theresa_server") / "assets" / "samples" / "english.flac").read_bytes()
    return np.concatenate(list(decode(sample, 60)))[2 * SAMPLE_RATE_HZ : (2 + SPEECH_S) * SAMPLE_RATE_HZ]


def _fastest(call: Callable[[], object]) -> float:
    taken: list[float] = []
    while len(taken) < TAKES and sum(taken) < PATIENCE_S:
        began_s = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began_s)
    return min(taken)
