"""Named entities in the stream, from a real model in its own process: what is found, when, and what an outage costs."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.semantics import check_entities
from tests.serving import SAMPLES, Peer, RunningServer, calling, process, read, serving, transcribe
from theresa_protocol.messages import (
    End,
    Ended,
    Entities,
    EntitiesRequest,
    Final,
    Flush,
    Flushed,
    OffsetUnit,
    Start,
    Started,
    Term,
    WarningMessage,
)
from theresa_server.entities.service import EntityService
from theresa_server.serving import startup
from theresa_server.serving.config import ServerConfig

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLES.parent / "entities" / "model.pt").is_file() or find_spec("hanlp") is None,
        reason="needs the demo entity model and HanLP: pip install 'theresa[entities]'",
    ),
]

ALL = Start(entities=EntitiesRequest())
UNSEARCHED, SEARCHED = Start(partials=False), Start(partials=False, entities=EntitiesRequest())
"""Without partials, a final depends on the audio alone, not on when it came: its text can be compared."""
NAMED = {
    "english": [
        ("PERSON", "Alice Johnson"),
        ("LOCATION", "London"),
        ("ORGANIZATION", "Acme Corporation"),
        ("PERSON", "David Miller"),
        ("DATE", "Monday"),
        ("TIME", "5 o'clock"),
        ("ORGANIZATION", "Sunrise Airlines"),
        ("MONEY", "25 million dollars"),
        ("ORGANIZATION", "Blue River Bank"),
    ],
    "mandarin": [
        ("PERSON", "王小明"),
        ("LOCATION", "北京"),
        ("PERSON", "李华"),
        ("LOCATION", "上海"),
        ("ORGANIZATION", "东方银行"),
        ("DATE", "星期三"),
        ("TIME", "下午3点"),
        ("ORGANIZATION", "蓝天航空"),
        ("ORGANIZATION", "华星科技"),
        ("MONEY", "25万元"),
    ],
    "both": [
        ("ORGANIZATION", "Orion Systems"),
        ("LOCATION", "Shanghai"),
        ("DATE", "Friday"),
        ("PERSON", "陈静"),
        ("LOCATION", "深圳"),
        ("ORGANIZATION", "华星科技"),
        ("PERSON", "Maria Garcia"),
        ("DATE", "Monday"),
    ],
}
"""Whom and what the samples mention."""
WORKER = "theresa_server.entities.hanlp.worker"


@pytest.fixture(scope="module")
def server(entity_server: RunningServer) -> RunningServer:
    return entity_server


@pytest.fixture(scope="module")
def impatient() -> Iterator[RunningServer]:
    """A server of its own that takes a worker which is silent for two seconds for hanging."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(startup, "EntityService", partial(EntityService, reply_timeout_s=2.0, stall_timeout_s=120.0))
        with serving(ServerConfig(port=0, entities="demo")) as running:
            yield running


def worker(server: RunningServer) -> int:
    entities = server.server.service.entities
    assert entities is not None
    assert entities.worker_pid is not None
    return entities.worker_pid


def last(peer: Peer) -> list[Entities]:
    return [message for message in peer.all(Entities) if message.final]


@pytest.mark.parametrize("unit", ["codepoint", "utf16"])
@pytest.mark.parametrize("name", NAMED)
async def test_the_model_finds_whom_and_what_a_sample_mentions(
    server: RunningServer, name: str, unit: OffsetUnit
) -> None:
    peer = await transcribe(server, read(name), Start(entities=EntitiesRequest(), offset_unit=unit))
    check_entities(peer.messages, unit)
    assert not peer.all(WarningMessage)
    assert isinstance(peer.messages[-1], Ended)
    found = [(item.label, item.text) for message in last(peer) for item in message.items]
    missed = [mention for mention in NAMED[name] if mention not in found]
    assert len(missed) <= 1, f"missed {missed} in {found}"
    assert len([mention for mention in found if mention not in NAMED[name]]) <= 2, found


@pytest.mark.parametrize("name", NAMED)
async def test_an_entity_lies_in_the_sentence_that_mentions_it(server: RunningServer, name: str) -> None:
    index = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    sentences = next(entry["sentences"] for entry in index if entry["file"] == f"{name}.flac")
    peer = await transcribe(server, read(name), ALL)
    placed = 0
    for item in (item for message in last(peer) for item in message.items):
        homes = [sentence for sentence in sentences if item.text in sentence["text"]]
        placed += bool(homes)
        assert not homes or any(_within(item, sentence) for sentence in homes), item
    assert placed >= len(NAMED[name]) - 1


def _within(item: Any, sentence: dict[str, Any]) -> bool:
    """Within a sentence, give or take what a segment takes along before and behind it."""
    return bool(sentence["start_ms"] - 500 <= item.start_ms <= item.end_ms <= sentence["end_ms"] + 700)


async def test_the_model_at_work_is_named(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(ALL)
        assert (await peer.hear(Started)).models.entities == "demo"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_server_without_options_looks_for_entities_and_leaves_no_process_behind() -> None:
    """The demo entities go with the demo speech; a server that is killed takes its worker with it."""
    with process("--entities", "auto") as (server, _):
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="utf-8").split()
        workers = [pid for pid in children if WORKER in _command(pid)]
        assert len(workers) == 1
        server.kill()
        server.wait(30)
    for _ in range(300):
        if WORKER not in _command(workers[0]):
            return
        time.sleep(0.1)
    pytest.fail("the worker has outlived its server")


def _command(pid: str) -> str:
    """The command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


async def test_a_term_of_the_session_wins_over_the_model(server: RunningServer) -> None:
    request = EntitiesRequest(terms=(Term(text="东方银行工作", label="JOB"),))
    peer = await transcribe(server, read("mandarin"), Start(entities=request))
    found = [(item.label, item.text, item.source_label) for message in last(peer) for item in message.items]
    assert ("JOB", "东方银行工作", None) in found
    assert not any(text == "东方银行" for _, text, _ in found)


async def test_only_the_labels_asked_for_come(server: RunningServer) -> None:
    peer = await transcribe(server, read("both"), Start(entities=EntitiesRequest(labels=("PERSON",))))
    assert {item.label for message in peer.all(Entities) for item in message.items} == {"PERSON"}


async def test_entities_of_growing_text_come_before_its_final(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(ALL)
        await peer.talk(read("mandarin")[: 11 * 16_000], speed=2)
        await peer.say(End())
        await peer.goodbye()
    check_entities(peer.messages, "codepoint")
    assert any(not message.final and message.items for message in peer.all(Entities))


async def test_transcripts_are_the_same_with_and_without_entities(server: RunningServer) -> None:
    plain, searched = [await transcribe(server, read("both"), start) for start in (UNSEARCHED, SEARCHED)]
    assert [final.text for final in plain.all(Final)] == [final.text for final in searched.all(Final)]


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
async def test_when_the_worker_fails_nothing_is_lost(impatient: RunningServer, blow: signal.Signals) -> None:
    """It dies or hangs while two speak: every transcript comes, and every list once the worker is back."""
    undisturbed = await transcribe(impatient, read("mandarin"), UNSEARCHED)
    async with calling(impatient) as one, calling(impatient) as other:
        for peer in (one, other):
            await peer.say(SEARCHED)
            await peer.hear(Started)
        await asyncio.gather(*(peer.speak(read("mandarin")[: 11 * 16_000]) for peer in (one, other)))
        await one.hear(Final)
        first = worker(impatient)
        os.kill(first, blow)
        for peer in (one, other):
            await peer.speak(read("mandarin")[11 * 16_000 :])
            await peer.say(Flush())
            await peer.hear(Flushed)
            await _until(peer, _all_searched)
            await peer.say(End())
            assert (await peer.goodbye())[0] == 1000
    assert worker(impatient) != first
    for peer in (one, other):
        check_entities(peer.messages, "codepoint")
        assert [final.text for final in peer.all(Final)] == [final.text for final in undisturbed.all(Final)]
        assert _all_searched(peer)
        assert isinstance(peer.messages[-1], Ended)
        assert not peer.all(WarningMessage)


def _all_searched(peer: Peer) -> bool:
    return [message.segment for message in last(peer)] == [final.segment for final in peer.all(Final)]


async def _until(peer: Peer, done: Callable[[Peer], bool]) -> None:
    while not done(peer):
        await peer.hear(Entities)
