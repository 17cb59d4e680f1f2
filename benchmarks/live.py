"""Real-time sessions, one at a time, each with its own figures. ``latency``, ``stability`` and ``cost`` share them."""

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.options import Options, titled
from benchmarks.processes import COOLDOWN_S, UNLIMITED_ADMISSION, ProcessError, split_cores, theresa_server
from benchmarks.recordings import Recording
from benchmarks.sessions import Run, run_sessions


def live_runs(options: Options, model: str, recordings: Sequence[Recording]) -> list[Run]:
    """Return the run of one session per recording; a session that this invocation has already run is not repeated.

    Raises:
        ProcessError: the server or the clients failed.
    """
    path = options.model_path(model)
    missing = [recording for recording in recordings if (path, recording.path) not in options.live]
    if missing:
        server_cores, client_cores = split_cores()
        with theresa_server("--model", path, *UNLIMITED_ADMISSION, pinned=server_cores) as server:
            for recording in missing:
                label = f"{titled(model)}, {recording.name}"
                run = run_sessions(server, [recording], 1, label, pinned=client_cores)
                if run.failures:  # after a slow session, the server refuses sessions until its load statistics expire
                    time.sleep(COOLDOWN_S)
                    run = run_sessions(server, [recording], 1, label, pinned=client_cores)
                if run.failures:
                    raise ProcessError(
                        f"The session of {recording.name} with {titled(model)} failed: {run.failures[0]}"
                    )
                options.live[path, Path(recording.path)] = run
    return [options.live[path, Path(recording.path)] for recording in recordings]
