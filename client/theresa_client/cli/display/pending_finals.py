"""Finals that wait for their entities, so that both appear together although they are two messages. Pure."""

from dataclasses import dataclass

from theresa_client.transcript import Segment

MAX_WAIT_S = 1.0
"""How long a final waits for its entities. A healthy server sends them within a tenth of that."""
MAX_PENDING = 100


@dataclass(frozen=True)
class _Pending:
    segment: Segment
    deadline_s: float


class PendingFinals:
    """Holds the finals of a session until their entities arrive: in order, without loss, and for a limited time.

    Once entities are late, or the server reports that it has none, finals are released at once until entities arrive
    again. Times are in seconds of any monotonic clock.

    Args:
        wanted: Whether the session requested entities. If not, finals are never held.
        max_wait_s: How long a final waits.
    """

    def __init__(self, *, wanted: bool, max_wait_s: float = MAX_WAIT_S) -> None:
        self._max_wait_s = max_wait_s
        self._wanted = wanted
        self._expected = wanted
        self._pending: dict[int, _Pending] = {}
        self._released: set[int] = set()

    @property
    def deadline_s(self) -> float | None:
        """When ``due`` has finals to release; ``None`` if nothing is pending."""
        return next((pending.deadline_s for pending in self._pending.values()), None)

    def was_released(self, segment: Segment) -> bool:
        """Return whether a final was released before, so that new entities are late."""
        return segment.final and segment.number in self._released

    def add(self, segment: Segment, now_s: float) -> list[Segment]:
        """Add a segment that has changed. Returns the finals to show now, in order of arrival."""
        if segment.searched:
            self._expected = self._wanted
        if not segment.final or self.was_released(segment):
            return []
        known = self._pending.get(segment.number)
        wait_s = self._max_wait_s if self._expected and segment.text.strip() else 0.0
        self._pending[segment.number] = _Pending(segment, known.deadline_s if known else now_s + wait_s)
        return self.due(now_s)

    def due(self, now_s: float) -> list[Segment]:
        """Release the finals that are complete, and those that have waited long enough."""
        ready = []
        while self._pending:
            number, pending = next(iter(self._pending.items()))
            if not pending.segment.searched and pending.deadline_s > now_s and len(self._pending) <= MAX_PENDING:
                break
            ready.append(self._release(number))
        return ready

    def release_all(self) -> list[Segment]:
        """Release every final, because no entities will arrive, for now or at all."""
        self._expected = False
        return [self._release(number) for number in list(self._pending)]

    def _release(self, number: int) -> Segment:
        segment = self._pending.pop(number).segment
        self._released.add(number)
        if segment.text.strip() and not segment.searched:
            self._expected = False
        return segment
