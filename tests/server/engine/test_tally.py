"""What was done on a model is counted."""

from dataclasses import replace

import pytest

from tests.doubles import CLEAR
from theresa_server.engine.pressure import FinishedJob
from theresa_server.engine.tally import WAIT_BOUNDS_S, Tally
from theresa_server.speech.guards import GuardAction
from theresa_server.speech.recognition import EngineError, JobKind

PARTIAL = FinishedJob(at_s=1.0, kind=JobKind.PARTIAL, waited_s=0.5, call_s=0.75, shared=3, audio_s=2.0)


def test_jobs_are_counted_by_their_kind() -> None:
    tally = Tally()
    for kind in (JobKind.FINAL, JobKind.PARTIAL, JobKind.PARTIAL):
        tally.note(replace(PARTIAL, kind=kind), CLEAR)
    assert {kind: work.jobs for kind, work in tally.work.items()} == {"final": 1, "partial": 2, "background": 0}


def test_their_audio_and_their_share_of_the_calls_add_up() -> None:
    tally = Tally()
    for _ in range(2):
        tally.note(PARTIAL, CLEAR)
    work = tally.work["partial"]
    assert (work.audio_s, work.waited_s, work.worked_s) == (4.0, 1.0, 0.5)


@pytest.mark.parametrize(("waited_s", "place"), [(0.0, 0), (0.01, 0), (0.02, 1), (10.0, 6), (99.0, 7)])
def test_a_wait_is_counted_in_the_first_class_that_it_does_not_exceed(waited_s: float, place: int) -> None:
    tally = Tally()
    tally.note(replace(PARTIAL, waited_s=waited_s), CLEAR)
    assert tally.work["partial"].waits == [int(index == place) for index in range(len(WAIT_BOUNDS_S) + 1)]


def test_a_job_that_failed_is_one_of_the_jobs() -> None:
    tally = Tally()
    tally.note(PARTIAL, EngineError("It failed."))
    assert (tally.work["partial"].jobs, tally.work["partial"].failed) == (1, 1)


def test_what_guards_did_is_counted() -> None:
    tally = Tally()
    for acts in ((GuardAction.LOOP, GuardAction.WIDENED), (GuardAction.LOOP,)):
        tally.note(PARTIAL, replace(CLEAR, guard_actions=acts))
    assert (tally.guards[GuardAction.LOOP], tally.guards[GuardAction.WIDENED]) == (2, 1)


def test_of_a_final_only_what_was_cut_is_news() -> None:
    tally = Tally()
    tally.sent(replace(CLEAR, guard_actions=(GuardAction.LOOP, GuardAction.REPEAT)))
    assert (tally.finals, tally.guards[GuardAction.LOOP], tally.guards[GuardAction.REPEAT]) == (1, 0, 1)
