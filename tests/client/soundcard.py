"""A virtual sound card: a PulseAudio daemon whose microphones record what is played to them, as ALSA devices."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

TIMEOUT_S = 60
RATE_HZ = 16_000
MICROPHONES = ("desk", "headset")
"""Both mono, 16 kHz: what is recorded at that rate is what was played, bit by bit."""

CONFIGURATION = """\
pcm.desk {{ type pulse server "{server}" device "desk.monitor" }}
pcm.headset {{ type pulse server "{server}" device "headset.monitor" }}
pcm.!default {{ type pulse server "{server}" device "desk.monitor" }}
"""


class SoundCard:
    """The virtual sound card. Programs use it through the variables in ``environment``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._zeros = os.open("/dev/zero", os.O_RDONLY)
        server = f"unix:{folder}/socket"
        (folder / "asound.conf").write_text(CONFIGURATION.format(server=server))
        home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PULSE_SERVER": server}
        self.environment = {**os.environ, **home, "ALSA_CONFIG_PATH": str(folder / "asound.conf")}

    def begin(self) -> None:
        """Start the daemon and wait until it runs."""
        modules = [f"module-native-protocol-unix auth-anonymous=1 socket={self._folder}/socket"]
        modules += [f"module-null-sink sink_name={name} rate={RATE_HZ} channels=1" for name in MICROPHONES]
        options = ["-n", "--daemonize=yes", "--exit-idle-time=-1", "--disable-shm=yes", "--log-target=null"]
        loading = [word for module in modules for word in ("-L", module)]
        environment = {key: value for key, value in self.environment.items() if key != "PULSE_SERVER"}
        subprocess.run(["pulseaudio", *options, *loading], env=environment, check=True, timeout=TIMEOUT_S)

    def unplug(self) -> None:
        """Remove the devices."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Stop the daemon."""
        self.unplug()
        os.close(self._zeros)

    def freeze(self) -> None:
        """Freeze the driver."""
        self._signal(signal.SIGSTOP)

    async def play(self, pcm: bytes, microphone: str = MICROPHONES[0]) -> None:
        """Play audio into a microphone in real time; returns when it is played."""
        player = await self._player(microphone, asyncio.subprocess.PIPE, "--latency-msec=500")
        async with asyncio.timeout(TIMEOUT_S + len(pcm) / 2 / RATE_HZ):
            await player.communicate(pcm)
        assert player.returncode == 0

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[None]:
        """Play silence: without any input, a PulseAudio monitor delivers two seconds at once."""
        players = [await self._player(name, self._zeros, "--latency-msec=20", "--verbose") for name in MICROPHONES]
        try:
            async with asyncio.timeout(TIMEOUT_S):
                for player in players:
                    assert player.stderr is not None
                    await player.stderr.readuntil(b"Stream successfully created")
            yield
        finally:
            for player in players:
                with contextlib.suppress(ProcessLookupError):
                    player.kill()
                await player.communicate()

    async def _player(self, microphone: str, stdin: int, *options: str) -> asyncio.subprocess.Process:
        format_ = ["--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1"]
        return await asyncio.create_subprocess_exec(
            "pacat", "--playback", f"--device={microphone}", *format_, *options,
            env=self.environment, stdin=stdin, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    def _signal(self, number: int) -> None:
        pid = self._folder / "pulse" / "pid"
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(pid.read_text()), number)


@contextmanager
def plugged_in(folder: Path) -> Iterator[SoundCard]:
    """Yield a sound card with its files in ``folder``. Skips the test without PulseAudio."""
    if shutil.which("pulseaudio") is None:
        pytest.skip("needs the Debian packages pulseaudio, pulseaudio-utils and libasound2-plugins")
    card = SoundCard(folder)
    card.begin()
    try:
        yield card
    finally:
        card.close()
