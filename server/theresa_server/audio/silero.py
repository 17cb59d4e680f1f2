"""Silero's voice activity detector: the probability that audio contains a voice, at any level.

The model (https://github.com/snakers4/silero-vad, MIT) ships with faster-whisper and runs on onnxruntime. It classifies
chunks of 32 ms and keeps a state between them. A call costs about 50 µs plus 50 µs per chunk, so callers collect a few.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

CHUNK_SAMPLES = 512
"""Samples in a chunk, at 16 kHz."""

_CONTEXT_SAMPLES = 64
_STATE = (1, 1, 128)

Samples = NDArray[np.float32]
"""1-D ``float32``, mono, 16 kHz, from -1 to 1."""


@cache
def _model() -> onnxruntime.InferenceSession:
    """Load the model once per process. It is stateless, and all detectors share it."""
    package = find_spec("faster_whisper")
    assert package is not None and package.origin is not None  # noqa: S101, PT018 - the server depends on it
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    path = Path(package.origin).parent / "assets" / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class SileroVad:
    """The detector for one stream of audio."""

    def __init__(self) -> None:
        self._session = _model()
        self.reset()

    def reset(self) -> None:
        """Reset the state. The next chunk follows silence."""
        self._hidden = self._cell = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def skip(self, samples: Samples) -> None:
        """Continue after the next samples, at least 64, without classifying them."""
        self._context = samples[-_CONTEXT_SAMPLES:].copy()

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """Return the probability of a voice in each chunk of the next samples.

        Raises:
            ValueError: the number of samples is not a positive multiple of ``CHUNK_SAMPLES``.
        """
        if not samples.size or samples.size % CHUNK_SAMPLES:
            raise ValueError(f"samples must be a positive multiple of {CHUNK_SAMPLES}, not {samples.size}")
        # Each row is a chunk with the end of the one before it. ONNX Runtime needs a copy, which the rows share.
        row = _CONTEXT_SAMPLES + CHUNK_SAMPLES
        rows = sliding_window_view(np.concatenate([self._context, samples]), row)[::CHUNK_SAMPLES]
        probabilities, self._hidden, self._cell = self._session.run(
            None, {"input": np.ascontiguousarray(rows), "h": self._hidden, "c": self._cell}
        )
        self._context = samples[-_CONTEXT_SAMPLES:]
        found: NDArray[np.float32] = probabilities.ravel()
        return found
