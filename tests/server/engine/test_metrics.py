"""GuardCounters of the work done on a model."""

from dataclasses import replace

import pytest

from tests.doubles import CLEAR
from theresa_server.engine.metrics import WAIT_BUCKETS_S, EngineMetrics
from theresa_server.engine.pressure import FinishedJob
from theresa_server.speech.guards import GuardAction
from theresa_server.speech.recognition import EngineError, JobKind

PARTIAL = FinishedJob(finished_s=1.0, kind=JobKind.PARTIAL, wait_s=0.5, call_s=0.75, batch_size=3, audio_s=2.0)


def test_jobs_are_counted_by_kind() -> None:
    metrics = EngineMetrics()
    for kind in (JobKind.FINAL, JobKind.PARTIAL, JobKind.PARTIAL):
        metrics.record_job(replace(PARTIAL, kind=kind), CLEAR)
    assert {kind: totals.jobs for kind, totals in metrics.by_kind.items()} == {
        "final": 1,
        "partial": 2,
        "background": 0,
    }


def test_audio_and_shares_of_model_time_add_up() -> None:
    metrics = EngineMetrics()
    for _ in range(2):
        metrics.record_job(PARTIAL, CLEAR)
    totals = metrics.by_kind["partial"]
    assert (totals.audio_s, totals.wait_s, totals.decoding_s) == (4.0, 1.0, 0.5)


@pytest.mark.parametrize(("wait_s", "bucket"), [(0.0, 0), (0.01, 0), (0.02, 1), (10.0, 6), (99.0, 7)])
def test_a_wait_is_counted_in_the_first_bucket_that_holds_it(wait_s: float, bucket: int) -> None:
    metrics = EngineMetrics()
    metrics.record_job(replace(PARTIAL, wait_s=wait_s), CLEAR)
    expected = [int(index == bucket) for index in range(len(WAIT_BUCKETS_S) + 1)]
    assert metrics.by_kind["partial"].wait_histogram == expected


def test_a_failed_job_counts_as_a_job() -> None:
    metrics = EngineMetrics()
    metrics.record_job(PARTIAL, EngineError("It failed."))
    assert (metrics.by_kind["partial"].jobs, metrics.by_kind["partial"].failed) == (1, 1)


def test_guard_acts_are_counted() -> None:
    metrics = EngineMetrics()
    for actions in ((GuardAction.LOOP, GuardAction.WIDENED), (GuardAction.LOOP,)):
        metrics.record_job(PARTIAL, replace(CLEAR, guard_actions=actions))
    assert (metrics.guards[GuardAction.LOOP], metrics.guards[GuardAction.WIDENED]) == (2, 1)


def test_a_sent_final_adds_only_removed_repetitions_to_the_guard_acts() -> None:
    metrics = EngineMetrics()
    metrics.record_final(replace(CLEAR, guard_actions=(GuardAction.LOOP, GuardAction.REPEAT)))
    assert (metrics.finals, metrics.guards[GuardAction.LOOP], metrics.guards[GuardAction.REPEAT]) == (1, 0, 1)
