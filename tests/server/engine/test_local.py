"""One owner of the model thread."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.doubles import Gate
from theresa_server.engine.local import JobSuperseded, LocalEngine
from theresa_server.engine.pressure import ENOUGH
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind


def job(samples: int = 16_000, *, kind: JobKind = JobKind.FINAL) -> DecodeJob:
    return DecodeJob(pcm=np.zeros(samples, np.int16), language="en", kind=kind)


@asynccontextmanager
async def running(gate: Gate) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(gate)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        owner = group.create_task(engine.run())
        yield engine
        gate.opened.set()
        owner.cancel()


async def test_every_job_gets_its_own_hypothesis() -> None:
    gate = Gate()
    gate.opened.set()
    async with running(gate) as engine:
        said = await asyncio.gather(*(engine.decode(session, job(100 + session)) for session in range(5)))
    assert [hypothesis.text for hypothesis in said] == ["100", "101", "102", "103", "104"]


async def test_a_batch_is_no_larger_than_the_model_wants() -> None:
    gate = Gate()
    async with running(gate) as engine:
        calls = [asyncio.create_task(engine.decode(session, job())) for session in range(5)]
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(*calls)
    assert max(gate.batches) <= 2


async def test_a_job_that_breaks_its_batch_fails_alone() -> None:
    gate = Gate()
    gate.opened.set()
    gate.breaks_on = 666
    async with running(gate) as engine:
        good, bad = await asyncio.gather(
            engine.decode("a", job(600)), engine.decode("b", job(666)), return_exceptions=True
        )
    assert isinstance(good, Hypothesis)
    assert isinstance(bad, EngineError)


async def test_a_newer_partial_supersedes_the_one_that_waits() -> None:
    gate = Gate()
    async with running(gate) as engine:
        busy = asyncio.create_task(engine.decode("other", job()))
        old = asyncio.create_task(engine.decode("a", job(1, kind=JobKind.PARTIAL)))
        await asyncio.sleep(0)
        new = asyncio.create_task(engine.decode("a", job(2, kind=JobKind.PARTIAL)))
        with pytest.raises(JobSuperseded):
            await old
        gate.opened.set()
        assert (await new).text == "2"
        await busy


async def test_a_waiting_partial_can_be_withdrawn() -> None:
    gate = Gate()
    async with running(gate) as engine:
        waiting = asyncio.create_task(engine.decode("a", job(kind=JobKind.PARTIAL)))
        await asyncio.sleep(0)
        engine.withdraw_partial("a")
        with pytest.raises(JobSuperseded):
            await waiting
        assert engine.queued == 0


async def test_a_caller_that_gives_up_leaves_the_queue() -> None:
    gate = Gate()
    async with running(gate) as engine:
        waiting = asyncio.create_task(engine.decode("a", job()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert engine.queued == 0


async def test_two_calls_never_run_at_once_whoever_is_cancelled() -> None:
    gate = Gate()
    async with running(gate) as engine:
        for session in range(6):
            call = asyncio.create_task(engine.decode(session, job()))
            await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        last = asyncio.create_task(engine.decode("last", job(7)))
        await asyncio.sleep(0)
        gate.opened.set()
        assert (await last).text == "7"
    assert gate.most_inside == 1


async def test_an_owner_that_is_cancelled_waits_for_the_batch_under_way() -> None:
    gate = Gate()
    engine = LocalEngine(gate)
    owner = asyncio.create_task(engine.run())
    call = asyncio.create_task(engine.decode("a", job()))
    assert await asyncio.to_thread(gate.entered.wait, 10)
    owner.cancel()
    await asyncio.sleep(0)
    assert not owner.done()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await owner
    assert gate.batches == [1]
    call.cancel()


class Slow(Gate):
    """Takes its time."""

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        time.sleep(0.02)
        return super().transcribe(jobs)


async def test_it_knows_how_long_jobs_wait() -> None:
    gate = Slow()
    gate.opened.set()
    async with running(gate) as engine:
        await asyncio.gather(*(engine.decode(session, job()) for session in range(20)))
        assert engine.pressure.final_wait_s > 5 * 0.02
        assert engine.pressure.partial_wait_s == 0


async def test_a_final_that_waits_for_another_one_of_its_session_does_not_wait_long() -> None:
    gate = Slow()
    gate.opened.set()
    async with running(gate) as engine:
        await asyncio.gather(*(engine.decode("bulk", job()) for _ in range(40)))
        assert not engine.pressure.too_high
        assert engine.pressure.final_wait_s < 20 * 0.02


async def test_a_job_of_the_background_lets_live_ones_pass() -> None:
    gate = Gate()
    done: list[str] = []

    async def decode(engine: LocalEngine, name: str, wanted: DecodeJob) -> None:
        await engine.decode(name, wanted)
        done.append(name)

    async with running(gate) as engine, asyncio.TaskGroup() as calls:
        calls.create_task(decode(engine, "first", job()))
        await asyncio.to_thread(gate.entered.wait, 10)
        calls.create_task(decode(engine, "recording", job(kind=JobKind.BACKGROUND)))
        await asyncio.sleep(0)
        calls.create_task(decode(engine, "live", job()))
        await asyncio.sleep(0)
        gate.opened.set()
    assert done == ["first", "live", "recording"]


async def test_what_waits_in_the_background_is_no_pressure() -> None:
    gate = Gate()
    gate.opened.set()
    async with running(gate) as engine:
        await asyncio.gather(*(engine.decode(number, job(kind=JobKind.BACKGROUND)) for number in range(2 * ENOUGH)))
        pressure = engine.pressure
    assert (pressure.final_wait_s, pressure.partial_wait_s) == (0, 0)
    assert pressure.call_s > 0
