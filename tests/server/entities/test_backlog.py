from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.backlog import BacklogEntry, EntityBacklog, EntityPriority

FINAL, REQUEST, PARTIAL = EntityPriority


def backlog(*items: BacklogEntry[None]) -> EntityBacklog[None]:
    made: EntityBacklog[None] = EntityBacklog()
    for item in items:
        made.add(item)
    return made


def item(priority: EntityPriority, owner: int = 1, text: str = "好") -> BacklogEntry[None]:
    return BacklogEntry(owner, text, priority, None)


def test_finals_precede_requests_and_requests_precede_partials() -> None:
    partial, request, final = item(PARTIAL), item(REQUEST), item(FINAL)

    assert backlog(partial, request, final).next_batch(9, 99) == [final, request, partial]


def test_requests_of_two_owners_take_turns() -> None:
    a1, a2, b = item(REQUEST, 1), item(REQUEST, 1), item(REQUEST, 2)
    waiting = backlog(a1, a2, b)

    assert [waiting.next_batch(1, 99) for _ in range(3)] == [[a1], [b], [a2]]


def test_a_newer_partial_replaces_the_queued_one() -> None:
    old, new = item(PARTIAL), item(PARTIAL)
    waiting = backlog(old)

    assert waiting.add(new) is old
    assert waiting.next_batch(9, 99) == [new]


def test_requeued_entries_come_first() -> None:
    first, second = item(FINAL), item(FINAL, 2)
    waiting = backlog(second)
    waiting.requeue([first])

    assert waiting.next_batch(9, 99) == [first, second]


def test_a_newer_partial_replaces_a_requeued_one() -> None:
    old, new = item(PARTIAL), item(PARTIAL)
    waiting = backlog(new)

    assert waiting.requeue([old]) == [old]
    assert waiting.next_batch(9, 99) == [new]


def test_a_text_attempted_before_is_alone_in_its_batch() -> None:
    tried, fresh = item(FINAL), item(FINAL)
    tried.attempts = 1

    assert backlog(fresh, tried).next_batch(9, 99) == [fresh]
    assert backlog(tried, fresh).next_batch(9, 99) == [tried]


def test_a_batch_exceeds_its_character_limit_only_with_one_text() -> None:
    long, short = item(FINAL, text="好" * 50), item(FINAL, text="好" * 5)
    waiting = backlog(long, short)

    assert [waiting.next_batch(9, 10), waiting.next_batch(9, 10)] == [[long], [short]]


@given(st.lists(st.tuples(st.sampled_from(EntityPriority), st.integers(0, 3), st.text(max_size=5))), st.integers(1, 4))
def test_every_entry_that_is_not_replaced_is_in_one_batch(
    given_items: list[tuple[EntityPriority, int, str]], count: int
) -> None:
    items = [BacklogEntry(owner, text, priority, None) for priority, owner, text in given_items]
    waiting: EntityBacklog[None] = EntityBacklog()
    replaced = [waiting.add(one) for one in items]

    taken = []
    while batch := waiting.next_batch(count, 8):
        assert len(batch) <= count
        taken += batch

    assert len(waiting) == 0
    assert sorted(map(id, taken)) == sorted(id(one) for one in items if one not in replaced)


@given(
    st.lists(st.tuples(st.sampled_from(EntityPriority), st.integers(0, 3), st.booleans()), max_size=30),
    st.integers(1, 4),
)
def test_requeueing_neither_loses_nor_duplicates_entries(
    given_items: list[tuple[EntityPriority, int, bool]], count: int
) -> None:
    """Some batches are requeued, as when a worker fails."""
    waiting: EntityBacklog[None] = EntityBacklog()
    items, replaced = [], []
    for priority, owner, worker_fails in given_items:
        one = item(priority, owner)
        items.append(one)
        replaced.append(waiting.add(one))
        if worker_fails:
            replaced += waiting.requeue(waiting.next_batch(count, 8))

    taken = []
    while batch := waiting.next_batch(count, 8):
        taken += batch

    assert sorted(map(id, taken)) == sorted(id(one) for one in items if one not in replaced)


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 4))
def test_no_owner_of_requests_gets_ahead_of_a_waiting_one(owners: list[int], count: int) -> None:
    waiting = backlog(*(item(REQUEST, owner) for owner in owners))
    served = dict.fromkeys(owners, 0)
    left = {owner: owners.count(owner) for owner in owners}

    while batch := waiting.next_batch(count, 99):
        for one in batch:
            assert isinstance(one.owner, int)
            served[one.owner] += 1
            left[one.owner] -= 1
        behind = [served[owner] for owner in owners if left[owner]]
        assert max(served.values()) - min(behind, default=max(served.values())) <= 1
