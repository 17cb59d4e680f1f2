"""``EntitySearcher`` finds the same entities as the server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.models import resolve_entity_model
from theresa_server.entities.ports import Annotation
from theresa_server.entities.search import EntitySearch
from theresa_server.entities.service import EntityService, worker_command
from theresa_server.mlflow.pyfunc.entity_searcher import EntitySearcher

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

    found = EntitySearcher(recogniser, terms).find(TEXTS, search)

    assert found == asyncio.run(served(resolve_entity_model("demo"), terms, search))
    assert {span.label for annotation in found for span in annotation.spans} >= {"PERSON", "PRODUCT", "SLOGAN"}


def test_only_requested_labels_are_found(recogniser: HanlpRecogniser) -> None:
    found = EntitySearcher(recogniser, Lexicon()).find([ENGLISH, MANDARIN], EntitySearch(labels=frozenset({"PERSON"})))

    assert [
        text[span.begin : span.end] for text, one in zip([ENGLISH, MANDARIN], found, strict=True) for span in one.spans
    ] == [
        "Alice Johnson",
        "陈静",
    ]


def test_concurrent_threads_get_their_own_results(recogniser: HanlpRecogniser) -> None:
    searcher = EntitySearcher(recogniser, Lexicon())
    alone = [searcher.find([text], EntitySearch()) for text in TEXTS]

    with ThreadPoolExecutor(len(TEXTS)) as threads:
        together = list(threads.map(lambda text: searcher.find([text], EntitySearch()), TEXTS, timeout=60))

    assert together == alone
