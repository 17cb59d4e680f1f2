"""Which microphone, and how it is recorded. Pure: ``portaudio`` knows what there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from theresa_client.errors import SourceError
from theresa_protocol.audio import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat
from theresa_protocol.text import printable

RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000)
"""What devices usually offer within the limits of the protocol, best first."""
LIST_HINT = "`theresa listen --list-devices` lists those there are"


@dataclass(frozen=True)
class Device:
    """A device that takes in sound. ``host`` is the system that it belongs to: ALSA, Core Audio and so on."""

    number: int
    name: str
    host: str
    rate_hz: int
    channels: int
    default: bool = False


def some(devices: Sequence[Device]) -> Sequence[Device]:
    """The devices. Raises ``SourceError`` where there is none."""
    if not devices:
        raise SourceError("There is no microphone: this machine has no device that takes in sound.")
    return devices


def choose(devices: Sequence[Device], wanted: str | None) -> Device:
    """The device with a number or a part of a name (the default one for ``None``). Raises ``SourceError``.

    A whole name counts more than a part of one. Windows shows each device once for each of its systems: among devices
    of the same name, the one that belongs to the system of the default device is meant.
    """
    default = next((device for device in some(devices) if device.default), None)
    if wanted is None:
        if default is None:
            raise SourceError(f"No microphone is the default one: name one with --device; {LIST_HINT}.")
        return default
    found = _matching(devices, wanted)
    if len({device.name for device in found}) == 1 and default is not None:
        found = [device for device in found if device.host == default.host] or found
    if not found:
        raise SourceError(f"There is no microphone '{printable(wanted)}': {LIST_HINT}.")
    if len(found) > 1:
        names = ", ".join(f"{device.number} ({printable(device.name)})" for device in found)
        raise SourceError(f"'{printable(wanted)}' may be any of the microphones {names}: give its number.")
    return found[0]


def _matching(devices: Sequence[Device], wanted: str) -> list[Device]:
    if wanted.isdecimal():
        return [device for device in devices if device.number == int(wanted)]
    part = wanted.casefold()
    whole = [device for device in devices if device.name.casefold() == part]
    return whole or [device for device in devices if part in device.name.casefold()]


def formats(device: Device, rate_hz: int | None = None) -> Iterator[AudioFormat]:
    """How a device may be recorded, best first: at ``rate_hz``, or else at its own rate, or else at another one.

    The server converts every rate, and better than most drivers do. Mono saves half of the line; two channels are what
    some devices insist on.
    """
    own = [device.rate_hz] if MIN_RATE_HZ <= device.rate_hz <= MAX_RATE_HZ else []
    rates = [rate_hz] if rate_hz else list(dict.fromkeys([*own, *RATES_HZ]))
    for rate in rates:
        for channels in range(1, MAX_CHANNELS + 1):
            yield AudioFormat(rate=rate, channels=channels)


def table(devices: Sequence[Device]) -> list[str]:
    """A line for each device below a line of headings; a star marks the default one."""
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
