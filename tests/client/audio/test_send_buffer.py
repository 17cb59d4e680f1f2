"""The send buffer is bounded and preserves the position of every sample."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_client.audio.send_buffer import SendBuffer
from theresa_protocol.audio import AudioFormat

MONO = AudioFormat(rate=8_000)
LIMIT_MS = 1
"""Eight samples."""


def everything(buffer: SendBuffer, step: int = 3) -> bytes:
    pieces = []
    while piece := buffer.take(step):
        pieces.append(piece)
    return b"".join(pieces)


def test_audio_is_taken_in_order_in_pieces_of_any_size() -> None:
    buffer = SendBuffer(MONO, LIMIT_MS)
    buffer.append(b"aabb")
    buffer.append(b"ccddee")
    assert [buffer.take(3), buffer.take(3), buffer.take(3)] == [b"aabbcc", b"ddee", b""]


def test_silence_replaces_lost_audio() -> None:
    buffer = SendBuffer(MONO, LIMIT_MS)
    buffer.append(b"aa")
    buffer.append_silence(2)
    buffer.append(b"bb")
    assert everything(buffer) == b"aa\0\0\0\0bb"
    assert buffer.lost == 2


def test_a_full_buffer_replaces_the_newest_audio() -> None:
    buffer = SendBuffer(MONO, LIMIT_MS)
    assert buffer.append(b"aa" * 8)
    assert not buffer.append(b"bb")
    buffer.take(4)
    assert buffer.append(b"cc" * 4)
    assert everything(buffer) == b"aa" * 4 + b"\0\0" + b"cc" * 4


def test_silence_takes_no_space() -> None:
    buffer = SendBuffer(MONO, LIMIT_MS)
    buffer.append_silence(1_000_000)
    assert buffer.append(b"aa" * 8)
    assert buffer.waiting == 1_000_008


actions = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 6)),
        st.tuples(st.just("lose"), st.integers(0, 9)),
        st.tuples(st.just("take"), st.integers(1, 7)),
    ),
    max_size=40,
)


@given(actions, st.sampled_from([1, 2]))
def test_every_sample_keeps_its_position(actions: list[tuple[str, int]], channels: int) -> None:
    audio = AudioFormat(rate=8_000, channels=channels)
    buffer = SendBuffer(audio, LIMIT_MS)
    said, sent = b"", b""
    for number, (action, samples) in enumerate(actions, start=1):
        if action == "take":
            sent += buffer.take(samples)
            continue
        pcm = (bytes([number]) if action == "say" else b"\0") * (samples * audio.sample_bytes)
        kept = buffer.append(pcm) if action == "say" else buffer.append_silence(samples)
        said += pcm if kept else bytes(len(pcm))
    sent += everything(buffer)

    assert sent == said
    assert buffer.waiting == 0
