"""Conversions between samples, bytes and milliseconds."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.audio import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, SAMPLE_BYTES, AudioFormat, AudioParameters

from .strategies import messages_of

formats = messages_of(AudioFormat)
chunks = st.lists(st.integers(0, MAX_RATE_HZ * 10), max_size=50)


def test_the_default_format_is_that_of_whisper():
    assert AudioFormat() == AudioFormat(encoding="pcm_s16le", rate=16_000, channels=1)


@pytest.mark.parametrize(
    ("encoding", "channels", "size"),
    [
        ("pcm_s16le", 1, 2),
        ("pcm_s16le", 2, 4),
        ("pcm_f32le", 1, 4),
        ("pcm_f32le", 2, 8),
        ("mulaw", 1, 1),
        ("alaw", 2, 2),
    ],
)
def test_a_sample_is_one_value_of_every_channel(encoding, channels, size):
    assert AudioFormat(encoding=encoding, channels=channels).sample_bytes == size


def test_every_encoding_has_a_size():
    declared = {type_.encoding for type_ in (AudioFormat(encoding=name) for name in SAMPLE_BYTES)}
    schema = msgspec.json.schema(AudioFormat)["$defs"]["AudioFormat"]
    assert declared == set(schema["properties"]["encoding"]["enum"])


def test_a_second_is_as_many_samples_as_the_rate():
    assert AudioFormat(rate=44_100).samples(1000) == 44_100
    assert AudioFormat(rate=44_100).milliseconds(44_100) == 1000


@given(formats, chunks)
def test_samples_counted_frame_by_frame_are_those_of_all_bytes_together(audio, split):
    frames = [part * audio.sample_bytes for part in split]
    assert sum(frame // audio.sample_bytes for frame in frames) == sum(frames) // audio.sample_bytes


@given(formats, chunks)
def test_times_never_run_backwards_as_audio_grows(audio, split):
    positions = [audio.milliseconds(sum(split[:count])) for count in range(len(split) + 1)]
    assert positions == sorted(positions)


@given(formats, chunks)
def test_times_of_parts_fall_short_of_the_whole_by_less_than_one_each(audio, split):
    lost = audio.milliseconds(sum(split)) - sum(audio.milliseconds(part) for part in split)
    assert 0 <= lost <= len(split)


@given(formats, st.integers(0, 2**40))
def test_a_time_turned_into_samples_and_back_loses_less_than_a_millisecond(audio, milliseconds):
    back = audio.milliseconds(audio.samples(milliseconds))
    assert milliseconds - 1 <= back <= milliseconds


@given(formats, st.integers(0, 2**40))
def test_samples_in_a_time_are_whole_and_as_many_as_fit(audio, milliseconds):
    samples = audio.samples(milliseconds)
    assert samples * 1000 <= milliseconds * audio.rate < (samples + 1) * 1000


@pytest.mark.parametrize("rate", [MIN_RATE_HZ, MAX_RATE_HZ])
@pytest.mark.parametrize("channels", [1, MAX_CHANNELS])
def test_formats_at_the_limits_are_allowed(rate, channels):
    text = msgspec.json.encode({"rate": rate, "channels": channels})
    assert msgspec.json.decode(text, type=AudioFormat) == AudioFormat(rate=rate, channels=channels)


@pytest.mark.parametrize(
    "fields",
    [
        {"rate": MIN_RATE_HZ - 1},
        {"rate": MAX_RATE_HZ + 1},
        {"channels": 0},
        {"channels": MAX_CHANNELS + 1},
        {"encoding": "opus"},
        {"bits": 16},
    ],
)
def test_formats_beyond_the_limits_are_refused(fields):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, AudioFormat)


def test_a_server_may_add_fields_to_audio():
    assert msgspec.convert({"rate": 8000, "bits": 16}, AudioParameters) == AudioParameters(rate=8000)
