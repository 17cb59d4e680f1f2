"""Plain faster-whisper on whole recordings: what it says, and the CPU seconds that it takes. A process of its own.

    python -m benchmarks.offline MODEL FILE[:LANGUAGE]... [--stock]

Prints a line of JSON for each file. One thread, int8, beam 5. Unless `--stock` is given, temperature 0 alone and no
text of the window before: the cheapest pass that there is. The model is loaded and warm before the clock starts.
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

SPARE: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
TIMEOUT_S = 900


@dataclass(frozen=True)
class Pass:
    """One recording, offline."""

    text: str
    cpu_s: float
    windows: int


def passes(model: str, recordings: Sequence[Recording], *, stock: bool = False) -> list[Pass]:
    """One pass over each recording."""
    files = [f"{recording.path.resolve()}:{recording.language or ''}" for recording in recordings]
    command = [sys.executable, "-m", "benchmarks.offline", model, *files, *(["--stock"] if stock else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    return [Pass(**json.loads(line)) for line in done.stdout.splitlines()]


def main() -> None:
    """Run the passes that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--stock", action="store_true")
    arguments = parser.parse_args()
    model = WhisperModel(arguments.model, device="cpu", compute_type="int8", cpu_threads=1)
    options = {} if arguments.stock else SPARE
    list(model.transcribe(np.zeros(RATE_HZ, np.float32), language="en", **SPARE)[0])
    for file in arguments.files:
        path, _, language = file.rpartition(":")
        audio = read_pcm(Path(path)).astype(np.float32) / 32768
        before = os.times()
        segments = list(model.transcribe(audio, language=language or None, beam_size=5, **options)[0])
        after = os.times()
        cpu_s = after.user + after.system - before.user - before.system
        found = {
            "text": " ".join(s.text.strip() for s in segments),
            "cpu_s": cpu_s,
            "windows": len({s.seek for s in segments}),
        }
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
