"""A client that asks for statistics receives what the guards dropped."""

from collections.abc import Iterator

import pytest

from tests.serving import RunningServer, read, serving, transcribe
from theresa_protocol.messages import Ended, Final, Partial, Start, Stats
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.serving.config import ServerConfig

DOUBTFUL = DecodingOptions(voice_threshold=1.0, speech_threshold=-1.0, no_speech_threshold=-1.0)
"""With these, the guards doubt all audio, and drop every text."""


@pytest.fixture(scope="module")
def doubting() -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, decoding=DOUBTFUL)) as running:
        yield running


async def test_dropped_text_is_in_the_last_statistics(doubting: RunningServer) -> None:
    peer = await transcribe(doubting, read("english")[:96_000], Start(stats=True, language="en"))
    stats, ended = peer.messages[-2:]
    assert isinstance(stats, Stats)
    assert isinstance(ended, Ended)
    assert stats.suppressed_count == len(stats.suppressed) > 0
    assert {item.reason for item in stats.suppressed} == {"phantom"}
    assert all(item.text and 0 <= item.start_ms < item.end_ms <= 6_000 for item in stats.suppressed)


async def test_dropped_text_is_in_no_other_message(doubting: RunningServer) -> None:
    peer = await transcribe(doubting, read("english")[:96_000], Start(language="en"))
    assert [message.text for message in (*peer.all(Final), *peer.all(Partial)) if message.text] == []
    assert peer.all(Stats) == []


async def test_without_dropped_text_the_list_is_empty(server: RunningServer) -> None:
    peer = await transcribe(server, read("english")[:96_000], Start(stats=True, language="en"))
    assert (peer.all(Stats)[-1].suppressed_count, peer.all(Stats)[-1].suppressed) == (0, ())
