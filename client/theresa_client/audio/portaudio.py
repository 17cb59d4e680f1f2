"""PortAudio, by way of sounddevice: the one module that knows them. Everything here blocks."""

import atexit
import contextlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from theresa_client.audio.devices import Device, formats
from theresa_client.audio.intake import Intake
from theresa_client.errors import SourceError
from theresa_protocol.text import printable

LATENCY_S = 0.2
"""What the driver holds before sound is lost. It hands over a quarter of it at once: soon enough for a transcript."""

# PaErrorCode in portaudio.h
_HOST_ERROR, _INVALID_CHANNELS, _INVALID_RATE = -9999, -9998, -9997
_FORMAT_NOT_SUPPORTED, _UNAVAILABLE = -9994, -9985
_OTHER_FORMAT = frozenset((_INVALID_CHANNELS, _INVALID_RATE, _FORMAT_NOT_SUPPORTED))


def devices() -> list[Device]:
    """The devices that take in sound. Raises ``SourceError`` where they cannot be asked for."""
    sounddevice = _load()
    hosts = sounddevice.query_hostapis()
    default = sounddevice.default.device[0]
    return [
        Device(
            number=found["index"],
            name=found["name"],
            host=hosts[found["hostapi"]]["name"],
            rate_hz=round(found["default_samplerate"]),
            channels=found["max_input_channels"],
            default=found["index"] == default,
        )
        for found in sounddevice.query_devices()
        if found["max_input_channels"] > 0
    ]


class Input:
    """An open device that is not recording yet. Raises ``SourceError`` where it cannot be opened.

    ``wake`` is called whenever ``intake`` has something, ``gone`` when there will be nothing more; both on a thread of
    PortAudio's.
    """

    def __init__(self, device: Device, rate_hz: int | None, wake: Callable[[], None], gone: Callable[[], None]) -> None:
        self._sounddevice = _load()
        error: Exception | None = None
        for audio in formats(device, rate_hz):
            self.intake = Intake(audio, wake)
            try:
                self._stream = self._sounddevice.RawInputStream(
                    device=device.number,
                    samplerate=audio.rate,
                    channels=audio.channels,
                    dtype="int16",
                    latency=LATENCY_S,
                    callback=self._hear,
                    finished_callback=gone,
                )
            except self._sounddevice.PortAudioError as failure:
                if _code(failure) not in _OTHER_FORMAT:
                    raise SourceError(why(device, failure)) from None
                error = error or failure
            else:
                return
        asked = f"{rate_hz} Hz" if rate_hz else "any rate from 8 to 48 kHz"
        raise SourceError(f"The microphone '{printable(device.name)}' cannot be recorded at {asked}.") from error

    def start(self) -> None:
        """Begin to record. Raises ``SourceError``."""
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as failure:
            self.close()
            raise SourceError(f"The microphone does not start: {_words(failure)}.") from None

    def close(self) -> None:
        """Stop at once and give the device back."""
        with contextlib.suppress(self._sounddevice.PortAudioError):
            self._stream.abort()
        with contextlib.suppress(self._sounddevice.PortAudioError):
            self._stream.close()

    def _hear(self, data: Any, frames: int, time: Any, status: Any) -> None:
        self.intake.put(bytes(data), time.inputBufferAdcTime, overflow=status.input_overflow)


def abandon() -> None:
    """Let a driver be that never comes back from a call, also when the program ends."""
    sounddevice = sys.modules.get("sounddevice")
    if sounddevice is not None:
        atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001 - it would wait for that driver, for ever


def _load() -> ModuleType:
    """PortAudio, started. Loaded only here: neither it nor sounddevice is part of the base install."""
    try:
        import sounddevice
    except ImportError:
        raise SourceError("Microphones need the package sounddevice: pip install 'theresa[microphone]'.") from None
    except OSError:
        raise SourceError(
            "Microphones need the PortAudio library: 'sudo apt install libportaudio2' on Debian and Ubuntu."
        ) from None
    except Exception as error:  # sounddevice.PortAudioError, which cannot be named here
        raise SourceError(f"PortAudio does not start: {error}.") from None
    return sounddevice  # type: ignore[no-any-return]


def why(device: Device, error: Exception) -> str:
    """Why a device could not be opened, from a ``PortAudioError``: one sentence."""
    name = printable(device.name)
    if _code(error) == _UNAVAILABLE:
        return f"The microphone '{name}' cannot be opened: another program has it, or it is no longer there."
    return f"The microphone '{name}' cannot be opened: {_words(error)}."


def _code(error: Exception) -> int | None:
    """The ``PaErrorCode`` of a ``PortAudioError``: its second argument."""
    return error.args[1] if len(error.args) > 1 else None


def _words(error: Exception) -> str:
    """What a driver says itself (the third argument), or else PortAudio."""
    if _code(error) == _HOST_ERROR and len(error.args) > 2 and error.args[2][2]:
        return printable(error.args[2][2]).strip().rstrip(".")
    return printable(str(error.args[0])).rpartition(": ")[2].rstrip(".")
