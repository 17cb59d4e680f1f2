"""Who is decoded next."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.schedule import ALWAYS_LIKE_SAMPLES, FINALS_IN_A_ROW, LIKE_LENGTH_RATIO, Schedule, Ticket

SECOND = 16_000

sessions = st.sampled_from("abcd")
tickets = st.builds(
    Ticket[int],
    session=sessions,
    final=st.booleans(),
    samples=st.integers(1, 30 * SECOND),
    payload=st.integers(),
)


def final(session: str, payload: int = 0, seconds: float = 1) -> Ticket[int]:
    return Ticket(session, True, int(seconds * SECOND), payload)


def partial(session: str, payload: int = 0, seconds: float = 1) -> Ticket[int]:
    return Ticket(session, False, int(seconds * SECOND), payload)


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


@given(st.lists(tickets), st.integers(1, 8))
def test_a_partial_waits_for_no_more_than_a_few_batches_of_finals(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    for ticket in added:
        schedule.add(ticket)
    kinds = ["final" if batch[0].final else "partial" for batch in drained(schedule, size)]
    partials = kinds.count("partial")
    for at in range(len(kinds) - FINALS_IN_A_ROW):
        if kinds[:at].count("partial") < partials:  # one waits still
            assert "partial" in kinds[at : at + FINALS_IN_A_ROW + 1]


@given(st.lists(tickets), st.integers(1, 8))
def test_finals_of_a_session_keep_their_order(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    for ticket in added:
        schedule.add(ticket)
    out = [ticket for batch in drained(schedule, size) for ticket in batch if ticket.final]
    for session in "abcd":
        assert [t for t in out if t.session == session] == [t for t in added if t.final and t.session == session]


@given(st.lists(tickets), st.integers(1, 8))
def test_a_batch_is_of_one_kind_and_of_like_lengths(added: list[Ticket[int]], size: int) -> None:
    schedule = Schedule[int]()
    for ticket in added:
        schedule.add(ticket)
    for batch in drained(schedule, size):
        lengths = [ticket.samples for ticket in batch]
        assert len(batch) <= size
        assert len({ticket.final for ticket in batch}) == 1
        assert max(lengths) <= max(ALWAYS_LIKE_SAMPLES, LIKE_LENGTH_RATIO * min(lengths))
