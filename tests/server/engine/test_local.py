"""The task that owns the model thread."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.doubles import Gate
from theresa_server.engine.local import JobSuperseded, LocalEngine
from theresa_server.engine.pressure import MIN_JOBS
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
        hypotheses = await asyncio.gather(*(engine.decode(session, job(100 + session)) for session in range(5)))
    assert [hypothesis.text for hypothesis in hypotheses] == ["100", "101", "102", "103", "104"]


async def test_a_batch_is_not_larger_than_max_batch() -> None:
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
    gate.breaks_on = {666}
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


async def test_a_cancelled_job_leaves_the_queue() -> None:
    gate = Gate()
    async with running(gate) as engine:
        waiting = asyncio.create_task(engine.decode("a", job()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert engine.queued == 0


async def test_two_calls_never_run_at_the_same_time_even_after_cancellations() -> None:
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


async def test_a_cancelled_owner_waits_for_the_running_batch() -> None:
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


class Ticking(Gate):
    """Advances the clock of the event loop by 20 ms per call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.opened.set()
        self._now_s = 0.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self._now_s)

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        self._now_s += 0.02
        return super().transcribe(jobs)


async def test_queue_waits_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(Ticking(monkeypatch)) as engine:
        await asyncio.gather(*(engine.decode(session, job()) for session in range(20)))
        assert engine.pressure.final_wait_s > 5 * 0.02
        assert engine.pressure.partial_wait_s == 0


async def test_a_wait_for_an_earlier_final_of_the_same_session_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(Ticking(monkeypatch)) as engine:
        await asyncio.gather(*(engine.decode("bulk", job()) for _ in range(40)))
        assert engine.pressure.final_wait_s == 0


async def test_live_jobs_go_before_background_jobs() -> None:
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


async def test_waiting_background_jobs_are_no_pressure() -> None:
    gate = Gate()
    gate.opened.set()
    async with running(gate) as engine:
        await asyncio.gather(*(engine.decode(number, job(kind=JobKind.BACKGROUND)) for number in range(2 * MIN_JOBS)))
        pressure = engine.pressure
    assert (pressure.final_wait_s, pressure.partial_wait_s) == (0, 0)
    assert pressure.call_s > 0
