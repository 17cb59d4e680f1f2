"""Selecting, recording and listing microphones."""

import pytest
from rich.cells import cell_len

from theresa_client.audio.devices import Device, choose_device, device_table, recording_formats
from theresa_client.errors import SourceError
from theresa_protocol.audio import AudioFormat

BUILT_IN = Device(0, "Built-in Microphone", "MME", 44_100, 2, default=True)
HEADSET = Device(3, "USB Headset", "MME", 48_000, 1)
HEADSET_AGAIN = Device(7, "USB Headset", "Windows WASAPI", 48_000, 1)
DESK = Device(9, "桌面麦克风", "Windows WASAPI", 96_000, 2)
ALL = [BUILT_IN, HEADSET, HEADSET_AGAIN, DESK]


def test_no_name_selects_the_default_device() -> None:
    assert choose_device(ALL, None) is BUILT_IN


@pytest.mark.parametrize(
    ("wanted", "device"),
    [
        ("9", DESK),
        ("7", HEADSET_AGAIN),
        ("built", BUILT_IN),
        ("桌面", DESK),
        ("usb", HEADSET),
        ("USB HEADSET", HEADSET),
    ],
)
def test_a_device_is_selected_by_number_or_part_of_its_name(wanted: str, device: Device) -> None:
    assert choose_device(ALL, wanted) is device


def test_an_exact_name_takes_precedence_over_part_of_a_name() -> None:
    mic, mic_2 = Device(0, "mic", "ALSA", 48_000, 1), Device(1, "mic 2", "ALSA", 48_000, 1)
    assert choose_device([mic_2, mic], "Mic") is mic


@pytest.mark.parametrize(
    ("devices", "wanted", "sentence"),
    [
        ([], None, "No microphone found: this machine has no audio input device."),
        (ALL, "x", "There is no microphone 'x': run `theresa listen --list-devices` to list the microphones."),
        (ALL, "4", "There is no microphone '4': run `theresa listen --list-devices` to list the microphones."),
        (
            ALL,
            "u",
            "'u' matches several microphones: 0 (Built-in Microphone), 3 (USB Headset), 7 (USB Headset). "
            "Use the number instead.",
        ),
        (
            [HEADSET],
            None,
            "There is no default microphone: choose one with --device; run `theresa listen --list-devices` to list the "
            "microphones.",
        ),
    ],
)
def test_no_match_and_several_matches_are_errors(devices: list[Device], wanted: str | None, sentence: str) -> None:
    with pytest.raises(SourceError) as raised:
        choose_device(devices, wanted)
    assert str(raised.value) == sentence


def test_a_device_is_recorded_at_its_own_rate_in_mono_or_else_in_stereo() -> None:
    first, second, *_ = recording_formats(BUILT_IN)
    assert (first, second) == (AudioFormat(rate=44_100), AudioFormat(rate=44_100, channels=2))


def test_a_device_whose_rate_is_too_high_is_recorded_at_the_highest_it_can_do() -> None:
    first, *_ = recording_formats(DESK)
    assert first == AudioFormat(rate=48_000)


def test_a_requested_rate_is_the_only_one_tried() -> None:
    assert {audio.rate for audio in recording_formats(DESK, 22_050)} == {22_050}


def test_the_table_has_a_line_for_each_device_and_a_star_for_the_default_one() -> None:
    assert device_table([BUILT_IN, HEADSET]) == [
        "   NUMBER  NAME                 SYSTEM  RATE      CHANNELS",
        "*  0       Built-in Microphone  MME     44100 Hz  2",
        "   3       USB Headset          MME     48000 Hz  1",
    ]


def test_columns_are_aligned_in_every_script() -> None:
    _, english, chinese = device_table([BUILT_IN, DESK])
    assert cell_len(english.partition("MME")[0]) == cell_len(chinese.partition("Windows")[0])
