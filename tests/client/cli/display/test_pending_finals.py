"""Which finals wait for their entities, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tests.client.peer import entities, entity, final, partial
from theresa_client.cli.display.pending_finals import MAX_PENDING, MAX_WAIT_S, PendingFinals
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import AnyServerMessage


@dataclass
class Screen:
    """What is shown of a session, with a clock that the test controls."""

    pending: PendingFinals = field(default_factory=lambda: PendingFinals(wanted=True))
    transcript: Transcript = field(default_factory=Transcript)
    now_s: float = 10.0
    finals: list[Segment] = field(default_factory=list)
    late: list[int] = field(default_factory=list)

    def receive(self, *messages: AnyServerMessage) -> None:
        for message in messages:
            segment = self.transcript.apply(message)
            if segment is None:
                continue
            if self.pending.was_released(segment):
                self.late.append(segment.number)
            self.finals += self.pending.add(segment, self.now_s)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.finals += self.pending.due(self.now_s)

    @property
    def shown(self) -> list[tuple[int, bool]]:
        return [(segment.number, segment.searched) for segment in self.finals]


def test_a_final_waits_for_its_entities() -> None:
    screen = Screen()
    screen.receive(final("陈静。"))
    assert screen.shown == []
    screen.receive(entities(entity("PERSON", "陈静")))
    assert screen.shown == [(0, True)]


def test_a_final_waits_for_a_limited_time() -> None:
    screen = Screen()
    screen.receive(final("x"))
    assert screen.pending.deadline_s == screen.now_s + MAX_WAIT_S
    screen.wait(MAX_WAIT_S)
    assert screen.shown == [(0, False)]


def test_no_final_waits_if_no_entities_were_requested() -> None:
    screen = Screen(PendingFinals(wanted=False))
    screen.receive(final("x"))
    assert screen.shown == [(0, False)]


def test_a_final_without_text_does_not_wait() -> None:
    screen = Screen()
    screen.receive(final(""))
    assert screen.shown == [(0, False)]


def test_an_open_segment_is_not_pending() -> None:
    screen = Screen()
    screen.receive(partial("陈静"), entities(entity("PERSON", "陈静"), final=False))
    assert (screen.shown, screen.pending.deadline_s) == ([], None)


def test_finals_keep_their_order() -> None:
    screen = Screen()
    screen.receive(final("a"), final("b", segment=1), final("", segment=2), entities(segment=1))
    assert screen.shown == []
    screen.receive(entities())
    assert screen.shown == [(0, True), (1, True), (2, False)]


def test_after_late_entities_finals_do_not_wait_until_entities_arrive_again() -> None:
    screen = Screen()
    screen.receive(final("a"))
    screen.wait(MAX_WAIT_S)
    screen.receive(final("b", segment=1))
    assert screen.shown == [(0, False), (1, False)]

    screen.receive(entities(), final("c", segment=2))

    assert screen.late == [0]
    assert screen.shown == [(0, False), (1, False)]


def test_finals_do_not_wait_after_release_all() -> None:
    screen = Screen()
    screen.receive(final("a"))
    screen.finals += screen.pending.release_all()
    screen.receive(final("b", segment=1))
    assert screen.shown == [(0, False), (1, False)]


def test_the_number_of_pending_finals_is_limited() -> None:
    screen = Screen()
    screen.receive(*(final("x", segment=number) for number in range(MAX_PENDING + 1)))
    assert screen.shown == [(0, False)]


STEPS = st.lists(st.one_of(st.integers(0, 9), st.floats(0, 2 * MAX_WAIT_S), st.none()), max_size=60)


@given(st.lists(st.sampled_from(["", "x"]), min_size=1, max_size=10), STEPS)
def test_every_final_is_released_once_in_order_and_no_list_is_lost(
    texts: Sequence[str], steps: list[int | float | None]
) -> None:
    """A step is the next final (``None``), a list of entities (its segment), or a wait (seconds)."""
    screen, received = Screen(), 0
    come_s: list[float] = []
    listed: set[int] = set()
    for step in steps:
        match step:
            case None if received < len(texts):
                come_s.append(screen.now_s)
                screen.receive(final(texts[received], segment=received))
                received += 1
            case int() if step < received and texts[step]:
                listed.add(step)
                screen.receive(entities(segment=step))
            case float():
                screen.wait(step)
        assert all(screen.now_s < come_s[number] + MAX_WAIT_S for number in range(len(screen.finals), received))
        assert (screen.pending.deadline_s is None) == (len(screen.finals) == received)
    screen.finals += screen.pending.release_all()
    assert [number for number, _ in screen.shown] == list(range(received))
    assert sorted([number for number, searched in screen.shown if searched] + screen.late) == sorted(listed)
