"""The entities of one session, from a service that is slow, fails, or finds nothing."""

import asyncio
import re
from collections.abc import Hashable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.semantics import check_entities
from theresa_protocol.messages import (
    AnyServerMessage,
    Ended,
    Entities,
    EntitiesOptions,
    Final,
    OffsetUnit,
    Partial,
    WarningMessage,
)
from theresa_server.entities.backlog import EntityPriority
from theresa_server.entities.ports import Annotation, Argument, EntityError, EntitySpan
from theresa_server.entities.search import EntitySearch
from theresa_server.entities.service import EntityService
from theresa_server.entities.timing import Timeline
from theresa_server.sessions import annotator
from theresa_server.sessions.annotator import Annotator
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.entity_query import EntityQuery
from theresa_server.sessions.rendering import offset
from theresa_server.sessions.settings import EntitySettings

PLAIN = EntitySettings(options=EntitiesOptions(), final_search=EntitySearch(), partial_search=EntitySearch())
RELATIONS = EntitySettings(
    options=EntitiesOptions(relations=True), final_search=EntitySearch(relations=True), partial_search=EntitySearch()
)
FAILS = -1
NEVER = 10_000_000


class ScriptedService(EntityService):
    """Labels every word as a person, after a scripted number of event-loop turns, or fails."""

    def __init__(self, turns: Iterator[int]) -> None:
        super().__init__(None)
        self._turns = turns
        self.asked: list[tuple[str, EntityPriority]] = []

    async def find(
        self,
        owner: Hashable,
        text: str,
        priority: EntityPriority = EntityPriority.REQUEST,
        search: EntitySearch | None = None,
    ) -> Annotation:
        self.asked.append((text, priority))
        turns = next(self._turns, 0)
        if turns == FAILS:
            raise EntityError("The service failed.")
        if turns == NEVER:
            await asyncio.get_running_loop().create_future()
        for _ in range(turns):
            await asyncio.sleep(0)
        return Annotation(
            tuple(EntitySpan(word.start(), word.end(), "PERSON", "nr") for word in re.finditer(r"\S+", text))
        )


def query(segment: int, text: str, stable: int | None = None, settings: EntitySettings = PLAIN) -> EntityQuery:
    timeline = Timeline(length=len(text), start_ms=1_000, end_ms=2_000)
    stable = len(text) if stable is None else stable
    return EntityQuery(segment=segment, text=text, stable=stable, timeline=timeline, settings=settings)


def partial(segment: int, rev: int, text: str, stable: int, unit: OffsetUnit) -> Partial:
    stable = offset(text, stable, unit)
    return Partial(segment=segment, rev=rev, text=text, stable=stable, start_ms=0, end_ms=1, language="zh")


def final(segment: int, text: str) -> Final:
    return Final(segment=segment, text=text, start_ms=0, end_ms=1, through=1, reason="end", language="zh", confidence=1)


async def emptied(outbox: Outbox) -> list[AnyServerMessage]:
    return [await outbox.get() for _ in iter(lambda: outbox.empty, True)]


async def turn(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def lists(service: ScriptedService, *texts: EntityQuery) -> list[Any]:
    """Return the messages sent for some finals until the session ends."""
    outbox = Outbox()
    one = Annotator("s", service, outbox, "codepoint")
    async with one.running():
        for text in texts:
            one.submit_final(text, 0)
        await one.finish()
    return await emptied(outbox)


async def test_finals_get_their_entities_in_order() -> None:
    sent = await lists(ScriptedService(iter([50, 0, 20])), query(0, "王芳"), query(1, ""), query(2, "Alice 你好"))
    assert [(message.segment, [item.text for item in message.items]) for message in sent] == [
        (0, ["王芳"]),
        (1, []),
        (2, ["Alice", "你好"]),
    ]


async def test_pending_from_is_the_first_final_without_entities() -> None:
    one = Annotator("s", ScriptedService(iter([0, NEVER])), Outbox(), "codepoint")
    async with one.running():
        for segment in (1, 2):
            one.submit_final(query(segment, "王芳"), segment * 16_000)
        assert one.pending_from == 16_000
        await turn(20)
        assert one.pending_from == 32_000


async def test_an_outage_is_reported_once() -> None:
    sent = await lists(ScriptedService(iter([FAILS, FAILS, FAILS])), query(0, "王"), query(1, "芳"), query(2, "李"))
    assert [type(message) for message in sent] == [WarningMessage]
    assert sent[0].code == "entities_unavailable"


async def test_a_second_outage_is_reported_again() -> None:
    outbox = Outbox()
    one = Annotator("s", ScriptedService(iter([FAILS, 0, FAILS])), outbox, "codepoint")
    async with one.running():
        for segment in range(3):
            one.submit_final(query(segment, "王芳"), 0)
            await one.finish()
    assert [type(message) for message in await emptied(outbox)] == [WarningMessage, Entities, WarningMessage]


async def test_a_bug_does_not_end_the_session(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ScriptedService):
        async def find(self, *_: Any, **__: Any) -> Annotation:
            raise ZeroDivisionError

    sent = await lists(Broken(iter([])), query(0, "王芳"))
    assert [type(message) for message in sent] == [WarningMessage]
    assert "entity recognition failed on segment 0" in caplog.text


async def test_the_end_of_a_session_waits_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotator, "FINISH_S", 0.05)
    sent = await lists(ScriptedService(iter([0, NEVER])), query(0, "王"), query(1, "芳"))
    assert [type(message) for message in sent] == [Entities, WarningMessage]


async def test_the_number_of_pending_finals_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotator, "FINISH_S", 0.05)
    service = ScriptedService(iter([NEVER] * annotator.MAX_PENDING))
    sent = await lists(service, *(query(segment, "王") for segment in range(annotator.MAX_PENDING + 10)))
    assert [type(message) for message in sent] == [WarningMessage]
    assert len(service.asked) == annotator.MAX_PENDING


async def test_only_the_stable_part_of_a_partial_is_searched() -> None:
    service, outbox = ScriptedService(iter([])), Outbox()
    one = Annotator("s", service, outbox, "codepoint")
    async with one.running():
        one.submit_partial(query(0, "call Alice joins", stable=5))
        await turn(5)
    assert service.asked == [("call ", EntityPriority.PARTIAL)]


async def test_only_the_newest_partial_waits_for_the_service() -> None:
    service, outbox = ScriptedService(iter([10])), Outbox()
    one = Annotator("s", service, outbox, "codepoint")
    async with one.running():
        for stable in (1, 2, 3):
            one.submit_partial(query(0, "王小明", stable=stable))
            await turn(2)
        await turn(30)
    assert [text for text, _ in service.asked] == ["王", "王小明"]


async def test_unchanged_entities_are_not_sent_again() -> None:
    service, outbox = ScriptedService(iter([])), Outbox()
    one = Annotator("s", service, outbox, "codepoint")
    async with one.running():
        for text in ("王芳 ", "王芳   "):
            one.submit_partial(query(0, text))
            await turn(5)
    assert len(service.asked) == 2
    assert [type(message) for message in await emptied(outbox)] == [Entities]


async def test_relations_are_sent_on_request() -> None:
    class Roles(ScriptedService):
        async def find(self, *_: Any, **__: Any) -> Annotation:
            return Annotation(frames=((Argument(0, 1, "ARG0"), Argument(1, 2, "PRED"), Argument(2, 4, "ARG1")),))

    sent = await lists(Roles(iter([])), query(0, "我爱中国"), query(1, "我爱中国", settings=RELATIONS))
    assert sent[0].relations is None
    assert [node.fields.name for node in sent[1].relations.nodes] == ["我", "中国"]


TEXTS = st.text(st.sampled_from("王芳😀 aé\u0301𠮷"), min_size=1, max_size=8)
TURNS = st.integers(0, 6)


@st.composite
def segments(draw: st.DrawFn) -> list[Any]:
    """Draw a session: for each segment its partials with growing stable prefixes, and its final text."""
    session = []
    for _ in range(draw(st.integers(0, 5))):
        grown, stable = [], ""
        for text in draw(st.lists(TEXTS, max_size=4)):
            whole = stable + text
            grown.append((whole, len(stable), draw(TURNS)))
            stable = whole[: draw(st.integers(len(stable), len(whole)))]
        session.append((grown, draw(st.one_of(st.just(""), TEXTS)), draw(TURNS), draw(TURNS)))
    return session


async def session(plan: list[Any], turns: list[int], read: list[int], unit: OffsetUnit) -> list[AnyServerMessage]:
    """Play a session against a client that reads now and then."""
    outbox, got, reads = Outbox(), list[AnyServerMessage](), iter(read)
    one = Annotator("s", ScriptedService(iter(turns)), outbox, unit)
    async with one.running():
        for segment, (grown, text, before, behind) in enumerate(plan):
            for rev, (whole, stable, pause) in enumerate(grown, start=1):
                outbox.put(partial(segment, rev, whole, stable, unit))
                one.submit_partial(query(segment, whole, stable))
                await turn(pause)
                if next(reads, 0):
                    got += await emptied(outbox)
            one.cancel_partial()
            await turn(before)
            outbox.put(final(segment, text))
            one.submit_final(query(segment, text) if text else None, 0)
            await turn(behind)
        await one.finish()
        outbox.put(Ended(audio_ms=0, segments=0))
    return got + await emptied(outbox)


@given(
    segments(),
    st.lists(st.one_of(TURNS, st.just(FAILS)), max_size=12),
    st.lists(st.integers(0, 1), max_size=20),
    st.sampled_from(["codepoint", "utf16"]),
)
def test_entities_always_match_their_texts(
    plan: list[Any], turns: list[int], read: list[int], unit: OffsetUnit
) -> None:
    messages = asyncio.run(session(plan, turns, read, unit))
    check_entities(messages, unit)
    assert isinstance(messages[-1], Ended)
    if FAILS not in turns:
        assert not any(isinstance(message, WarningMessage) for message in messages)
