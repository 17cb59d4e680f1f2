"""The program and the command of docs/realtime.md, as they are written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import SAMPLES, process, sentences

PAGE = (Path(__file__).parent.parent.parent / "docs" / "realtime.md").read_text(encoding="utf-8")


def printed(language: str, command: list[str]) -> str:
    """What a block of the page prints in the folder of the samples."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    with process() as (_, http):
        program = block.replace("127.0.0.1:8080", http.removeprefix("http://"))
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        return subprocess.run(
            [*command, program],
            cwd=SAMPLES,
            env={"PATH": path, "NO_PROXY": "*"},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout


def test_the_program_prints_what_was_said() -> None:
    live, whole, *_ = printed("python", [sys.executable, "-X", "utf8", "-c"]).splitlines()
    assert live == whole
    assert all(sentence in whole for sentence in sentences("both"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_the_command_shows_the_events() -> None:
    shown = printed("sh", ["sh", "-ec"])
    assert '"type":"session.created"' in shown
    assert '"type":"input_audio_buffer.cleared"' in shown
