"""The entities of one session, from a recogniser that is slow, fails, or has nothing to say, as it is told."""

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

PLAIN = EntitySettings(options=EntitiesOptions(), search=EntitySearch(), early=EntitySearch())
RELATIONS = EntitySettings(
    options=EntitiesOptions(relations=True), search=EntitySearch(relations=True), early=EntitySearch()
)
FAILS = -1
NEVER = 10_000_000


class Recogniser(EntityService):
    """Takes every word for a person, after as many turns of the event loop as it is told, and fails where told to."""

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
            raise EntityError("It is not to be.")
        if turns == NEVER:
            await asyncio.get_running_loop().create_future()
        for _ in range(turns):
            await asyncio.sleep(0)
        return Annotation(
            tuple(EntitySpan(word.start(), word.end(), "PERSON", "nr") for word in re.finditer(r"\S+", text))
        )


def said(segment: int, text: str, settled: int | None = None, wanted: EntitySettings = PLAIN) -> EntityQuery:
    timeline = Timeline(length=len(text), start_ms=1_000, end_ms=2_000)
    settled = len(text) if settled is None else settled
    return EntityQuery(segment=segment, text=text, settled=settled, timeline=timeline, wanted=wanted)


def partial(segment: int, rev: int, text: str, settled: int, unit: OffsetUnit) -> Partial:
    stable = offset(text, settled, unit)
    return Partial(segment=segment, rev=rev, text=text, stable=stable, start_ms=0, end_ms=1, language="zh")


def final(segment: int, text: str) -> Final:
    return Final(segment=segment, text=text, start_ms=0, end_ms=1, through=1, reason="end", language="zh", confidence=1)


async def emptied(outbox: Outbox) -> list[AnyServerMessage]:
    return [await outbox.get() for _ in iter(lambda: outbox.empty, True)]


async def turn(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def lists(recogniser: Recogniser, *texts: EntityQuery) -> list[Any]:
    """What is told of some finals until the session ends."""
    outbox = Outbox()
    one = Annotator("s", recogniser, outbox, "codepoint")
    async with one.running():
        for text in texts:
            one.finalise(text, 0)
        await one.finish()
    return await emptied(outbox)


async def test_each_final_gets_its_list_in_order_however_long_one_takes() -> None:
    told = await lists(Recogniser(iter([50, 0, 20])), said(0, "王芳"), said(1, ""), said(2, "Alice 你好"))
    assert [(message.segment, [item.text for item in message.items]) for message in told] == [
        (0, ["王芳"]),
        (1, []),
        (2, ["Alice", "你好"]),
    ]


async def test_it_says_from_where_on_finals_wait_for_their_entities() -> None:
    one = Annotator("s", Recogniser(iter([0, NEVER])), Outbox(), "codepoint")
    async with one.running():
        for segment in (1, 2):
            one.finalise(said(segment, "王芳"), segment * 16_000)
        assert one.waits_from == 16_000
        await turn(20)
        assert one.waits_from == 32_000


async def test_what_cannot_be_had_is_told_once() -> None:
    told = await lists(Recogniser(iter([FAILS, FAILS, FAILS])), said(0, "王"), said(1, "芳"), said(2, "李"))
    assert [type(message) for message in told] == [WarningMessage]
    assert told[0].code == "entities_unavailable"


async def test_a_new_outage_is_told_anew() -> None:
    outbox = Outbox()
    one = Annotator("s", Recogniser(iter([FAILS, 0, FAILS])), outbox, "codepoint")
    async with one.running():
        for segment in range(3):
            one.finalise(said(segment, "王芳"), 0)
            await one.finish()
    assert [type(message) for message in await emptied(outbox)] == [WarningMessage, Entities, WarningMessage]


async def test_a_bug_costs_entities_and_not_the_session(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Recogniser):
        async def find(self, *_: Any, **__: Any) -> Annotation:
            raise ZeroDivisionError

    told = await lists(Broken(iter([])), said(0, "王芳"))
    assert [type(message) for message in told] == [WarningMessage]
    assert "searching segment 0 failed" in caplog.text


async def test_the_end_of_a_session_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotator, "FINISH_S", 0.05)
    told = await lists(Recogniser(iter([0, NEVER])), said(0, "王"), said(1, "芳"))
    assert [type(message) for message in told] == [Entities, WarningMessage]


async def test_so_many_finals_may_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotator, "FINISH_S", 0.05)
    recogniser = Recogniser(iter([NEVER] * annotator.MAX_WAITING))
    told = await lists(recogniser, *(said(segment, "王") for segment in range(annotator.MAX_WAITING + 10)))
    assert [type(message) for message in told] == [WarningMessage]
    assert len(recogniser.asked) == annotator.MAX_WAITING


async def test_only_the_settled_part_of_a_growing_text_is_searched() -> None:
    recogniser, outbox = Recogniser(iter([])), Outbox()
    one = Annotator("s", recogniser, outbox, "codepoint")
    async with one.running():
        one.grow(said(0, "call Alice joins", settled=5))
        await turn(5)
    assert recogniser.asked == [("call ", EntityPriority.PARTIAL)]


async def test_while_one_is_on_its_way_only_the_newest_text_waits() -> None:
    recogniser, outbox = Recogniser(iter([10])), Outbox()
    one = Annotator("s", recogniser, outbox, "codepoint")
    async with one.running():
        for settled in (1, 2, 3):
            one.grow(said(0, "王小明", settled=settled))
            await turn(2)
        await turn(30)
    assert [text for text, _ in recogniser.asked] == ["王", "王小明"]


async def test_what_is_not_new_is_not_told_again() -> None:
    recogniser, outbox = Recogniser(iter([])), Outbox()
    one = Annotator("s", recogniser, outbox, "codepoint")
    async with one.running():
        for text in ("王芳 ", "王芳   "):
            one.grow(said(0, text))
            await turn(5)
    assert len(recogniser.asked) == 2
    assert [type(message) for message in await emptied(outbox)] == [Entities]


async def test_relations_are_told_where_they_are_wanted() -> None:
    class Roles(Recogniser):
        async def find(self, *_: Any, **__: Any) -> Annotation:
            return Annotation(frames=((Argument(0, 1, "ARG0"), Argument(1, 2, "PRED"), Argument(2, 4, "ARG1")),))

    told = await lists(Roles(iter([])), said(0, "我爱中国"), said(1, "我爱中国", wanted=RELATIONS))
    assert told[0].relations is None
    assert [node.fields.name for node in told[1].relations.nodes] == ["我", "中国"]


TEXTS = st.text(st.sampled_from("王芳😀 aé\u0301𠮷"), min_size=1, max_size=8)
TURNS = st.integers(0, 6)


@st.composite
def segments(draw: st.DrawFn) -> list[Any]:
    """A session: of each segment its growing texts, with an ever longer settled prefix, and its final text."""
    session = []
    for _ in range(draw(st.integers(0, 5))):
        grown, settled = [], ""
        for text in draw(st.lists(TEXTS, max_size=4)):
            whole = settled + text
            grown.append((whole, len(settled), draw(TURNS)))
            settled = whole[: draw(st.integers(len(settled), len(whole)))]
        session.append((grown, draw(st.one_of(st.just(""), TEXTS)), draw(TURNS), draw(TURNS)))
    return session


async def session(plan: list[Any], turns: list[int], read: list[int], unit: OffsetUnit) -> list[AnyServerMessage]:
    """Play a session against a client that reads now and then."""
    outbox, got, reads = Outbox(), list[AnyServerMessage](), iter(read)
    one = Annotator("s", Recogniser(iter(turns)), outbox, unit)
    async with one.running():
        for segment, (grown, text, before, behind) in enumerate(plan):
            for rev, (whole, settled, pause) in enumerate(grown, start=1):
                outbox.put(partial(segment, rev, whole, settled, unit))
                one.grow(said(segment, whole, settled))
                await turn(pause)
                if next(reads, 0):
                    got += await emptied(outbox)
            one.close()
            await turn(before)
            outbox.put(final(segment, text))
            one.finalise(said(segment, text) if text else None, 0)
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
def test_whatever_happens_the_lists_fit_the_texts(
    plan: list[Any], turns: list[int], read: list[int], unit: OffsetUnit
) -> None:
    messages = asyncio.run(session(plan, turns, read, unit))
    check_entities(messages, unit)
    assert isinstance(messages[-1], Ended)
    if FAILS not in turns:
        assert not any(isinstance(message, WarningMessage) for message in messages)
