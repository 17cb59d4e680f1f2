"""The native protocol over real sockets with the real model: what a session gives."""

from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import pytest
import soxr

from tests.serving import Peer, RunningServer, calling, read, transcribe
from theresa_protocol.audio import AudioFormat
from theresa_protocol.messages import (
    Ack,
    End,
    Ended,
    Endpointing,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Partial,
    Speech,
    Start,
    Started,
    Stats,
    Update,
    Updated,
)
from theresa_server.audio.pcm import Pcm

LANGUAGES = pytest.mark.parametrize(("name", "language"), [("english", "en"), ("mandarin", "zh")])
SECOND = 16_000


def text(peer: Peer) -> str:
    return " ".join(final.text for final in peer.all(Final))


@LANGUAGES
async def test_every_segment_of_a_recording_gets_a_final(server: RunningServer, name: str, language: str) -> None:
    peer = await transcribe(server, read(name))
    finals = peer.all(Final)
    assert len(finals) >= 2
    assert {final.language for final in finals} == {language}


@pytest.mark.slow
@LANGUAGES
async def test_the_stable_part_of_partials_never_changes(server: RunningServer, name: str, language: str) -> None:
    async with calling(server) as peer:
        await peer.say(Start(language=language))
        await peer.talk(read(name)[: 8 * SECOND], speed=4)
        await peer.hear(Partial)
        await peer.say(End())
        await peer.goodbye()
    partials = peer.all(Partial)
    assert partials
    for before, after in pairwise(partials):
        if before.segment == after.segment:
            assert after.rev > before.rev
            assert after.stable >= before.stable
            assert after.text.startswith(before.text[: before.stable])


async def test_no_partials_where_none_are_wanted(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(partials=False))
        await peer.talk(read("english")[: 5 * SECOND], speed=4)
        await peer.say(End())
        await peer.goodbye()
    assert peer.all(Final)
    assert not peer.all(Partial)


async def test_messages_are_numbered_without_a_gap(server: RunningServer) -> None:
    peer = await transcribe(server, read("english"))
    assert [message.seq for message in peer.all(object)] == list(range(1, len(peer.messages) + 1))


async def test_finals_follow_one_another_and_stay_within_the_audio(server: RunningServer) -> None:
    audio = read("both")
    finals = (await transcribe(server, audio)).all(Final)
    through = [0, *(final.through for final in finals)]
    assert through == sorted(through)
    assert through[-1] <= audio.size
    assert [final.segment for final in finals] == sorted({final.segment for final in finals})
    assert all(final.start_ms < final.end_ms <= audio.size // 16 for final in finals)


async def test_a_speaker_may_change_the_language(server: RunningServer) -> None:
    finals = (await transcribe(server, read("both"))).all(Final)
    assert {final.language for final in finals} == {"en", "zh"}


async def test_the_goodbye_counts_audio_and_segments(server: RunningServer) -> None:
    audio = read("mandarin")
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.speak(audio)
        await peer.say(End())
        assert await peer.goodbye() == (1000, "")
    ended = peer.messages[-1]
    assert isinstance(ended, Ended)
    assert (ended.audio_ms, ended.segments) == (audio.size // 16, len(peer.all(Final)))


async def test_the_last_words_are_not_lost_at_the_end(server: RunningServer) -> None:
    """The audio stops in mid-speech, without any silence behind it."""
    audio = read("english")
    first = (await transcribe(server, audio)).all(Final)[0]
    cut = audio[: (first.end_ms - 300) * 16]
    finals = (await transcribe(server, cut)).all(Final)
    assert [final.reason for final in finals] == ["end"]
    assert finals[0].text.split()[:3] == first.text.split()[:3]


async def test_a_flush_is_answered_by_the_finals_of_all_before_it(server: RunningServer) -> None:
    audio = read("english")
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.speak(audio[: 3 * SECOND])
        await peer.say(Flush(id="now"))
        flushed = await peer.hear(Flushed)
        assert (flushed.id, flushed.through) == ("now", 3 * SECOND)
        assert peer.all(Final)[-1].reason == "flush"
        await peer.speak(audio[3 * SECOND :])
        await peer.say(End())
        await peer.goodbye()
    assert len(peer.all(Final)) > 1


async def test_acks_tell_what_was_received_and_what_is_settled(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.speak(np.zeros(6 * SECOND, np.int16))
        ack = await peer.hear(Ack)
        assert ack.received == 6 * SECOND
        assert 0 < ack.committed <= ack.received


async def test_statistics_follow_acks_where_they_are_asked_for(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(stats=True))
        await peer.talk(read("english")[: 4 * SECOND], speed=4)
        stats = await peer.hear(Stats)
    assert isinstance(peer.messages[-2], Ack)
    assert stats.lag_ms >= 0
    assert stats.degraded in ("none", "slower_partials")


async def test_the_last_statistics_tell_what_was_heard(server: RunningServer) -> None:
    busy = np.tile(np.repeat([8_000, 0], SECOND // 2) * np.sin(np.arange(SECOND) * 0.17), 4).astype(np.int16)
    heard = []
    for threshold in (0.5, 0):
        async with calling(server) as peer:
            await peer.say(Start(stats=True, endpointing=Endpointing(voice_threshold=threshold)))
            await peer.speak(busy)
            await peer.say(End())
            await peer.hear(Ended)
            heard.append(peer.all(Stats)[-1])
    confirmed, alone = heard
    assert (confirmed.vad, confirmed.voice_ms, alone.vad) == ("two-stage", 0, "webrtc")
    assert confirmed.sound_ms > 1_000
    assert alone.voice_ms == alone.sound_ms > 1_000


async def test_an_update_is_answered_with_the_new_configuration(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(language="en"), Update(language="zh", endpointing=Endpointing(silence_ms=300)))
        updated = await peer.hear(Updated)
    assert (updated.configuration.language, updated.configuration.endpointing.silence_ms) == ("zh", 300)


async def test_an_update_that_cannot_be_met_changes_nothing_and_ends_nothing(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(language="en"), Update(language="xx"), Update())
        error = await peer.hear(ErrorMessage)
        assert (error.code, error.fatal, error.param) == ("unknown_language", False, "$.language")
        assert (await peer.hear(Updated)).configuration.language == "en"


async def test_started_tells_the_limits_and_the_configuration_in_force(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(endpointing=Endpointing(onset_ms=60)))
        started = await peer.hear(Started)
    assert started.limits == server.server.service.config.limits
    assert started.configuration.endpointing.onset_ms == 60
    assert started.models.transcriber == "demo"
    assert len(started.token) >= 32


@LANGUAGES
async def test_words_are_found_at_their_place_in_the_text(server: RunningServer, name: str, language: str) -> None:
    finals = (await transcribe(server, read(name), Start(words=True, language=language))).all(Final)
    for final in finals:
        assert all(final.text[word.from_ : word.to] == word.text for word in final.words)
        times = [time for word in final.words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert final.start_ms <= times[0] <= times[-1] <= final.end_ms


async def test_a_short_endpoint_silence_makes_more_segments(server: RunningServer) -> None:
    audio = read("english")
    short = await transcribe(server, audio, Start(endpointing=Endpointing(silence_ms=200)))
    long = await transcribe(server, audio, Start(endpointing=Endpointing(silence_ms=3_000)))
    assert len(short.all(Speech)) > len(long.all(Speech))


async def test_a_long_speech_is_split_at_the_limit(server: RunningServer) -> None:
    start = Start(endpointing=Endpointing(silence_ms=5_000, max_segment_ms=5_000))
    finals = (await transcribe(server, read("english"), start)).all(Final)
    assert "limit" in [final.reason for final in finals]
    assert all(final.end_ms - final.start_ms <= 5_000 for final in finals)


async def test_nothing_is_said_on_silence_and_noise(server: RunningServer) -> None:
    noise = np.random.default_rng(1).normal(0, 300, 20 * SECOND).astype(np.int16)
    noise[: 10 * SECOND] = 0
    peer = await transcribe(server, noise)
    assert not peer.all(Partial, Final)


async def test_two_sessions_at_once_get_each_its_own_text(server: RunningServer) -> None:
    english, mandarin = read("english"), read("mandarin")
    alone = [text(await transcribe(server, audio)) for audio in (english, mandarin)]
    async with calling(server) as first, calling(server) as second:
        await first.say(Start())
        await second.say(Start())
        for at in range(0, max(english.size, mandarin.size), SECOND):
            for peer, audio in ((first, english), (second, mandarin)):
                await peer.say(audio[at : at + SECOND].tobytes())
        for peer in (first, second):
            await peer.say(End())
            await peer.goodbye()
    assert [text(first), text(second)] == alone


def as_mulaw(pcm: Pcm) -> bytes:
    """G.711 µ-law by its formula."""
    x = pcm / 32768
    y = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
    code = np.clip(np.round(np.abs(y) * 127), 0, 127).astype(np.uint8)
    return np.where(y < 0, 127 - code, 255 - code).astype(np.uint8).tobytes()


@pytest.mark.parametrize(
    ("audio_format", "convert"),
    [
        (AudioFormat(encoding="pcm_f32le"), lambda pcm: (pcm / 32768).astype("<f4").tobytes()),
        (AudioFormat(rate=48_000, channels=2), lambda pcm: np.repeat(soxr.resample(pcm, 16_000, 48_000), 2).tobytes()),
        (AudioFormat(rate=44_100), lambda pcm: soxr.resample(pcm, 16_000, 44_100).tobytes()),
        (AudioFormat(encoding="mulaw"), as_mulaw),
    ],
    ids=["f32le", "48k-stereo", "44.1k", "mulaw"],
)
async def test_every_audio_format_says_the_same(
    server: RunningServer, audio_format: AudioFormat, convert: Callable[[Pcm], bytes]
) -> None:
    audio = read("mandarin")
    data = convert(audio)
    async with calling(server) as peer:
        await peer.say(Start(audio=audio_format))
        step = audio_format.sample_bytes * 1_000
        for at in range(0, len(data), step):
            await peer.say(data[at : at + step])
        await peer.say(End())
        await peer.goodbye()
    expected = await transcribe(server, audio)
    assert SequenceMatcher(None, text(peer), text(expected)).ratio() > 0.8
