"""The commands and the program of docs/files.md, as they are written."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import SAMPLES, process, sentences

PAGE = (Path(__file__).parent.parent.parent / "docs" / "files.md").read_text(encoding="utf-8")
WRITTEN = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    lexicon = tmp_path_factory.mktemp("files") / "terms.txt"
    lexicon.write_text("王小明\tPERSON\n", encoding="utf-8")
    with process("--lexicon", str(lexicon)) as (_, address):
        yield address


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


COMMANDS = blocks("sh")[0].strip().split("\n\n")


def run(command: str, http: str) -> str:
    """What a command prints, in the folder of the samples."""
    asked = command.replace(WRITTEN, http)
    return subprocess.run(
        ["sh", "-ec", asked], cwd=SAMPLES, check=True, capture_output=True, text=True, timeout=60
    ).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_answered(http: str, command: str) -> None:
    printed = run(command, http)
    assert "error" not in printed
    if "verbose_json" in command:
        told = json.loads(printed)
        assert [item["text"] for item in told["entities"]] == ["王小明"]
        assert told["segments"]
        assert told["words"]
    elif "stream" in command:
        assert all(f'"delta": "{sentence}"' in printed for sentence in sentences("both"))
    elif "srt" in command:
        assert printed.startswith("1\n00:00:00,")
    else:
        assert json.loads(printed)["text"]


def test_the_program_prints_what_was_said(http: str) -> None:
    (program,) = blocks("python")
    printed = subprocess.run(
        [sys.executable, "-c", program.replace(WRITTEN, http)],
        cwd=SAMPLES,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert "".join(sentences("english")).replace(" ", "") in printed.replace(" ", "")
    assert sentences("both")[-1] in printed
    assert "'text': '王小明'" in printed
