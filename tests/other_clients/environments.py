"""Virtual environments for clients whose dependencies are many, or conflict with those of this project."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.realtime import at_24k
from tests.serving import RunningServer, read, sentences

FOLDER = Path(__file__).parent
ENVIRONMENTS = FOLDER.parent.parent / "build" / "other_clients"
RUN_S = 280


def python_with(name: str) -> Path:
    """Return the Python of an environment with the pinned packages of ``NAME.txt``, which is made once.

    Skips the calling test where that is impossible.
    """
    requirements = FOLDER / f"{name}.txt"
    version = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    environment = ENVIRONMENTS / f"{name}-{version}"
    python = environment / "bin" / "python"
    ready = environment / "ready"
    if not ready.exists():
        shutil.rmtree(environment, ignore_errors=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(requirements),
        ]
        for command in ([sys.executable, "-m", "venv", str(environment)], install):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"needs the packages of {requirements.name}: {done.stderr.strip()[-300:]}")
        ready.touch()
    return python


def run(name: str, server: RunningServer, key: str, folder: Path) -> Any:
    """Return what the script of a client hears in the Mandarin sample."""
    python = python_with(name)
    pcm = folder / "mandarin.pcm"
    pcm.write_bytes(at_24k(read("mandarin")))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"NO_PROXY": "*"}
    done = subprocess.run(
        [python, FOLDER / f"{name}_script.py", server.http, key, pcm, sentences("mandarin")[-1][-3:]],
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return json.loads(done.stdout.splitlines()[-1])
