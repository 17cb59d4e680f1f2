"""The entity service with real worker processes: nothing that happens to one costs more than the text at fault."""

import asyncio
import gc
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.serving import skip_without
from theresa_server.entities.backlog import EntityPriority
from theresa_server.entities.hanlp.process import WorkerGone, WorkerProcess
from theresa_server.entities.hanlp.wire import FOLDER
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.models import resolve_entity_model
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.search import EntitySearch
from theresa_server.entities.service import EntityService, QuerySuperseded, worker_command
from theresa_server.speech.recognition import ModelError

SCRIPTED = (sys.executable, "-m", "tests.scripted_worker")
FINAL, REQUEST, PARTIAL = EntityPriority
TIMEOUT_S = 60

SERVER = """
import asyncio, sys
from theresa_server.entities.service import EntityService

async def main():
    service = EntityService(sys.argv[1:])
    running = asyncio.create_task(service.run())
    await service.ready()
    await service.find(1, "hello")
    print(service.worker_pid, *sorted({"torch", "hanlp", "transformers"} & {*sys.modules}), flush=True)
    await running

asyncio.run(main())
"""
"""A process that owns a worker until it is killed; tells the worker's id and which heavy modules it has itself."""


class Log(logging.Handler):
    """What is logged of workers, to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self._more = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self._said += record.getMessage()
        self._more.set()

    async def says(self, words: str, times: int = 1) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while self._said.count(words) < times:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def log() -> Iterator[Log]:
    logger = logging.getLogger("theresa.entities")
    handler, level = Log(), logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield handler
    logger.setLevel(level)
    logger.removeHandler(handler)


@pytest.fixture(scope="module")
def demo() -> Sequence[str]:
    """The command line of a worker with the demo model."""
    skip_without("hanlp")
    return worker_command(resolve_entity_model("demo"))


@asynccontextmanager
async def running(service: EntityService) -> AsyncIterator[EntityService]:
    async with asyncio.timeout(2 * TIMEOUT_S), asyncio.TaskGroup() as group:
        task = group.create_task(service.run())
        await service.ready()
        yield service
        task.cancel()


def scripted(reply_timeout_s: float = TIMEOUT_S) -> EntityService:
    return EntityService(SCRIPTED, reply_timeout_s=reply_timeout_s)


def pid(service: EntityService) -> int:
    assert service.worker_pid is not None
    return service.worker_pid


def names(text: str, annotation: Annotation) -> list[tuple[str, str]]:
    return [(text[span.begin : span.end], span.label) for span in annotation.spans]


def batch(annotation: Annotation) -> tuple[int, int]:
    """The size and the number of the batch that a text was in, as the scripted recogniser tells it."""
    (told,) = annotation.tokens
    return told


async def test_a_killed_worker_loses_no_text_that_waits() -> None:
    text = "陈静和 BOB 住在北京。"
    async with running(scripted()) as service:
        waiting = [asyncio.create_task(service.find(owner, text, FINAL)) for owner in range(40)]
        await asyncio.sleep(0)  # lets them ask
        os.kill(pid(service), signal.SIGKILL)

        found = await asyncio.gather(*waiting)

    assert [names(text, one) for one in found] == [[("BOB", "TERM")]] * 40


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_worker_that_is_killed_while_it_is_idle_is_replaced_before_the_next_text(log: Log) -> None:
    async with running(scripted()) as service:
        await service.find(1, "one")
        first = pid(service)
        os.kill(first, signal.SIGKILL)

        await log.says("is ready", times=2)

        assert pid(service) != first
        assert names("two B", await service.find(1, "two B")) == [("B", "TERM")]


async def test_a_worker_that_hangs_is_replaced_and_asked_again() -> None:
    async with running(scripted(reply_timeout_s=0.5)) as service:
        first = pid(service)
        os.kill(first, signal.SIGSTOP)

        assert names("你好 OK", await service.find(1, "你好 OK", FINAL)) == [("OK", "TERM")]
        assert pid(service) != first


@pytest.mark.parametrize("poison", ["CRASH", "HANG"])
async def test_a_text_that_brings_the_worker_down_is_given_up_alone(poison: str) -> None:
    async with running(scripted(reply_timeout_s=0.5)) as service:
        texts = ["one A", poison, "二 B", "three C"]
        outcomes = await asyncio.gather(
            *(service.find(owner, text, FINAL) for owner, text in enumerate(texts)), return_exceptions=True
        )

    good = [outcome.spans for outcome in outcomes if isinstance(outcome, Annotation)]
    assert [len(spans) for spans in good] == [1, 1, 1]
    assert str(outcomes[1]) == "The entity recogniser cannot read this text."


async def test_a_text_that_fails_in_the_worker_fails_alone() -> None:
    async with running(scripted()) as service:
        first = pid(service)
        good, bad = await asyncio.gather(service.find(1, "one A"), service.find(1, "FAIL"), return_exceptions=True)

        assert isinstance(good, Annotation)
        assert isinstance(bad, EntityError)
        assert str(bad) == "This text fails."
        assert pid(service) == first


async def test_texts_of_several_owners_are_one_batch() -> None:
    service = scripted()
    waiting = [asyncio.create_task(service.find(owner, "好", FINAL)) for owner in range(3)]

    async with running(service):
        assert [batch(found) for found in await asyncio.gather(*waiting)] == [(3, 2)] * 3  # the first warms up


async def test_a_final_overtakes_the_rows_of_a_request() -> None:
    service = scripted()
    rows = [asyncio.create_task(service.find("request", "row")) for _ in range(40)]
    final = asyncio.create_task(service.find("session", "final", FINAL))

    async with running(service):
        in_batch = [batch(await row)[1] for row in rows]
        assert batch(await final)[1] == min(in_batch) < max(in_batch)


async def test_a_newer_partial_supersedes_the_one_that_waits() -> None:
    service = scripted()
    older = asyncio.create_task(service.find(1, "older", PARTIAL))
    newer = asyncio.create_task(service.find(1, "newer A", PARTIAL))

    async with running(service):
        with pytest.raises(QuerySuperseded):
            await older
        assert names("newer A", await newer) == [("A", "TERM")]


async def test_a_partial_that_is_withdrawn_is_superseded() -> None:
    service = scripted()
    partial = asyncio.create_task(service.find(1, "text", PARTIAL))
    await asyncio.sleep(0)  # lets it ask
    service.cancel_partial(1)

    with pytest.raises(QuerySuperseded):
        await partial


async def test_a_worker_that_is_killed_while_it_loads_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(WorkerGone):
        await WorkerProcess.start(["sh", "-c", f"touch ${FOLDER}/link && kill -9 $$"])
    assert files_in(tmp_path) == []


async def test_a_failure_that_nobody_waits_for_is_not_logged_as_lost() -> None:
    lost: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
    service = scripted()
    partial = asyncio.create_task(service.find(1, "text", PARTIAL))
    await asyncio.sleep(0)  # lets it ask
    service.cancel_partial(1)
    partial.cancel()

    await asyncio.wait([partial])
    del partial
    await asyncio.sleep(0)  # lets the callbacks of the answer run
    gc.collect()
    assert lost == []


@pytest.mark.parametrize("priority", EntityPriority)
async def test_a_long_text_is_searched_to_its_end(priority: EntityPriority) -> None:
    text = "这句话里没有名字。" * 60 + "The end is NEAR."

    async with running(scripted()) as service:
        assert names(text, await service.find(1, text, priority)) == [("NEAR", "TERM")]


async def test_a_text_that_is_no_valid_unicode_harms_nobody_else() -> None:
    async with running(scripted()) as service:
        with pytest.raises(EntityError, match="lone surrogate"):
            await service.find(1, "\ud800")
        assert names("A", await service.find(1, "A")) == [("A", "TERM")]


async def test_a_text_is_given_up_when_there_is_no_worker_for_too_long() -> None:
    service = EntityService(SCRIPTED, stall_timeout_s=0.05)

    with pytest.raises(EntityError, match="is not responding"):
        await service.find(1, "text", FINAL)


async def test_two_services_do_not_share_a_worker() -> None:
    async with running(scripted()) as one, running(scripted()) as other:
        os.kill(pid(one), signal.SIGKILL)

        assert batch(await other.find(1, "text")) == (1, 2)
        assert batch(await one.find(1, "text")) == (1, 2)


async def test_terms_win_over_the_model_and_those_of_the_session_over_the_servers() -> None:
    server = Lexicon([("Tom HANKS", "PERSON"), ("星科", "ORGANIZATION")])
    session = Lexicon([("tom", "CAT")])
    text = "Tom HANKS, 华星科技, OK"

    async with running(EntityService(SCRIPTED, server)) as service:
        plain = await service.find(1, text)
        own = await service.find(1, text, search=EntitySearch(lexicon=session))
        filtered = await service.find(1, text, search=EntitySearch(lexicon=session, labels=frozenset({"CAT"})))

    assert names(text, plain) == [("Tom HANKS", "PERSON"), ("星科", "ORGANIZATION"), ("OK", "TERM")]
    assert names(text, own) == [("Tom", "CAT"), ("HANKS", "TERM"), ("星科", "ORGANIZATION"), ("OK", "TERM")]
    assert names(text, filtered) == [("Tom", "CAT")]


async def test_a_lexicon_works_without_a_process() -> None:
    async with running(EntityService(None, Lexicon([("北京", "LOCATION")]))) as service:
        assert names("我在北京", await service.find(1, "我在北京")) == [("北京", "LOCATION")]
        assert service.worker_pid is None
        assert service.offer.labels == ("LOCATION",)


async def test_a_model_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    service = EntityService(worker_command(tmp_path))

    with pytest.raises(ModelError, match=r"is not a HanLP model: missing config.json, model.pt"):
        await service.run()
    with pytest.raises(ModelError, match="is not a HanLP model"):
        await service.ready()


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("pass", "the entity worker failed: it exited."),
        ("print('Hello, I am a worker.')", "the entity worker failed: it sent invalid data: .*"),
    ],
)
async def test_a_program_that_is_no_worker_is_one_sentence(program: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=f"^{sentence}$"):
        await EntityService((sys.executable, "-c", program)).run()


async def test_a_worker_that_cannot_be_started_again_is_tried_until_it_can(tmp_path: Path, log: Log) -> None:
    obstacle = tmp_path / "obstacle"
    command = ("sh", "-c", 'if test -e "$0"; then exit 1; fi; exec "$@"', str(obstacle), *SCRIPTED)
    async with running(EntityService(command)) as service:
        obstacle.touch()
        os.kill(pid(service), signal.SIGKILL)
        waiting = asyncio.create_task(service.find(1, "still A", FINAL))
        await log.says("cannot be started")
        obstacle.unlink()

        assert names("still A", await waiting) == [("A", "TERM")]


async def test_no_process_is_left_when_the_service_ends_while_a_worker_starts(tmp_path: Path) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    program = f"import os, pathlib, sys; pathlib.Path({str(pipe)!r}).write_text(str(os.getpid())); sys.stdin.read()"
    starting = asyncio.create_task(EntityService((sys.executable, "-c", program)).run())
    worker = int(await asyncio.to_thread(pipe.read_text))

    starting.cancel()
    await asyncio.wait([starting], timeout=TIMEOUT_S)

    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


async def test_no_process_is_left_when_the_service_ends() -> None:
    async with running(scripted()) as service:
        worker = pid(service)

    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open, which is Linux's")
@pytest.mark.parametrize("hangs", [False, True])
def test_a_worker_ends_with_a_server_that_is_killed(root: Path, hangs: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, *SCRIPTED], stdout=subprocess.PIPE, cwd=root, text=True
    ) as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        handle = os.pidfd_open(worker)
        if hangs:
            os.kill(worker, signal.SIGSTOP)
        server.kill()
        ended, _, _ = select.select([handle], [], [], TIMEOUT_S)
        os.close(handle)

    assert ended


@pytest.mark.slow
def test_the_server_itself_has_neither_torch_nor_hanlp(root: Path, demo: Sequence[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, *demo], stdout=subprocess.PIPE, cwd=root, text=True) as server:
        assert server.stdout is not None
        _, *heavy = server.stdout.readline().split()
        server.kill()

    assert heavy == []
