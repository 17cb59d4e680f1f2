"""Named entities in a session, from a lexicon: no model is needed for it, nor HanLP."""

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.doubles import Says
from tests.semantics import check_entities
from tests.serving import COMMAND, RunningServer, calling, read, serving, transcribe
from theresa_protocol.codec import encode
from theresa_protocol.messages import (
    End,
    Ended,
    Entities,
    EntitiesOptions,
    EntitiesRequest,
    Entity,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    OffsetUnit,
    Partial,
    Start,
    Started,
    Term,
    Update,
    Updated,
)
from theresa_server.serving.config import ServerConfig

LEXICON = "# people and places\nalice johnson\tPERSON\nLondon\tLOCATION\n北京\tLOCATION\n华星科技\tORGANIZATION\n"
ALL = Start(entities=EntitiesRequest())
SECOND = 16_000


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lexicon") / "names.txt"
    file.write_text(LEXICON, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def listed(lexicon: Path) -> Iterator[RunningServer]:
    """A server with a lexicon and without an entity model."""
    with serving(ServerConfig(port=0, lexicon=lexicon)) as running:
        yield running


def found(messages: list[Entities]) -> list[tuple[str, str]]:
    return [(item.label, item.text) for message in messages if message.final for item in message.items]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("english", [("PERSON", "Alice Johnson"), ("LOCATION", "London")]),
        ("mandarin", [("LOCATION", "北京"), ("ORGANIZATION", "华星科技")]),
    ],
)
@pytest.mark.parametrize("unit", ["codepoint", "utf16"])
async def test_terms_of_the_server_are_found_without_a_model(
    listed: RunningServer, name: str, expected: list[tuple[str, str]], unit: OffsetUnit
) -> None:
    peer = await transcribe(listed, read(name), Start(entities=EntitiesRequest(), offset_unit=unit))
    check_entities(peer.messages, unit)
    assert found(peer.all(Entities)) == expected
    assert isinstance(peer.messages[-1], Ended)


async def test_every_final_with_text_has_one_final_list(listed: RunningServer) -> None:
    peer = await transcribe(listed, read("both"), ALL)
    told = [message.segment for message in peer.all(Entities) if message.final]
    assert told == [final.segment for final in peer.all(Final) if final.text]


async def test_a_session_that_does_not_ask_gets_none(listed: RunningServer) -> None:
    peer = await transcribe(listed, read("english"))
    assert peer.all(Final)
    assert not peer.all(Entities)


@pytest.mark.parametrize(
    ("text", "mention"),
    [("Call Alice Johnson at noon today.", "Alice Johnson"), ("请打电话给华星科技的人。", "华星科技")],
)
async def test_growing_text_is_searched_too(lexicon: Path, text: str, mention: str) -> None:
    speech = read("english")[8 * SECOND :]
    with serving(ServerConfig(port=0, lexicon=lexicon), lambda _: Says(text)) as server:
        async with calling(server) as peer:
            await peer.say(ALL)
            for begin, end in pairwise((0, 1.5, 2.5)):  # the second partial confirms the first
                await peer.speak(speech[int(begin * SECOND) : int(end * SECOND)])
                await peer.hear(Partial)
            early = await peer.hear(Entities)
            assert [(item.text, early.final) for item in early.items] == [(mention, False)]
            await peer.say(End())
            await peer.goodbye()
    check_entities(peer.messages, "codepoint")


@pytest.mark.slow
async def test_growing_text_is_left_alone_where_that_is_wanted(listed: RunningServer) -> None:
    async with calling(listed) as peer:
        await peer.say(Start(entities=EntitiesRequest(partials=False)))
        await peer.talk(read("english")[: 8 * SECOND], speed=4)
        await peer.say(End())
        await peer.goodbye()
    assert all(message.final for message in peer.all(Entities))


async def test_entities_are_timed_by_their_words(listed: RunningServer) -> None:
    timed = await transcribe(listed, read("mandarin"), Start(entities=EntitiesRequest(), words=True))
    (beijing,) = _items(timed.all(Entities), "北京")
    words = {word.text.strip("，。"): word for final in timed.all(Final) for word in final.words}
    assert (beijing.start_ms, beijing.end_ms) == (words["北"].start_ms, words["京"].end_ms)


async def test_words_are_sent_only_where_they_were_asked_for(listed: RunningServer) -> None:
    peer = await transcribe(listed, read("mandarin"), ALL)
    assert {final.words for final in peer.all(Final)} == {None}


async def test_times_are_the_same_whether_words_are_sent_or_not(listed: RunningServer) -> None:
    plain = await transcribe(listed, read("english"), ALL)
    timed = await transcribe(listed, read("english"), Start(entities=EntitiesRequest(), words=True))
    assert _items(plain.all(Entities), "London") == _items(timed.all(Entities), "London")


async def test_an_entity_has_one_id_wherever_and_however_it_is_said(listed: RunningServer) -> None:
    terms = EntitiesRequest(terms=(Term(text="好", label="GREETING"),), labels=("GREETING",))
    ids = set()
    for name in ("mandarin", "both"):
        peer = await transcribe(listed, read(name), Start(entities=terms))
        ids |= {item.id for item in _items(peer.all(Entities), "好")}
    assert len(ids) == 1


async def test_the_terms_of_a_session_win_over_the_servers(listed: RunningServer) -> None:
    terms = (Term(text="London and work", label="PLAN"), Term(text="ALICE JOHNSON", label="BOSS"))
    peer = await transcribe(listed, read("english"), Start(entities=EntitiesRequest(terms=terms)))
    assert found(peer.all(Entities)) == [("BOSS", "Alice Johnson"), ("PLAN", "London and work")]


async def test_only_the_labels_asked_for_come(listed: RunningServer) -> None:
    peer = await transcribe(listed, read("mandarin"), Start(entities=EntitiesRequest(labels=("ORGANIZATION",))))
    assert found(peer.all(Entities)) == [("ORGANIZATION", "华星科技")]


async def test_entities_can_be_switched_on_and_off(listed: RunningServer) -> None:
    on, off = Update(entities=EntitiesRequest(labels=("LOCATION",))), Update(entities=None)
    expected = [None, EntitiesOptions(labels=("LOCATION",)), None]
    audio = read("mandarin")[: 6 * SECOND]
    async with calling(listed) as peer:
        await peer.say(Start())
        assert (await peer.hear(Started)).configuration.entities is None
        for change in (off, on, off):
            await peer.say(change)
            assert (await peer.hear(Updated)).configuration.entities == expected.pop(0)
            await peer.speak(audio)
            await peer.say(Flush())
            await peer.hear(Flushed)
        await peer.say(End())
        await peer.goodbye()
    flushed = [index for index, message in enumerate(peer.messages) if isinstance(message, Flushed)]
    rounds = [[m.segment for m in peer.messages[a:b] if isinstance(m, Final)] for a, b in pairwise([0, *flushed])]
    assert {message.segment for message in peer.all(Entities)} == set(rounds[1])
    assert found(peer.all(Entities)) == [("LOCATION", "北京")]


async def test_a_label_that_nobody_knows_is_refused(listed: RunningServer) -> None:
    async with calling(listed) as peer:
        await peer.say(Start(entities=EntitiesRequest(labels=("HOBBIT",))))
        assert await peer.goodbye() == (4400, "bad_field")
    assert peer.messages[-1].param == "$.entities.labels"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        ('{"terms":[{"text":"甲","label":"klein"}]}', "$.entities.terms[0].label"),
        ('{"label":[]}', "$.entities.label"),
    ],
)
async def test_what_is_not_well_formed_is_refused(listed: RunningServer, request_: str, param: str) -> None:
    async with calling(listed) as peer:
        await peer.say(f'{{"type":"start","entities":{request_}}}')
        assert await peer.goodbye() == (4400, "bad_field")
    assert peer.messages[-1].param == param  # type: ignore[union-attr]


async def test_a_refused_update_changes_nothing(listed: RunningServer) -> None:
    async with calling(listed) as peer:
        await peer.say(ALL, Update(entities=EntitiesRequest(relations=True)))
        error = await peer.hear(ErrorMessage)
        assert (error.code, error.param, error.fatal) == ("not_supported", "$.entities.relations", False)
        await peer.speak(read("mandarin"))
        await peer.say(End())
        assert (await peer.goodbye())[0] == 1000
    assert found(peer.all(Entities))


async def test_without_entities_they_are_not_supported(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(ALL)
        assert await peer.goodbye() == (4400, "not_supported")
    assert peer.messages[-1].param == "$.entities"  # type: ignore[union-attr]


async def test_terms_can_be_hotwords(listed: RunningServer) -> None:
    entities = EntitiesRequest(terms=(Term(text="王小明", label="PERSON"),), hotwords=True)
    async with calling(listed) as peer:
        await peer.say(Start(entities=entities, hotwords=("华星",)))
        configuration = (await peer.hear(Started)).configuration
    assert configuration.hotwords == ("华星", "王小明", "alice johnson", "London", "北京", "华星科技")


async def test_as_many_terms_as_fit_a_frame_are_taken(listed: RunningServer) -> None:
    terms = tuple(Term(text=f"词{number}", label="TERM") for number in range(500))
    assert len(encode(Start(entities=EntitiesRequest(terms=terms))).encode()) < 64 * 1024
    peer = await transcribe(listed, read("mandarin")[: 3 * SECOND], Start(entities=EntitiesRequest(terms=terms)))
    assert isinstance(peer.messages[-1], Ended)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: No such file or directory."), ("华星科技\torg\n", "has the label 'org'")],
)
def test_a_lexicon_that_cannot_be_used_ends_the_start_with_one_sentence(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "names.txt"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert sentence in _complaint("--lexicon", str(file))


def test_an_entity_model_that_is_not_there_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    assert "no-such-model" in _complaint("--entities", str(tmp_path / "no-such-model"))


def _complaint(*options: str) -> str:
    command = [*COMMAND, "--log-level", "error", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    return done.stderr


def _items(messages: list[Entities], text: str) -> list[Entity]:
    return [item for message in messages if message.final for item in message.items if item.text == text]
