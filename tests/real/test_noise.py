"""The default model invents no text where nobody speaks."""

from pathlib import Path

import numpy as np
import pytest

from tests.serving import RunningServer, transcribe
from theresa_protocol.messages import Final, Partial
from theresa_server.audio.recordings import decode

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["typing.wav", "applause.wav", "snoring.wav", "sb_noise3.wav"])
async def test_noise_becomes_no_text(server: RunningServer, noise: Path, name: str) -> None:
    pcm = np.concatenate(list(decode((noise / name).read_bytes(), 60)))

    peer = await transcribe(server, pcm)

    assert [message.text for message in peer.all(Partial, Final) if message.text] == []
