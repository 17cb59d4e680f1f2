"""Estimates how many simultaneous speakers a model can handle, from a short trial on recorded speech. Blocking."""

import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import decode
from theresa_server.speech.recognition import DecodeJob, JobKind, Transcriber

UTTERANCE_S = 4
"""A typical utterance. A speaker who never pauses needs one final per utterance."""

MAX_RUNS = 3
MAX_TRIAL_S = 1.0
"""A trial that has taken this long is not repeated. Only the fastest run counts: others were disturbed."""

MAX_UTILISATION = 0.8
"""The share of time that a model can be busy without queues: speakers do not take turns."""


def estimate_speakers(transcriber: Transcriber, partial_interval_ms: int) -> int:
    """Return how many simultaneous speakers a model can serve with partials and finals, at least 1."""
    utterance = _sample_utterance()
    half = utterance[: utterance.size // 2]
    partials = [DecodeJob(pcm=half, language=None, kind=JobKind.PARTIAL)] * transcriber.max_batch
    final = DecodeJob(pcm=utterance, language=None, kind=JobKind.FINAL)
    partial_s = _fastest_s(lambda: transcriber.transcribe(partials)) / len(partials)
    final_s = _fastest_s(lambda: transcriber.transcribe([final]))
    return speakers_from_costs(partial_s, final_s, partial_interval_ms)


def speakers_from_costs(partial_s: float, final_s: float, partial_interval_ms: int) -> int:
    """Return the number of speakers from the time that one partial and one final take."""
    work_per_second_s = partial_s * 1000 / partial_interval_ms + final_s / UTTERANCE_S
    return max(1, int(MAX_UTILISATION / work_per_second_s))


def _sample_utterance() -> Pcm:
    recording = (files("theresa_server") / "assets" / "samples" / "english.flac").read_bytes()
    pcm = np.concatenate(list(decode(recording, 60)))
    return pcm[2 * SAMPLE_RATE_HZ :][: UTTERANCE_S * SAMPLE_RATE_HZ]


def _fastest_s(call: Callable[[], object]) -> float:
    """Run a call up to ``MAX_RUNS`` times and return the shortest duration."""
    durations_s: list[float] = []
    while len(durations_s) < MAX_RUNS and sum(durations_s) < MAX_TRIAL_S:
        started_s = time.perf_counter()
        call()
        durations_s.append(time.perf_counter() - started_s)
    return min(durations_s)
