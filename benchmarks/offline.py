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
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio

from benchmarks.processes import LOGS, ProcessError
from benchmarks.recordings import RATE_HZ, Recording

CHEAPEST: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
SEED = 1
"""Of the samples that faster-whisper draws when it retries, so that a second pass gives the same text."""


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
        model: a model directory.
        recordings: the recordings.
        stock: use the default options of faster-whisper instead of the cheapest.

    Raises:
        ProcessError: the process failed.
    """
    files = [(recording.path, recording.language) for recording in recordings]
    with closing(iterate_passes(model, files, stock=stock)) as passes:
        return list(passes)


def iterate_passes(
    model: str, files: Sequence[tuple[Path, str | None]], *, stock: bool = False
) -> Iterator[OfflinePass]:
    """Yield the pass over each file as soon as it is done; close the iterator to stop the process.

    Args:
        model: a model directory.
        files: path and language of each file.
        stock: use the default options of faster-whisper instead of the cheapest.

    Raises:
        ProcessError: the process failed.
    """
    names = [f"{path.resolve()}:{language or ''}" for path, language in files]
    command = [sys.executable, "-m", "benchmarks.offline", model, *names, *(["--stock"] if stock else [])]
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "offline.log"
    with log.open("wb") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
        try:
            for line in process.stdout or ():
                yield OfflinePass(**json.loads(line))
        except BaseException:  # also when the iterator is closed
            process.kill()
            raise
    if process.returncode:
        raise ProcessError(f"The offline pass exited with status {process.returncode}; see {log}.")


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
        audio = decode_audio(path)
        ctranslate2.set_random_seed(SEED)
        before = os.times()
        segments = list(model.transcribe(audio, language=language or None, beam_size=5, **options)[0])
        after = os.times()
        result = {
            "text": " ".join(segment.text.strip() for segment in segments),
            "cpu_s": after.user + after.system - before.user - before.system,
            "windows": len({segment.seek for segment in segments}),
        }
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
