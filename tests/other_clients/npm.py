"""The JavaScript clients: their packages, installed once, and their scripts."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
INSTALLED = FOLDER / "node_modules" / ".installed"


def install() -> None:
    """Install the packages that the lock file lists, or skip the calling test where that is impossible."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("needs npm and Node")
    lock = (FOLDER / "package-lock.json").read_bytes()
    if INSTALLED.is_file() and INSTALLED.read_bytes() == lock:
        return
    command = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs packages that npm cannot install: {done.stderr.strip()[-300:]}")
    INSTALLED.write_bytes(lock)


def run(script: str, *arguments: str, **environment: str) -> Any:
    """Return the JSON that a script prints."""
    done = subprocess.run(
        ["node", FOLDER / script, *arguments],
        env=os.environ | {"NO_PROXY": "*"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
