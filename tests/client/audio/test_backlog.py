"""What waits to be sent: bounded, and as long as what was said."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_client.audio.backlog import Backlog
from theresa_protocol.audio import AudioFormat

MONO = AudioFormat(rate=8_000)
LIMIT_MS = 1
"""Eight samples."""


def everything(backlog: Backlog, step: int = 3) -> bytes:
    pieces = []
    while piece := backlog.take(step):
        pieces.append(piece)
    return b"".join(pieces)


def test_what_was_said_comes_out_in_order_in_pieces_of_any_size() -> None:
    backlog = Backlog(MONO, LIMIT_MS)
    backlog.append(b"aabb")
    backlog.append(b"ccddee")
    assert [backlog.take(3), backlog.take(3), backlog.take(3)] == [b"aabbcc", b"ddee", b""]


def test_silence_stands_for_what_is_lost() -> None:
    backlog = Backlog(MONO, LIMIT_MS)
    backlog.append(b"aa")
    backlog.lose(2)
    backlog.append(b"bb")
    assert everything(backlog) == b"aa\0\0\0\0bb"
    assert backlog.lost == 2


def test_the_newest_sound_is_what_does_not_fit() -> None:
    backlog = Backlog(MONO, LIMIT_MS)
    assert backlog.append(b"aa" * 8)
    assert not backlog.append(b"bb")
    backlog.take(4)
    assert backlog.append(b"cc" * 4)
    assert everything(backlog) == b"aa" * 4 + b"\0\0" + b"cc" * 4


def test_silence_takes_no_room() -> None:
    backlog = Backlog(MONO, LIMIT_MS)
    backlog.lose(1_000_000)
    assert backlog.append(b"aa" * 8)
    assert backlog.waiting == 1_000_008


actions = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 6)),
        st.tuples(st.just("lose"), st.integers(0, 9)),
        st.tuples(st.just("take"), st.integers(1, 7)),
    ),
    max_size=40,
)


@given(actions, st.sampled_from([1, 2]))
def test_whatever_happens_every_sample_keeps_its_place(actions: list[tuple[str, int]], channels: int) -> None:
    audio = AudioFormat(rate=8_000, channels=channels)
    backlog = Backlog(audio, LIMIT_MS)
    said, sent = b"", b""
    for number, (action, samples) in enumerate(actions, start=1):
        if action == "take":
            sent += backlog.take(samples)
            continue
        pcm = (bytes([number]) if action == "say" else b"\0") * (samples * audio.sample_bytes)
        kept = backlog.append(pcm) if action == "say" else backlog.lose(samples)
        said += pcm if kept else bytes(len(pcm))
    sent += everything(backlog)

    assert sent == said
    assert backlog.waiting == 0
