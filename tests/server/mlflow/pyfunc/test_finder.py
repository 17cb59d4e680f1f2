"""Entities in the calling thread are those that the server finds."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.models import resolve
from theresa_server.entities.ports import Annotation
from theresa_server.entities.service import EntitySearch, EntityService, worker_command
from theresa_server.mlflow.pyfunc.finder import EntityFinder

ENGLISH = "Alice Johnson works for Acme Corporation in London."
MANDARIN = "陈静在深圳的华星科技工作。"
TEXTS = (ENGLISH, "", MANDARIN, " \n", "👍🏽 Alice Johnson 住在 London。", f"{ENGLISH} {MANDARIN}" * 20, "原神在上海。")


async def served(model: Path, lexicon: Lexicon, search: EntitySearch) -> list[Annotation]:
    service = EntityService(worker_command(model), lexicon)
    running = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(120):
            await service.ready()
            return [await service.find("test", text, search=search) for text in TEXTS]
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.mark.slow
def test_it_finds_what_the_service_finds(recogniser: HanlpRecogniser, lexicon: Path) -> None:
    terms = Lexicon.read(lexicon)
    search = EntitySearch(lexicon=Lexicon({"华星科技工作": "SLOGAN"}))

    found = EntityFinder(recogniser, terms).find(TEXTS, search)

    assert found == asyncio.run(served(resolve("demo"), terms, search))
    assert {span.label for annotation in found for span in annotation.spans} >= {"PERSON", "PRODUCT", "SLOGAN"}


def test_only_the_labels_asked_for_are_found(recogniser: HanlpRecogniser) -> None:
    found = EntityFinder(recogniser, Lexicon()).find([ENGLISH, MANDARIN], EntitySearch(labels=frozenset({"PERSON"})))

    assert [
        text[span.begin : span.end] for text, one in zip([ENGLISH, MANDARIN], found, strict=True) for span in one.spans
    ] == [
        "Alice Johnson",
        "陈静",
    ]


def test_threads_that_ask_at_once_get_each_its_own(recogniser: HanlpRecogniser) -> None:
    finder = EntityFinder(recogniser, Lexicon())
    alone = [finder.find([text], EntitySearch()) for text in TEXTS]

    with ThreadPoolExecutor(len(TEXTS)) as threads:
        together = list(threads.map(lambda text: finder.find([text], EntitySearch()), TEXTS, timeout=60))

    assert together == alone
