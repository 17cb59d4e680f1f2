"""``theresa listen`` when it cannot start: one sentence, the right exit status, and no files left behind."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.client.listening import COMMAND, TIMEOUT_S
from tests.client.peer import Peer, serving
from tests.client.soundcard import SoundCard, plugged_in

sounddevice = pytest.importorskip("sounddevice", reason="needs the extra microphone and the PortAudio library")

from theresa_client.audio import portaudio  # noqa: E402
from theresa_client.audio.devices import Device  # noqa: E402
from theresa_client.errors import SourceError  # noqa: E402

DESK = Device(0, "desk", "ALSA", 44_100, 2)


@pytest.fixture
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundCard]:
    with plugged_in(tmp_path_factory.mktemp("card")) as card:
        yield card


def run(*arguments: str | Path, environment: dict[str, str] | None = None, before: str = "") -> tuple[int, str, str]:
    """Run the command in a program that executes ``before`` first."""
    program = f"{before}\nfrom theresa_client.__main__ import main\nsys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}", "listen", *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_base_install_says_which_extra_is_missing() -> None:
    assert run(before="sys.modules['sounddevice'] = None") == (
        2,
        "",
        "theresa: Microphones require the package sounddevice: pip install 'theresa[microphone]'.\n",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the package brings PortAudio along")
def test_a_missing_portaudio_names_the_system_package() -> None:
    assert run(before="import ctypes.util; ctypes.util.find_library = lambda name: None") == (
        2,
        "",
        "theresa: Microphones require the PortAudio library: on Debian and Ubuntu, run "
        "'sudo apt install libportaudio2'.\n",
    )


def test_replay_needs_no_audio_library() -> None:
    program = "import sys; sys.modules['sounddevice'] = None; from theresa_client.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "replay", "no.wav"], capture_output=True, check=False, timeout=TIMEOUT_S
    )
    assert done.stderr == b"theresa: no.wav does not exist.\n"


@pytest.mark.parametrize("arguments", [(), ("--list-devices",)])
def test_a_machine_without_a_microphone(card: SoundCard, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    nothing = tmp_path / "asound.conf"
    nothing.write_text("pcm.nothing { type hw card 77 }")
    assert run(*arguments, environment={**card.environment, "ALSA_CONFIG_PATH": str(nothing)}) == (
        2,
        "",
        "theresa: No microphone found: this machine has no audio input device.\n",
    )


def test_the_microphones_are_listed(card: SoundCard) -> None:
    status, out, err = run("--list-devices", environment=card.environment)
    assert (status, err) == (0, "")
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["NUMBER", "NAME", "SYSTEM"],
        ["0", "desk", "ALSA"],
        ["1", "headset", "ALSA"],
        ["*", "2", "default"],
    ]


@pytest.mark.parametrize(
    ("device", "sentence"), [("nope", "There is no microphone 'nope'"), ("d", "'d' matches several microphones")]
)
def test_an_unknown_or_ambiguous_device_is_status_2(card: SoundCard, device: str, sentence: str) -> None:
    status, out, err = run("--device", device, environment=card.environment)
    assert (status, out) == (2, "")
    assert err.startswith(f"theresa: {sentence}")
    assert err.count("\n") == 1


def test_a_device_that_does_not_open_is_status_2_and_one_sentence(card: SoundCard) -> None:
    card.unplug()
    status, out, err = run("--device", "desk", environment=card.environment)
    assert (status, out) == (2, "")
    assert err.startswith("theresa: ")
    assert err.count("\n") == 1


def test_a_device_in_use_by_another_program() -> None:
    error = sounddevice.PortAudioError("Error opening RawInputStream: Device unavailable", -9985)
    assert portaudio.open_error(DESK, error) == (
        "The microphone 'desk' cannot be opened: another program is using it, or it was unplugged."
    )


def test_the_message_of_the_driver_is_shown() -> None:
    error = sounddevice.PortAudioError("Error opening: Unanticipated host error", -9999, (0, -5, "Input/output error"))
    assert portaudio.open_error(DESK, error) == "The microphone 'desk' cannot be opened: Input/output error."


def test_an_unsupported_rate_is_an_error(card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise sounddevice.PortAudioError("Error opening RawInputStream: Invalid sample rate", -9997)

    monkeypatch.setattr(sounddevice, "RawInputStream", refuse)
    with pytest.raises(SourceError, match="The microphone 'desk' does not support 12345 Hz"):
        portaudio.InputStream(DESK, 12_345, lambda: None, lambda: None)


async def never(peer: Peer) -> None:
    raise AssertionError("it was let in")


async def test_a_refusal_is_status_3_and_leaves_no_recording(card: SoundCard, tmp_path: Path) -> None:
    body = '{"error": {"code": "overloaded", "message": "All seats are taken."}}'
    async with card.awake(), serving(never, deny=(HTTPStatus.SERVICE_UNAVAILABLE, body, {})) as url:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "--save", str(tmp_path / "a.wav"), "--url", url,
            env=card.environment, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(TIMEOUT_S):
            _, err = await process.communicate()

    assert process.returncode == 3
    assert err.decode().count("\n") == 1
    assert "All seats are taken." in err.decode()
    assert not (tmp_path / "a.wav").exists()
