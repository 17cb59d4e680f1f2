"""The queue between the driver's thread and the event loop."""

import threading

from theresa_client.audio.capture_queue import LIMIT_MS, Block, CaptureQueue
from theresa_protocol.audio import AudioFormat

AUDIO = AudioFormat(rate=8_000)
SECOND = bytes(16_000)


def capture_queue() -> CaptureQueue:
    return CaptureQueue(AUDIO, lambda: None)


def test_blocks_come_out_in_order_and_once() -> None:
    queue = capture_queue()
    queue.put(b"aa", 0, overflow=False)
    queue.put(b"bb", 0, overflow=False)
    assert queue.take() == [Block(b"aa"), Block(b"bb")]
    assert queue.take() == []


def test_the_loop_is_woken_for_each_block() -> None:
    woken: list[int] = []
    queue = CaptureQueue(AUDIO, lambda: woken.append(1))
    queue.put(b"aa", 0, overflow=False)
    queue.put(b"bb", 0, overflow=False)
    assert len(woken) == 2


def test_the_device_clock_shows_how_much_audio_was_lost() -> None:
    queue = capture_queue()
    queue.put(SECOND, 100.0, overflow=False)
    queue.put(b"aa", 101.5, overflow=True)
    assert [block.missing for block in queue.take()] == [0, 4_000]


def test_clock_jitter_is_ignored_without_an_overflow() -> None:
    queue = capture_queue()
    queue.put(SECOND, 100.0, overflow=False)
    queue.put(b"aa", 101.5, overflow=False)
    assert [block.missing for block in queue.take()] == [0, 0]


def test_an_implausible_clock_is_ignored() -> None:
    queue = capture_queue()
    queue.put(SECOND, 100.0, overflow=False)
    queue.put(b"aa", 0.0, overflow=True)
    queue.put(b"bb", 9_999.0, overflow=True)
    assert [block.missing for block in queue.take()] == [0, 0, 0]


def test_audio_beyond_the_limit_is_missing_before_the_next_block() -> None:
    queue = capture_queue()
    for _ in range(LIMIT_MS // 1_000 + 3):
        queue.put(SECOND, 0, overflow=False)
    assert len(queue.take()) == LIMIT_MS // 1_000
    queue.put(b"aa", 0, overflow=False)
    assert queue.take() == [Block(b"aa", missing=3 * 8_000)]


def test_a_thread_that_puts_and_one_that_takes_lose_nothing() -> None:
    queue = capture_queue()
    putting = threading.Thread(
        target=lambda: [queue.put(number.to_bytes(2, "little"), 0, overflow=False) for number in range(20_000)]
    )
    putting.start()
    found: list[Block] = []
    while len(found) < 20_000:
        found += queue.take()
    putting.join()
    assert [int.from_bytes(block.pcm, "little") for block in found] == list(range(20_000))
