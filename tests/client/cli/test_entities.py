"""Entities from a real server: from a lexicon, and without any."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.recordings import write
from tests.serving import SAMPLES, RunningServer, serving
from theresa_client import ServerError, Transcript, connect
from theresa_client.audio.sources import open_file
from theresa_client.cli.main import main
from theresa_client.cli.report import ExitStatus
from theresa_protocol.messages import EntitiesRequest, Start, Term
from theresa_server.serving.config import ServerConfig

TIMEOUT_S = 60


@pytest.fixture(scope="module")
def without() -> Iterator[RunningServer]:
    """A server without entity recognition."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def with_lexicon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a lexicon of one term, and without a model."""
    lexicon = tmp_path_factory.mktemp("lexicon") / "terms.txt"
    lexicon.write_text("Shanghai\tLOCATION\n", encoding="utf-8")
    with serving(ServerConfig(port=0, lexicon=lexicon)) as running:
        yield running


def test_a_server_without_entities_transcribes_and_says_so(
    without: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["replay", str(SAMPLES / "both.flac"), "--speed", "0", "--url", without.url]
    assert main(command) == 0
    expected = capsys.readouterr().out
    assert main([*command, "--entities"]) == 0
    out, err = capsys.readouterr()
    assert out == expected
    assert err == "theresa: The server does not find entities; transcribing without them.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--entities", "NOBODY"], "Unknown entity label 'NOBODY'"),
        (["--relations"], "No loaded entity model supports relations"),
    ],
)
def test_entities_the_server_cannot_find_are_status_3(
    with_lexicon: RunningServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    tone = write(tmp_path / "tone.wav", codec="pcm_s16le", seconds=0.2)
    assert main(["replay", str(tone), *arguments, "--url", with_lexicon.url]) == ExitStatus.REFUSED
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert complaint.startswith(f"theresa: {sentence}")


def test_terms_are_shown_below_their_finals(with_lexicon: RunningServer, capsys: pytest.CaptureFixture[str]) -> None:
    sample = str(SAMPLES / "both.flac")
    command = ["replay", sample, "--speed", "0", "--url", with_lexicon.url, "--term", "华星科技=ORGANIZATION"]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    below = {line: lines[index - 1] for index, line in enumerate(lines) if line.startswith("    ")}
    assert below.keys() == {"    LOCATION Shanghai", "    ORGANIZATION 华星科技"}
    assert "Shanghai" in below["    LOCATION Shanghai"]
    assert "华星科技" in below["    ORGANIZATION 华星科技"]


async def test_a_transcript_collects_mentions(with_lexicon: RunningServer) -> None:
    transcript = Transcript()
    start = Start(entities=EntitiesRequest(terms=(Term(text="华星科技", label="ORGANIZATION"),)))
    async with asyncio.timeout(TIMEOUT_S), connect(with_lexicon.url, start) as stream:
        async with open_file(SAMPLES / "both.flac") as source:
            async for chunk in source.chunks(500):
                await stream.send(chunk)
        await stream.finish()
        async for message in stream:
            transcript.apply(message)

    assert all(segment.searched for segment in transcript.finals)
    assert [(mention.label, mention.text, mention.count) for mention in transcript.mentions] == [
        ("LOCATION", "Shanghai", 1),
        ("ORGANIZATION", "华星科技", 1),
    ]


async def test_connect_raises_if_the_server_has_no_entities(without: RunningServer) -> None:
    with pytest.raises(ServerError, match="not_supported") as refused:
        async with connect(without.url, Start(entities=EntitiesRequest())):
            pass
    assert (refused.value.param, refused.value.in_session) == ("$.entities", False)
