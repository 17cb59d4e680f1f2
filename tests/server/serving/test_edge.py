"""Places for connections, and the budget for small frames. Time is given, so that nothing waits."""

from dataclasses import dataclass

import pytest

from theresa_server.serving.edge import Connections, EdgeLimits, FrameBudget, share

LIMITS = EdgeLimits(head_s=20, stall_s=60)


@dataclass(eq=False)
class Line:
    """A connection that only exists here."""

    address: str = "203.0.113.1"
    waiting_since_s: float | None = None
    unsent: int = 0
    late: bool = False
    aborted: bool = False

    def overdue(self, now_s: float) -> bool:
        """Whether a request has been due for too long."""
        return self.late

    def unsent_bytes(self) -> int:
        """What the client has not received."""
        return self.unsent

    def abort(self) -> None:
        """Close."""
        self.aborted = True


def of_many_addresses(count: int, waiting_since_s: float | None = None) -> list[Line]:
    return [Line(f"198.51.100.{number}", waiting_since_s) for number in range(count)]


def test_connections_up_to_the_maximum_are_admitted() -> None:
    connections = Connections(LIMITS, 3)
    assert [connections.admit(line, 0) for line in of_many_addresses(3)] == [True] * 3
    assert len(connections) == 3


def test_one_more_is_refused_while_all_serve_a_request() -> None:
    connections = Connections(LIMITS, 3)
    lines = of_many_addresses(4)
    assert [connections.admit(line, 0) for line in lines] == [True] * 3 + [False]
    assert not any(line.aborted for line in lines)


def test_the_connection_that_has_waited_longest_makes_room() -> None:
    connections = Connections(LIMITS, 3)
    lines = of_many_addresses(3)
    lines[0].waiting_since_s, lines[2].waiting_since_s = 5.0, 4.0
    for line in lines:
        connections.admit(line, 0)
    assert connections.admit(Line(), 6)
    assert [line.aborted for line in lines] == [False, False, True]
    assert len(connections) == 3


def test_a_place_that_was_left_is_free() -> None:
    connections = Connections(LIMITS, 1)
    first = Line()
    connections.admit(first, 0)
    connections.remove(first)
    connections.remove(first)
    assert connections.admit(Line(), 0)


def test_one_address_cannot_hold_all_places() -> None:
    connections = Connections(LIMITS, 8)
    assert [connections.admit(Line(), 0) for _ in range(8)].count(True) == share(8) == 6
    assert connections.admit(Line("198.51.100.1"), 0)


def test_an_address_at_its_share_loses_its_own_waiting_connections_only() -> None:
    connections = Connections(LIMITS, 8)
    other = Line("198.51.100.1", waiting_since_s=0)
    connections.admit(other, 0)
    own = [Line(waiting_since_s=1) for _ in range(7)]
    assert all(connections.admit(line, 1) for line in own)
    assert [line.aborted for line in own] == [True] + [False] * 6
    assert not other.aborted


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_proxy_on_this_machine_can_hold_all_places(address: str) -> None:
    connections = Connections(LIMITS, 8)
    assert all(connections.admit(Line(address), 0) for _ in range(8))


def test_an_overdue_connection_is_closed() -> None:
    connections = Connections(LIMITS, 8)
    line = Line(late=True)
    connections.admit(line, 0)
    connections.sweep(1)
    assert line.aborted
    assert len(connections) == 0


@pytest.mark.parametrize(
    ("unsent", "dropped"),
    [
        ([0] * 9, False),
        ([100] * 6, False),
        ([100] * 9, True),
        ([100, 200, 300, 400, 500, 600, 700, 800, 900], True),
        ([900, 800, 700, 600, 500, 400, 300, 200, 100], False),
        ([100, 100, 100, 100, 90, 100, 100, 100, 100], False),
        ([100, 100, 100, 100, 0, 100, 100, 100, 100], False),
    ],
    ids=["nothing", "for a minute", "longer", "more and more", "less and less", "less once", "none once"],
)
def test_a_client_that_does_not_read_for_a_minute_is_dropped(unsent: list[int], dropped: bool) -> None:
    connections = Connections(LIMITS, 8)
    line = Line()
    connections.admit(line, 0)
    for number, size in enumerate(unsent, start=1):
        line.unsent = size
        connections.sweep(10 * number)
    assert line.aborted is dropped


def test_a_burst_of_small_frames_is_within_the_budget() -> None:
    budget = FrameBudget(EdgeLimits(frame_burst=10, frames_per_s=2), 0)
    assert [budget.spend(0, 0) for _ in range(11)] == [True] * 10 + [False]


def test_the_budget_returns_with_time_up_to_the_burst() -> None:
    budget = FrameBudget(EdgeLimits(frame_burst=10, frames_per_s=2), 0)
    assert all(budget.spend(0, 0) for _ in range(10))
    assert [budget.spend(0, 1.5) for _ in range(4)] == [True, True, True, False]
    assert [budget.spend(0, 1_000) for _ in range(11)].count(True) == 10


def test_a_frame_costs_less_the_larger_it_is() -> None:
    budget = FrameBudget(EdgeLimits(frame_burst=10, frames_per_s=0), 0)
    assert [budget.spend(128, 0) for _ in range(21)] == [True] * 20 + [False]
