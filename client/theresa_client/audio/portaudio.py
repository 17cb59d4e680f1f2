"""PortAudio, through sounddevice; no other module uses them. All calls block."""

import atexit
import contextlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from theresa_client.audio.capture_queue import CaptureQueue
from theresa_client.audio.devices import Device, recording_formats
from theresa_client.errors import SourceError
from theresa_protocol.text import printable

LATENCY_S = 0.2
"""Audio that the driver buffers. It delivers a quarter of that at a time, which is fast enough for a transcript."""

# PaErrorCode in portaudio.h
_HOST_ERROR, _INVALID_CHANNELS, _INVALID_RATE = -9999, -9998, -9997
_FORMAT_NOT_SUPPORTED, _UNAVAILABLE = -9994, -9985
_OTHER_FORMAT = frozenset((_INVALID_CHANNELS, _INVALID_RATE, _FORMAT_NOT_SUPPORTED))


def devices() -> list[Device]:
    """Return the input devices.

    Raises:
        SourceError: if PortAudio is not available.
    """
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


class InputStream:
    """An input stream of a device, open but not started.

    Both functions are called on a thread of PortAudio.

    Args:
        device: The device to record.
        rate_hz: Sample rate; ``None`` uses the device's own.
        audio_available: Called whenever ``queue`` has audio.
        stream_finished: Called when the stream has ended.

    Raises:
        SourceError: if the device cannot be opened.
    """

    def __init__(
        self,
        device: Device,
        rate_hz: int | None,
        audio_available: Callable[[], None],
        stream_finished: Callable[[], None],
    ) -> None:
        self._sounddevice = _load()
        error: Exception | None = None
        for audio in recording_formats(device, rate_hz):
            self.queue = CaptureQueue(audio, audio_available)
            try:
                self._stream = self._sounddevice.RawInputStream(
                    device=device.number,
                    samplerate=audio.rate,
                    channels=audio.channels,
                    dtype="int16",
                    latency=LATENCY_S,
                    callback=self._on_audio,
                    finished_callback=stream_finished,
                )
            except self._sounddevice.PortAudioError as failure:
                if _code(failure) not in _OTHER_FORMAT:
                    raise SourceError(open_error(device, failure)) from None
                error = error or failure
            else:
                return
        rates = f"{rate_hz} Hz" if rate_hz else "any rate from 8 to 48 kHz"
        raise SourceError(f"The microphone '{printable(device.name)}' does not support {rates}.") from error

    def start(self) -> None:
        """Start recording.

        Raises:
            SourceError: if the device does not start.
        """
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as failure:
            self.close()
            raise SourceError(f"The microphone did not start: {_reason(failure)}.") from None

    def close(self) -> None:
        """Stop at once and release the device."""
        with contextlib.suppress(self._sounddevice.PortAudioError):
            self._stream.abort()
        with contextlib.suppress(self._sounddevice.PortAudioError):
            self._stream.close()

    def _on_audio(self, data: Any, frames: int, time: Any, status: Any) -> None:
        self.queue.put(bytes(data), time.inputBufferAdcTime, overflow=status.input_overflow)


def abandon() -> None:
    """Do not wait at exit for a driver that never returns from a call."""
    sounddevice = sys.modules.get("sounddevice")
    if sounddevice is not None:
        atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001 - it would wait for that driver forever


def _load() -> ModuleType:
    """Load and initialise PortAudio. It is loaded here because the base install has neither it nor sounddevice."""
    try:
        import sounddevice
    except ImportError:
        raise SourceError("Microphones require the package sounddevice: pip install 'theresa[microphone]'.") from None
    except OSError:
        raise SourceError(
            "Microphones require the PortAudio library: on Debian and Ubuntu, run 'sudo apt install libportaudio2'."
        ) from None
    except Exception as error:  # sounddevice.PortAudioError, which is not importable here
        raise SourceError(f"PortAudio did not start: {error}.") from None
    return sounddevice  # type: ignore[no-any-return]


def open_error(device: Device, error: Exception) -> str:
    """Return one sentence that explains why a device could not be opened, from a ``PortAudioError``."""
    name = printable(device.name)
    if _code(error) == _UNAVAILABLE:
        return f"The microphone '{name}' cannot be opened: another program is using it, or it was unplugged."
    return f"The microphone '{name}' cannot be opened: {_reason(error)}."


def _code(error: Exception) -> int | None:
    """Return the ``PaErrorCode`` of a ``PortAudioError``, its second argument."""
    return error.args[1] if len(error.args) > 1 else None


def _reason(error: Exception) -> str:
    """Return the message of the driver (the third argument), or else that of PortAudio."""
    if _code(error) == _HOST_ERROR and len(error.args) > 2 and error.args[2][2]:
        return printable(error.args[2][2]).strip().rstrip(".")
    return printable(str(error.args[0])).rpartition(": ")[2].rstrip(".")
