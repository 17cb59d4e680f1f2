"""``theresa replay`` over a real socket: what is sent, shown and written, also if something fails."""

import asyncio
import io
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.client.peer import Peer, entities, entity, final, partial, serving
from tests.client.recordings import write
from theresa_client.cli.arguments.parser import parse
from theresa_client.cli.display.lines import LineOutput
from theresa_client.cli.replay import replay, stream_labels
from theresa_client.cli.streaming import StreamResult
from theresa_client.errors import ConnectionLost, OutputError, ServerError, SourceError
from theresa_client.pacing import Pacer
from theresa_client.transcript import Segment
from theresa_protocol.limits import Limits
from theresa_protocol.messages import Ack, Draining, End, Ended, EntitiesRequest, WarningMessage

Script = Callable[[Peer], Awaitable[None]]
CHEN = entity("PERSON", "陈静")


class Record(LineOutput):
    """Records everything that is shown."""

    def __init__(self) -> None:
        super().__init__(io.StringIO(), io.StringIO())
        self.texts: list[tuple[str, str, bool]] = []
        self.settled_texts: list[tuple[str, list[str]]] = []
        self.late: list[tuple[str, list[str]]] = []
        self.positions_ms: list[int] = []
        self.notices: list[str] = []
        self.durations_ms: dict[str, int | None] = {}
        self.over: list[str] = []

    def show_segment(self, label: str, segment: Segment) -> None:
        self.texts.append((label, segment.text, segment.final))

    def show_final(self, label: str, segment: Segment) -> None:
        self.settled_texts.append((segment.text, [entity.text for entity in segment.entities]))

    def show_late_entities(self, label: str, segment: Segment) -> None:
        self.late.append((segment.text, [entity.text for entity in segment.entities]))

    def show_progress(self, label: str, position_ms: int) -> None:
        self.positions_ms.append(position_ms)

    def show_notice(self, label: str, sentence: str) -> None:
        self.notices.append(sentence)

    def end_stream(self, label: str) -> None:
        self.over.append(label)


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    return write(tmp_path / "tone.wav", codec="pcm_s16le", seconds=1.0)


ONCE = ("--reconnect-s", "0")
"""The servers in these tests accept one connection."""


async def run(script: Script, *arguments: str | Path) -> tuple[list[StreamResult], Record]:
    shown = Record()
    async with serving(script) as url:
        options = await asyncio.to_thread(parse, ["replay", *ONCE, *map(str, arguments), "--url", url])
        outcomes = await replay(options, lambda _: shown)
    return outcomes, shown


def pcm_of(path: Path) -> bytes:
    """Return the last second of a 16 kHz mono WAV file."""
    return path.read_bytes()[-32_000:]


async def transcribe(peer: Peer) -> None:
    """Receive everything, then send two sentences and a segment without speech."""
    await peer.open()
    assert isinstance(await peer.next(), End)
    await peer.send(partial("你"), final("你好。"), final("", segment=1), final("Bye.", segment=2))
    await peer.send(Ended(audio_ms=1_000, segments=3))
    await peer.socket.close()


async def test_a_recording_is_sent_whole_and_its_text_shown(tone: Path) -> None:
    heard: list[bytes] = []

    async def script(peer: Peer) -> None:
        await transcribe(peer)
        heard.append(peer.audio)

    outcomes, shown = await run(script, tone, "--speed", "0")

    assert heard == [pcm_of(tone)]
    assert shown.texts == [("", "你", False), ("", "你好。", True), ("", "", True), ("", "Bye.", True)]
    assert outcomes == [StreamResult("", segments=2, audio_ms=1_000, error=None, entities=None)]


async def test_a_final_is_shown_with_its_entities(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        assert (await peer.open()).entities == EntitiesRequest()
        await peer.send(final("陈静。"), final("Bye.", segment=1))
        await peer.close(entities(CHEN), entities(segment=1))

    (outcome,), shown = await run(script, tone, "--speed", "0", "--entities")

    assert shown.settled_texts == [("陈静。", ["陈静"]), ("Bye.", [])]
    assert shown.late == []
    assert outcome.entities == (CHEN,)


async def test_a_final_is_shown_alone_if_its_entities_are_late(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("陈静。"))
        await settled.wait()
        await peer.close(entities(CHEN))

    settled = asyncio.Event()
    shown = Record()
    shown.show_final = lambda label, segment: settled.set()  # type: ignore[method-assign]
    async with serving(script) as url:
        options = await asyncio.to_thread(parse, ["replay", str(tone), "--speed", "0", "--entities", "--url", url])
        (outcome,) = await replay(options, lambda _: shown)

    assert outcome.error is None
    assert shown.late == [("陈静。", ["陈静"])]


async def test_finals_are_shown_before_the_warning_that_entities_are_unavailable(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("陈静。"), WarningMessage(code="entities_unavailable", message="None for now."))
        await noticed.wait()
        await peer.close()

    noticed = asyncio.Event()
    order: list[str] = []

    class Order(Record):
        def show_final(self, label: str, segment: Segment) -> None:
            order.append(segment.text)

        def show_notice(self, label: str, sentence: str) -> None:
            order.append(sentence)
            noticed.set()

    async with serving(script) as url:
        options = await asyncio.to_thread(parse, ["replay", str(tone), "--speed", "0", "--entities", "--url", url])
        await replay(options, lambda _: Order())

    assert order == ["陈静。", "None for now."]


async def test_a_pending_final_is_shown_if_the_connection_is_lost(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("kept"))
        peer.socket.transport.abort()

    (outcome,), shown = await run(script, tone, "--entities")

    assert isinstance(outcome.error, ConnectionLost)
    assert shown.settled_texts == [("kept", [])]


async def test_subtitles_and_text_have_no_entities(tone: Path, tmp_path: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.close(final("陈静。"), entities(CHEN))

    await run(script, tone, "--speed", "0", "--entities", "--srt", tmp_path / "a.srt", "--text", tmp_path / "a.txt")

    assert (tmp_path / "a.srt").read_text(encoding="utf-8") == "1\n00:00:00,200 --> 00:00:01,200\n陈静。\n"
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "陈静。\n"


async def test_start_declares_the_format_of_the_recording(tmp_path: Path) -> None:
    rates: list[tuple[int, int]] = []

    async def script(peer: Peer) -> None:
        audio = (await peer.open()).audio
        rates.append((audio.rate, audio.channels))
        await peer.close()

    await run(script, write(tmp_path / "a.wav", codec="pcm_s16le", rate=22_050, layout="stereo"), "--speed", "0")

    assert rates == [(22_050, 2)]


async def test_a_recording_is_sent_at_the_requested_pace(tone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits_s: list[float] = []

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)

    monkeypatch.setattr("theresa_client.cli.streaming.Pacer", lambda pace, _: Pacer(pace, lambda: 0.0, sleep))

    await run(transcribe, tone, "--speed", "4")

    assert max(waits_s) == pytest.approx(0.25, abs=0.1)  # when the last piece of a second may be out


async def test_unpaced_sending_waits_for_acks(tmp_path: Path) -> None:
    recording = write(tmp_path / "a.wav", codec="pcm_s16le", seconds=4)
    ahead: list[int] = []

    async def script(peer: Peer) -> None:
        await peer.open(Limits(max_ahead_ms=1_000))
        for second in range(1, 5):
            await peer.receive_audio(second * 32_000)
            ahead.append(len(peer.audio) - (second - 1) * 32_000)
            await peer.send(Ack(received=second * 16_000, committed=second * 16_000))
        await peer.close()

    outcomes, shown = await run(script, recording, "--speed", "0")

    assert outcomes[0].error is None
    assert max(ahead) <= 32_000
    assert shown.positions_ms[-1] == 4_000


async def test_the_files_are_written_at_the_end(tone: Path, tmp_path: Path) -> None:
    srt, vtt, text = (tmp_path / name for name in ("a.srt", "a.vtt", "a.txt"))

    await run(transcribe, tone, "--speed", "0", "--srt", srt, "--vtt", vtt, "--text", text)

    assert srt.read_text(encoding="utf-8").startswith("1\n00:00:00,200 --> 00:00:01,200\n你好。\n")
    assert vtt.read_text(encoding="utf-8").startswith("WEBVTT\n")
    assert text.read_text(encoding="utf-8") == "你好。\nBye.\n"


async def test_several_streams_have_names_and_files_of_their_own(tone: Path, tmp_path: Path) -> None:
    outcomes, shown = await run(transcribe, tone, "--speed", "0", "--streams", "2", "--text", tmp_path / "out.txt")

    assert {label for label, _, _ in shown.texts} == {"tone.1", "tone.2"}
    assert sorted(shown.over) == [outcome.label for outcome in outcomes] == ["tone.1", "tone.2"]
    for name in ("out.tone.1.txt", "out.tone.2.txt"):
        assert (tmp_path / name).read_text() == "你好。\nBye.\n"


async def test_other_streams_continue_if_one_fails(tone: Path) -> None:
    first = asyncio.Event()

    async def script(peer: Peer) -> None:
        if not first.is_set():
            first.set()
            await peer.open()
            return await peer.fail("internal", "Broken.", 1011)
        return await transcribe(peer)

    outcomes, _ = await run(script, tone, "--speed", "0", "--streams", "3")

    assert sorted(type(outcome.error).__name__ for outcome in outcomes) == ["NoneType", "NoneType", "ServerError"]
    assert sorted(outcome.segments for outcome in outcomes) == [0, 2, 2]


async def test_finals_before_a_lost_connection_are_in_the_file(tone: Path, tmp_path: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("Saved."), partial("not th", segment=1))
        peer.socket.transport.abort()

    (outcome,), _ = await run(script, tone, "--text", tmp_path / "a.txt")

    assert isinstance(outcome.error, ConnectionLost)
    assert (tmp_path / "a.txt").read_text() == "Saved.\n"


async def test_an_error_of_the_server_is_the_result(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.next()
        await peer.fail("unknown_language", "No Klingon here.", 4400)

    (outcome,), _ = await run(script, tone, "--language", "tlh")

    assert isinstance(outcome.error, ServerError)
    assert not outcome.error.in_session


async def test_a_file_that_cannot_be_written_is_an_error(tone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    async def script(peer: Peer) -> None:
        await peer.open()
        folder.rmdir()
        await peer.close(final("x"))

    (outcome,), _ = await run(script, tone, "--speed", "0", "--srt", folder / "a.srt")

    assert isinstance(outcome.error, OutputError)
    assert str(outcome.error) == f"Cannot write {folder / 'a.srt'}: No such file or directory."


async def test_nothing_is_sent_if_a_recording_cannot_be_read(tone: Path, tmp_path: Path) -> None:
    async def script(peer: Peer) -> None:
        raise AssertionError("it connected")

    with pytest.raises(SourceError, match="does not exist"):
        await run(script, tone, tmp_path / "missing.wav")


async def test_warnings_of_the_server_are_shown(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(WarningMessage(code="slow", message="I am slow."), Draining(deadline_ms=30_000))
        await peer.close()

    _, shown = await run(script, tone, "--speed", "0")

    assert shown.notices == ["I am slow.", "The server is shutting down; this session can continue for 30 s."]


async def test_one_interrupt_ends_the_audio_and_waits_for_the_last_finals(tmp_path: Path) -> None:
    recording = write(tmp_path / "long.wav", codec="pcm_s16le", seconds=30)
    sizes: list[int] = []

    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.receive_audio(2)
        os.kill(os.getpid(), signal.SIGINT)
        await peer.close(final("last words"))
        sizes.append(len(peer.audio))

    (outcome,), shown = await run(script, recording, "--text", tmp_path / "a.txt")

    assert outcome.error is None
    assert shown.notices == ["Stopping: waiting for the last finals. Press Ctrl-C again to quit at once."]
    assert (tmp_path / "a.txt").read_text() == "last words\n"
    assert sizes[0] < 30 * 32_000


async def test_two_interrupts_abort_and_keep_finals(tmp_path: Path) -> None:
    recording = write(tmp_path / "long.wav", codec="pcm_s16le", seconds=30)

    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("saved"))
        await peer.receive_audio(2)
        os.kill(os.getpid(), signal.SIGINT)
        assert isinstance(await peer.next(), End)
        os.kill(os.getpid(), signal.SIGINT)
        await peer.wait_closed()

    with pytest.raises(asyncio.CancelledError):
        await run(script, recording, "--text", tmp_path / "a.txt")
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()

    assert (tmp_path / "a.txt").read_text() == "saved\n"


@pytest.mark.parametrize(
    ("inputs", "streams", "labels"),
    [
        (("a.wav",), 1, [""]),
        (("x/a.wav", "b.mp3", "-"), 1, ["a", "b", "stdin"]),
        (("a.wav", "a.mp3", "b.wav"), 1, ["a.1", "a.2", "b"]),
        (("a.wav", "b.wav"), 2, ["a.1", "a.2", "b.1", "b.2"]),
        (("x/a.wav", "y/a.wav", "a.1.wav"), 1, ["a.2", "a.3", "a.1"]),
    ],
)
def test_streams_are_named_after_their_files(inputs: tuple[str, ...], streams: int, labels: list[str]) -> None:
    assert stream_labels(inputs, streams) == labels
