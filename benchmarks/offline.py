"""Offline passes of plain faster-whisper over whole recordings: texts and CPU seconds. Runs as its own process.

    python -m benchmarks.offline MODEL FILE[:LANGUAGE]... [--stock]

Prints one line of JSON per file. Passes use one thread, int8 and beam 5. Without ``--stock``, they use the cheapest
options: temperature 0 only, and no text of the previous window. Loading and warming up the model is not measured.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.recordings import RATE_HZ, Recording, read_pcm

CHEAPEST: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
TIMEOUT_S = 900


@dataclass(frozen=True)
class OfflinePass:
    """The result of one pass over a recording."""

    text: str
    cpu_s: float
    windows: int
    """The number of decoded windows."""


def run_passes(model: str, recordings: Sequence[Recording], *, stock: bool = False) -> list[OfflinePass]:
    """Run one pass over each recording, in a new process.

    Args:
        model: a model directory or name.
        recordings: the recordings.
        stock: use the default options of faster-whisper instead of the cheapest.
    """
    files = [f"{recording.path.resolve()}:{recording.language or ''}" for recording in recordings]
    command = [sys.executable, "-m", "benchmarks.offline", model, *files, *(["--stock"] if stock else [])]
    process = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    return [OfflinePass(**json.loads(line)) for line in process.stdout.splitlines()]


def main() -> None:
    """Run the passes given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("files", nargs="+", metavar="FILE[:LANGUAGE]")
    parser.add_argument("--stock", action="store_true", help="use the default options of faster-whisper")
    arguments = parser.parse_args()
    model = WhisperModel(arguments.model, device="cpu", compute_type="int8", cpu_threads=1)
    options = {} if arguments.stock else CHEAPEST
    list(model.transcribe(np.zeros(RATE_HZ, np.float32), language="en", **CHEAPEST)[0])
    for file in arguments.files:
        path, _, language = file.rpartition(":")
        audio = read_pcm(Path(path)).astype(np.float32) / 32768
        before = os.times()
        segments = list(model.transcribe(audio, language=language or None, beam_size=5, **options)[0])
        after = os.times()
        result = {
            "text": " ".join(segment.text.strip() for segment in segments),
            "cpu_s": after.user + after.system - before.user - before.system,
            "windows": len({segment.seek for segment in segments}),
        }
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
