"""Recordings of every common format are decoded; other files are reported in one sentence."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from tests.client.recordings import pitch_hz, samples, write
from theresa_client.audio.sources import AudioSource, open_file
from theresa_client.errors import SourceError

FORMATS = [
    ("tone.wav", "pcm_s16le", 16_000),
    ("tone.wav", "pcm_s24le", 44_100),
    ("tone.flac", "flac", 22_050),
    ("tone.mp3", "libmp3lame", 44_100),
    ("tone.ogg", "libopus", 48_000),
    ("tone.m4a", "aac", 44_100),
    ("tone.mp4", "aac", 32_000),
    ("tone.webm", "libopus", 48_000),
    ("电话.wav", "pcm_mulaw", 8_000),
]


async def everything(source: AudioSource, chunk_ms: int = 100) -> bytes:
    return b"".join([chunk async for chunk in source.chunks(chunk_ms)])


@pytest.mark.parametrize(("name", "codec", "rate"), FORMATS, ids=lambda value: str(value))
async def test_a_format_is_decoded_at_its_own_rate(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = write(tmp_path / name, codec=codec, rate=rate)

    async with open_file(path) as source:
        pcm = await everything(source)

    assert (source.audio.encoding, source.audio.rate, source.audio.channels) == ("pcm_s16le", rate, 1)
    assert len(samples(pcm)) == pytest.approx(rate, rel=0.1)
    assert pitch_hz(pcm, rate) == pytest.approx(440, abs=5)
    middle = samples(pcm)[rate // 4 : rate // 2].astype(float)
    assert (middle**2).mean() ** 0.5 == pytest.approx(8192 / 2**0.5, rel=0.1)


async def test_a_lossless_recording_comes_through_bit_by_bit(tmp_path: Path) -> None:
    wav = write(tmp_path / "a.wav", codec="pcm_s16le")
    flac = write(tmp_path / "a.flac", codec="flac")

    async with open_file(wav) as first, open_file(flac) as second:
        assert await everything(first) == await everything(second) == wav.read_bytes()[-32_000:]


async def test_stereo_stays_stereo(tmp_path: Path) -> None:
    async with open_file(write(tmp_path / "a.wav", codec="pcm_s16le", layout="stereo")) as source:
        assert source.audio.channels == 2
        assert len(samples(await everything(source), 2)) == 16_000


async def test_more_channels_become_two(tmp_path: Path) -> None:
    async with open_file(write(tmp_path / "a.wav", codec="pcm_s16le", layout="5.1")) as source:
        assert source.audio.channels == 2
        assert pitch_hz(await everything(source), 16_000, 2) == pytest.approx(440, abs=5)


@pytest.mark.parametrize(("rate", "sent"), [(96_000, 48_000), (4_000, 8_000)])
async def test_a_rate_outside_of_the_protocol_becomes_the_nearest(tmp_path: Path, rate: int, sent: int) -> None:
    async with open_file(write(tmp_path / "a.wav", codec="pcm_s16le", rate=rate)) as source:
        pcm = await everything(source)

    assert source.audio.rate == sent
    assert len(samples(pcm)) == pytest.approx(sent, rel=0.01)
    assert pitch_hz(pcm, sent) == pytest.approx(440, abs=5)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
async def test_the_duration_is_known(tmp_path: Path, name: str) -> None:
    codec = "flac" if name.endswith("flac") else "pcm_s16le"
    async with open_file(write(tmp_path / name, codec=codec, seconds=2.5)) as source:
        assert source.duration_ms == 2_500


async def test_all_chunks_but_the_last_have_the_requested_length(tmp_path: Path) -> None:
    async with open_file(write(tmp_path / "a.wav", codec="pcm_s16le", seconds=2.05)) as source:
        sizes = [len(chunk) async for chunk in source.chunks(40)]

    assert set(sizes[:-1]) == {40 * 32}
    assert sum(sizes) == 2050 * 32


async def test_a_damaged_recording_is_read_with_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", codec="libmp3lame", rate=44_100, seconds=3)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = os.urandom(len(content) // 2 - len(content) // 3)
    path.write_bytes(content)

    async with open_file(path) as source:
        pcm = await everything(source)

    assert len(samples(pcm)) > 44_100
    assert source.warnings() == ["a.mp3 is damaged: parts that could not be decoded were skipped."]


async def test_a_format_change_is_converted_to_the_first_format(tmp_path: Path) -> None:
    one = write(tmp_path / "one.mp3", codec="libmp3lame", rate=44_100)
    two = write(tmp_path / "two.mp3", codec="libmp3lame", rate=44_100, layout="stereo")
    one.write_bytes(one.read_bytes() + two.read_bytes())

    async with open_file(one) as source:
        pcm = await everything(source)

    assert (source.audio.rate, source.audio.channels) == (44_100, 1)
    assert len(samples(pcm)) == pytest.approx(2 * 44_100, rel=0.1)
    assert pitch_hz(pcm[-44_100:-20_000], 44_100) == pytest.approx(440, abs=5)


async def failing(path: Path) -> str:
    with pytest.raises(SourceError) as raised:
        async with open_file(path):
            pass
    return str(raised.value)


async def test_a_missing_file(tmp_path: Path) -> None:
    assert await failing(tmp_path / "no.wav") == f"{tmp_path / 'no.wav'} does not exist."


async def test_a_directory(tmp_path: Path) -> None:
    assert await failing(tmp_path) == f"{tmp_path} is a directory: name a file in it."


async def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert await failing(tmp_path / "a.wav") == f"{tmp_path / 'a.wav'} is empty."


async def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("dear diary\n" * 100)
    assert "is not a recording in a known format" in await failing(tmp_path / "a.wav")


async def test_a_recording_without_a_sample(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
    assert await failing(path) == f"{path} has no audio that can be decoded."


async def test_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P6 2 2 255\n" + bytes(12))
    assert await failing(path) == f"{path} has no audio track."


async def test_a_path_below_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", codec="pcm_s16le") / "b.wav"
    assert await failing(path) == f"Cannot read {path}: Not a directory."


SCRIPT = """
import asyncio, sys
from theresa_client.errors import SourceError
from theresa_client.audio.sources import open_stdin
from theresa_protocol.audio import AudioFormat

async def main():
    async with open_stdin(AudioFormat(rate=8000)) as source:
        total = b"".join([chunk async for chunk in source.chunks(100)])
        print(len(total), source.duration_ms, *source.warnings(), sep="|")

try:
    asyncio.run(main())
except SourceError as error:
    print(error)
"""


def through_stdin(**options: object) -> str:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, timeout=60, **options)  # type: ignore[call-overload]
    return str(done.stdout.decode().strip())


def test_standard_input_is_read_as_it_is() -> None:
    assert through_stdin(input=bytes(16_000)) == "16000|None"


def test_a_file_on_standard_input_knows_its_length(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(16_000))
    with (tmp_path / "a.raw").open("rb") as file:
        assert through_stdin(stdin=file) == "16000|1000"


def test_an_odd_byte_at_the_end_is_dropped_with_a_warning() -> None:
    told = "Dropped 1 byte at the end, which is not a whole sample: check the audio format."
    assert through_stdin(input=bytes(16_001)) == f"16000|None|{told}"


def test_empty_standard_input() -> None:
    assert through_stdin(input=b"") == "There is no audio in standard input."


def test_a_terminal_as_standard_input_is_refused_with_an_example() -> None:
    master, slave = os.openpty()
    try:
        assert "Pipe raw PCM into it, for example: `arecord" in through_stdin(stdin=slave)
    finally:
        os.close(master)
        os.close(slave)
