"""The order in which jobs are decoded."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.scheduler import (
    IDLE_BATCHES,
    MAX_CONSECUTIVE_FINALS,
    MAX_CONSECUTIVE_LIVE,
    MAX_LENGTH_RATIO,
    SHORT_SAMPLES,
    SMALL_BATCH_SAMPLES,
    QueuedJob,
    Scheduler,
)
from theresa_server.speech.recognition import JobKind

SECOND = 16_000

sessions = st.sampled_from("abcd")
live = st.builds(
    QueuedJob[int],
    session=sessions,
    kind=st.sampled_from([JobKind.PARTIAL, JobKind.FINAL]),
    samples=st.integers(1, 30 * SECOND),
    payload=st.integers(),
)
files = st.builds(
    QueuedJob[int],
    session=sessions,
    kind=st.just(JobKind.BACKGROUND),
    samples=st.integers(1, 30 * SECOND),
    payload=st.integers(),
)
jobs = live | files


def final(session: str, payload: int = 0, seconds: float = 1) -> QueuedJob[int]:
    return QueuedJob(session, JobKind.FINAL, int(seconds * SECOND), payload)


def partial(session: str, payload: int = 0, seconds: float = 1) -> QueuedJob[int]:
    return QueuedJob(session, JobKind.PARTIAL, int(seconds * SECOND), payload)


def background(session: str, payload: int = 0, seconds: float = 1) -> QueuedJob[int]:
    return QueuedJob(session, JobKind.BACKGROUND, int(seconds * SECOND), payload)


def drain(scheduler: Scheduler[int], size: int) -> list[list[QueuedJob[int]]]:
    batches = []
    while batch := scheduler.pop_batch(size):
        batches.append(batch)
    return batches


def test_an_empty_queue_has_no_batch() -> None:
    assert Scheduler[int]().pop_batch(4) == []


def test_a_final_goes_before_an_earlier_partial_of_another_session() -> None:
    scheduler = Scheduler[int]()
    scheduler.add(partial("a", 1))
    scheduler.add(final("b", 2))
    assert [[job.payload for job in batch] for batch in drain(scheduler, 4)] == [[2], [1]]


def test_sessions_take_turns_however_many_finals_one_has() -> None:
    scheduler = Scheduler[int]()
    for number in range(3):
        scheduler.add(final("busy", number))
    scheduler.add(final("quiet", 10))
    assert [batch[0].payload for batch in drain(scheduler, 1)] == [0, 10, 1, 2]


def test_a_newer_partial_replaces_the_older_and_keeps_its_place() -> None:
    scheduler = Scheduler[int]()
    old = partial("a", 1)
    scheduler.add(old)
    scheduler.add(partial("b", 2))
    assert scheduler.add(partial("a", 3)) is old
    assert [job.payload for job in scheduler.pop_batch(4)] == [3, 2]


def test_a_short_job_is_not_padded_to_a_long_one() -> None:
    scheduler = Scheduler[int]()
    scheduler.add(final("a", 1, seconds=28))
    scheduler.add(final("b", 2, seconds=3))
    assert [len(batch) for batch in drain(scheduler, 4)] == [1, 1]


def test_a_queued_job_can_be_removed() -> None:
    scheduler = Scheduler[int]()
    job = final("a")
    scheduler.add(job)
    assert (scheduler.remove(job), scheduler.remove(job), len(scheduler)) == (True, False, 0)


def test_the_partial_of_a_session_can_be_removed() -> None:
    scheduler = Scheduler[int]()
    job = partial("a")
    scheduler.add(job)
    scheduler.add(final("a"))
    assert scheduler.remove_partial("a") is job
    assert scheduler.remove_partial("a") is None
    assert len(scheduler) == 1


@given(st.lists(jobs), st.integers(1, 8))
def test_every_job_is_decoded_once_unless_it_is_replaced(added: list[QueuedJob[int]], size: int) -> None:
    scheduler = Scheduler[int]()
    replaced = [old for job in added if (old := scheduler.add(job)) is not None]
    out = [job for batch in drain(scheduler, size) for job in batch]
    assert sorted(map(id, out + replaced)) == sorted(map(id, added))
    assert len(scheduler) == 0


@given(st.lists(live), st.integers(1, 8))
def test_a_partial_waits_for_no_more_than_a_few_batches_of_finals(added: list[QueuedJob[int]], size: int) -> None:
    scheduler = Scheduler[int]()
    for job in added:
        scheduler.add(job)
    kinds = [batch[0].kind for batch in drain(scheduler, size)]
    partials = kinds.count(JobKind.PARTIAL)
    for at in range(len(kinds) - MAX_CONSECUTIVE_FINALS):
        if kinds[:at].count(JobKind.PARTIAL) < partials:  # one still waits
            assert JobKind.PARTIAL in kinds[at : at + MAX_CONSECUTIVE_FINALS + 1]


@given(st.lists(jobs), st.integers(1, 8))
def test_finals_of_a_session_keep_their_order(added: list[QueuedJob[int]], size: int) -> None:
    scheduler = Scheduler[int]()
    for job in added:
        scheduler.add(job)
    out = [job for batch in drain(scheduler, size) for job in batch]
    for mine in ((session, kind) for session in "abcd" for kind in (JobKind.FINAL, JobKind.BACKGROUND)):
        assert [t for t in out if (t.session, t.kind) == mine] == [t for t in added if (t.session, t.kind) == mine]


@given(st.lists(jobs), st.integers(1, 8))
def test_a_batch_holds_jobs_of_one_kind_and_similar_length(added: list[QueuedJob[int]], size: int) -> None:
    scheduler = Scheduler[int]()
    for job in added:
        scheduler.add(job)
    for batch in drain(scheduler, size):
        lengths = [job.samples for job in batch]
        assert len(batch) <= size
        assert len({job.kind for job in batch}) == 1
        assert max(lengths) <= max(SHORT_SAMPLES, MAX_LENGTH_RATIO * min(lengths))


def test_a_live_final_beside_five_recordings_is_next() -> None:
    scheduler = Scheduler[int]()
    for recording in "abcde":
        for _ in range(4):
            scheduler.add(background(recording, 1, seconds=25))
    scheduler.pop_batch(4)
    scheduler.add(final("live", 2))
    assert [job.payload for job in scheduler.pop_batch(4)] == [2]


def test_a_live_partial_goes_before_recordings() -> None:
    scheduler = Scheduler[int]()
    scheduler.add(background("file", 1))
    scheduler.add(partial("live", 2))
    assert [[job.payload for job in batch] for batch in drain(scheduler, 4)] == [[2], [1]]


def test_recordings_take_turns_and_share_batches() -> None:
    scheduler = Scheduler[int]()
    for number in range(3):
        scheduler.add(background("long", number))
    scheduler.add(background("short", 10))
    assert [[job.payload for job in batch] for batch in drain(scheduler, 2)] == [[0, 10], [1, 2]]


def test_a_background_job_can_be_removed() -> None:
    scheduler = Scheduler[int]()
    job = background("file")
    scheduler.add(job)
    assert (scheduler.remove(job), scheduler.remove(job), len(scheduler)) == (True, False, 0)


@given(files, st.lists(live, min_size=1), st.integers(1, 8))
def test_live_jobs_do_not_starve_a_recording(waiting: QueuedJob[int], added: list[QueuedJob[int]], size: int) -> None:
    scheduler = Scheduler[int]()
    scheduler.add(waiting)
    for _ in range(MAX_CONSECUTIVE_LIVE):
        for job in added:
            scheduler.add(job)
        assert waiting not in scheduler.pop_batch(size)
    scheduler.add(final("live"))
    assert scheduler.pop_batch(size) == [waiting]


@given(st.lists(files, min_size=1), st.integers(1, 8), st.integers(1, IDLE_BATCHES))
def test_background_batches_are_small_while_live_jobs_arrive(
    added: list[QueuedJob[int]], size: int, batches: int
) -> None:
    scheduler = Scheduler[int]()
    scheduler.add(final("live"))
    scheduler.pop_batch(size)
    for job in added:
        scheduler.add(job)
    for _ in range(batches):
        batch = scheduler.pop_batch(size)
        assert len(batch) <= 1 or sum(job.samples for job in batch) <= SMALL_BATCH_SAMPLES


def test_background_batches_are_large_without_live_jobs() -> None:
    scheduler = Scheduler[int]()
    for _ in range(8):
        scheduler.add(background("file", seconds=25))
    assert [len(batch) for batch in drain(scheduler, 8)] == [8]


def test_background_batches_are_large_again_after_a_while_without_live_jobs() -> None:
    scheduler = Scheduler[int]()
    scheduler.add(final("live"))
    scheduler.pop_batch(4)
    for _ in range(IDLE_BATCHES + 4):
        scheduler.add(background("file", seconds=25))
    assert [len(batch) for batch in drain(scheduler, 4)] == [1] * IDLE_BATCHES + [4]
