"""Who is decoded next."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.schedule import (
    ALWAYS_LIKE_SAMPLES,
    FINALS_IN_A_ROW,
    LIKE_LENGTH_RATIO,
    LIVE_IN_A_ROW,
    QUIET_BATCHES,
    SMALL_SAMPLES,
    Schedule,
    Ticket,
)
from theresa_server.speech.recognition import JobKind

SECOND = 16_000

sessions = st.sampled_from("abcd")
live = st.builds(
    Ticket[int],
    session=sessions,
    kind=st.sampled_from([JobKind.PARTIAL, JobKind.FINAL]),
    samples=st.integers(1, 30 * SECOND),
    payload=st.integers(),
)
files = st.builds(
    Ticket[int],
    session=sessions,
    kind=st.just(JobKind.BACKGROUND),
    samples=st.integers(1, 30 * SECOND),
    payload=st.integers(),
)
tickets = live | files


def final(session: str, payload: int = 0, seconds: float = 1) -> Ticket[int]:
    return Ticket(session, JobKind.FINAL, int(seconds * SECOND), payload)


def partial(session: str, payload: int = 0, seconds: float = 1) -> Ticket[int]:
    return Ticket(session, JobKind.PARTIAL, int(seconds * SECOND), payload)


def background(session: str, payload: int = 0, seconds: float = 1) -> Ticket[int]:
    return Ticket(session, JobKind.BACKGROUND, int(seconds * SECOND), payload)


def drained(schedule: Schedule[int], size: int) -> list[list[Ticket[int]]]:
    batches = []
    while batch := schedule.next_batch(size):
        batches.append(batch)
    return batches


def test_an_empty_schedule_has_no_batch() -> None:
    assert Schedule[int]().next_batch(4) == []


def test_a_final_goes_before_an_earlier_partial_of_another_session() -> None:
    schedule = Schedule[int]()
    schedule.add(partial("a", 1))
    schedule.add(final("b", 2))
    assert [[ticket.payload for ticket in batch] for batch in drained(schedule, 4)] == [[2], [1]]


def test_sessions_take_turns_however_many_finals_one_has() -> None:
    schedule = Schedule[int]()
    for number in range(3):
        schedule.add(final("busy", number))
    schedule.add(final("quiet", 10))
    assert [batch[0].payload for batch in drained(schedule, 1)] == [0, 10, 1, 2]


def test_a_newer_partial_replaces_the_older_and_keeps_its_place() -> None:
    schedule = Schedule[int]()
    old = partial("a", 1)
    schedule.add(old)
    schedule.add(partial("b", 2))
    assert schedule.add(partial("a", 3)) is old
    assert [ticket.payload for ticket in schedule.next_batch(4)] == [3, 2]


def test_a_short_job_is_not_padded_to_a_long_one() -> None:
    schedule = Schedule[int]()
    schedule.add(final("a", 1, seconds=28))
    schedule.add(final("b", 2, seconds=3))
    assert [len(batch) for batch in drained(schedule, 4)] == [1, 1]


def test_a_ticket_can_be_taken_back() -> None:
    schedule = Schedule[int]()
    ticket = final("a")
    schedule.add(ticket)
    assert (schedule.remove(ticket), schedule.remove(ticket), len(schedule)) == (True, False, 0)


def test_the_partial_of_a_session_can_be_taken_back() -> None:
    schedule = Schedule[int]()
    ticket = partial("a")
    schedule.add(ticket)
    schedule.add(final("a"))
    assert schedule.remove_partial("a") is ticket
    assert schedule.remove_partial("a") is None
    assert len(schedule) == 1


@given(st.lists(tickets), st.integers(1, 8))
def test_every_ticket_comes_out_once_unless_it_was_replaced(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    replaced = [old for ticket in added if (old := schedule.add(ticket)) is not None]
    out = [ticket for batch in drained(schedule, size) for ticket in batch]
    assert sorted(map(id, out + replaced)) == sorted(map(id, added))
    assert len(schedule) == 0


@given(st.lists(live), st.integers(1, 8))
def test_a_partial_waits_for_no_more_than_a_few_batches_of_finals(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    for ticket in added:
        schedule.add(ticket)
    kinds = [batch[0].kind for batch in drained(schedule, size)]
    partials = kinds.count(JobKind.PARTIAL)
    for at in range(len(kinds) - FINALS_IN_A_ROW):
        if kinds[:at].count(JobKind.PARTIAL) < partials:  # one waits still
            assert JobKind.PARTIAL in kinds[at : at + FINALS_IN_A_ROW + 1]


@given(st.lists(tickets), st.integers(1, 8))
def test_finals_of_a_session_keep_their_order(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    for ticket in added:
        schedule.add(ticket)
    out = [ticket for batch in drained(schedule, size) for ticket in batch]
    for mine in ((session, kind) for session in "abcd" for kind in (JobKind.FINAL, JobKind.BACKGROUND)):
        assert [t for t in out if (t.session, t.kind) == mine] == [t for t in added if (t.session, t.kind) == mine]


@given(st.lists(tickets), st.integers(1, 8))
def test_a_batch_is_of_one_kind_and_of_like_lengths(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    for ticket in added:
        schedule.add(ticket)
    for batch in drained(schedule, size):
        lengths = [ticket.samples for ticket in batch]
        assert len(batch) <= size
        assert len({ticket.kind for ticket in batch}) == 1
        assert max(lengths) <= max(ALWAYS_LIKE_SAMPLES, LIKE_LENGTH_RATIO * min(lengths))


def test_a_live_final_beside_five_recordings_is_next() -> None:
    schedule = Schedule[int]()
    for recording in "abcde":
        for _ in range(4):
            schedule.add(background(recording, 1, seconds=25))
    schedule.next_batch(4)
    schedule.add(final("live", 2))
    assert [ticket.payload for ticket in schedule.next_batch(4)] == [2]


def test_a_live_partial_goes_before_recordings() -> None:
    schedule = Schedule[int]()
    schedule.add(background("file", 1))
    schedule.add(partial("live", 2))
    assert [[ticket.payload for ticket in batch] for batch in drained(schedule, 4)] == [[2], [1]]


def test_recordings_take_turns_and_share_batches() -> None:
    schedule = Schedule[int]()
    for number in range(3):
        schedule.add(background("long", number))
    schedule.add(background("short", 10))
    assert [[ticket.payload for ticket in batch] for batch in drained(schedule, 2)] == [[0, 10], [1, 2]]


def test_the_ticket_of_a_recording_can_be_taken_back() -> None:
    schedule = Schedule[int]()
    ticket = background("file")
    schedule.add(ticket)
    assert (schedule.remove(ticket), schedule.remove(ticket), len(schedule)) == (True, False, 0)


@given(files, st.lists(live, min_size=1), st.integers(1, 8))
def test_a_recording_is_not_starved_by_live_jobs(waiting: Ticket[int], added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    schedule.add(waiting)
    for _ in range(LIVE_IN_A_ROW):
        for ticket in added:
            schedule.add(ticket)
        assert waiting not in schedule.next_batch(size)
    schedule.add(final("live"))
    assert schedule.next_batch(size) == [waiting]


@given(st.lists(files, min_size=1), st.integers(1, 8), st.integers(1, QUIET_BATCHES))
def test_batches_of_recordings_are_small_while_live_jobs_are_about(
    added: list[Ticket[int]], size: int, batches: int
) -> None:
    schedule = Schedule[int]()
    schedule.add(final("live"))
    schedule.next_batch(size)
    for ticket in added:
        schedule.add(ticket)
    for _ in range(batches):
        batch = schedule.next_batch(size)
        assert len(batch) <= 1 or sum(ticket.samples for ticket in batch) <= SMALL_SAMPLES


def test_batches_of_recordings_are_large_where_nobody_speaks() -> None:
    schedule = Schedule[int]()
    for _ in range(8):
        schedule.add(background("file", seconds=25))
    assert [len(batch) for batch in drained(schedule, 8)] == [8]


def test_batches_of_recordings_are_large_again_once_nobody_has_spoken_for_a_while() -> None:
    schedule = Schedule[int]()
    schedule.add(final("live"))
    schedule.next_batch(4)
    for _ in range(QUIET_BATCHES + 4):
        schedule.add(background("file", seconds=25))
    assert [len(batch) for batch in drained(schedule, 4)] == [1] * QUIET_BATCHES + [4]
