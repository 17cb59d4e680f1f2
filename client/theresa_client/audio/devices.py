"""Selects a microphone and its recording format. Pure: ``portaudio`` provides the devices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from theresa_client.errors import SourceError
from theresa_protocol.audio import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat
from theresa_protocol.text import printable

RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000)
"""Rates that devices usually support, within the limits of the protocol; best first."""
LIST_HINT = "run `theresa listen --list-devices` to list the microphones"


@dataclass(frozen=True)
class Device:
    """An audio input device."""

    number: int
    name: str
    host: str
    """The audio system it belongs to: ALSA, Core Audio and so on."""
    rate_hz: int
    channels: int
    default: bool = False


def require_devices(devices: Sequence[Device]) -> Sequence[Device]:
    """Return the devices.

    Raises:
        SourceError: if there is none.
    """
    if not devices:
        raise SourceError("No microphone found: this machine has no audio input device.")
    return devices


def choose_device(devices: Sequence[Device], wanted: str | None) -> Device:
    """Return the device with a number or part of a name; ``None`` selects the default device.

    An exact name takes precedence over part of a name. Windows lists each device once per audio system: among devices
    of the same name, the one in the audio system of the default device is used.

    Raises:
        SourceError: if no device matches, or several do.
    """
    default = next((device for device in require_devices(devices) if device.default), None)
    if wanted is None:
        if default is None:
            raise SourceError(f"There is no default microphone: choose one with --device; {LIST_HINT}.")
        return default
    found = _matching(devices, wanted)
    if len({device.name for device in found}) == 1 and default is not None:
        found = [device for device in found if device.host == default.host] or found
    if not found:
        raise SourceError(f"There is no microphone '{printable(wanted)}': {LIST_HINT}.")
    if len(found) > 1:
        names = ", ".join(f"{device.number} ({printable(device.name)})" for device in found)
        raise SourceError(f"'{printable(wanted)}' matches several microphones: {names}. Use the number instead.")
    return found[0]


def _matching(devices: Sequence[Device], wanted: str) -> list[Device]:
    if wanted.isdecimal():
        return [device for device in devices if device.number == int(wanted)]
    part = wanted.casefold()
    exact = [device for device in devices if device.name.casefold() == part]
    return exact or [device for device in devices if part in device.name.casefold()]


def recording_formats(device: Device, rate_hz: int | None = None) -> Iterator[AudioFormat]:
    """Yield the formats to try, best first: at ``rate_hz`` if given, else at the device's own rate, then at others.

    The server resamples, and better than most drivers. Mono halves the bandwidth; some devices support only stereo.
    """
    own = [device.rate_hz] if MIN_RATE_HZ <= device.rate_hz <= MAX_RATE_HZ else []
    rates = [rate_hz] if rate_hz else list(dict.fromkeys([*own, *RATES_HZ]))
    for rate in rates:
        for channels in range(1, MAX_CHANNELS + 1):
            yield AudioFormat(rate=rate, channels=channels)


def device_table(devices: Sequence[Device]) -> list[str]:
    """Return a table of the devices as lines, with a heading; a star marks the default device."""
    rows = [
        ("", "NUMBER", "NAME", "SYSTEM", "RATE", "CHANNELS"),
        *(
            (
                "*" if device.default else "",
                str(device.number),
                printable(device.name),
                device.host,
                f"{device.rate_hz} Hz",
                str(device.channels),
            )
            for device in devices
        ),
    ]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))
