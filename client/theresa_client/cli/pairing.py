"""A final and its entities belong together on the screen and come as two messages: which finals wait, and how long."""

from dataclasses import dataclass

from theresa_client.transcript import Segment

HOLD_S = 1.0
"""How long a final waits for its entities; they follow within a tenth of that from a server that is well."""
MAX_HELD = 100


@dataclass(frozen=True)
class _Held:
    segment: Segment
    deadline_s: float


class Pairing:
    """Keeps the finals of a session back until their entities are there: in order, none lost, none for long.

    Once entities are late or the server says that it has none, nothing is kept back until some come again. Without
    ``wanted`` nothing ever is. Times are seconds of any clock that only goes forward.
    """

    def __init__(self, *, wanted: bool, hold_s: float = HOLD_S) -> None:
        self._hold_s = hold_s
        self._wanted = wanted
        self._trusting = wanted
        self._held: dict[int, _Held] = {}
        self._shown: set[int] = set()

    @property
    def deadline_s(self) -> float | None:
        """When ``due`` has something to say; ``None`` while nothing waits."""
        return next((held.deadline_s for held in self._held.values()), None)

    def shown(self, segment: Segment) -> bool:
        """Whether a final was given out before: what is new of it comes too late."""
        return segment.final and segment.number in self._shown

    def add(self, segment: Segment, now_s: float) -> list[Segment]:
        """Take in a segment that has changed; returns the finals to be shown now, in the order in which they came."""
        if segment.searched:
            self._trusting = self._wanted
        if not segment.final or self.shown(segment):
            return []
        known = self._held.get(segment.number)
        hold_s = self._hold_s if self._trusting and segment.text.strip() else 0.0
        self._held[segment.number] = _Held(segment, known.deadline_s if known else now_s + hold_s)
        return self.due(now_s)

    def due(self, now_s: float) -> list[Segment]:
        """The finals to be shown by now: those that are complete, and those that have waited long enough."""
        ready = []
        while self._held:
            number, held = next(iter(self._held.items()))
            if not held.segment.searched and held.deadline_s > now_s and len(self._held) <= MAX_HELD:
                break
            ready.append(self._give_out(number))
        return ready

    def release(self) -> list[Segment]:
        """Every final that waits: no entities will come, for now or for good."""
        self._trusting = False
        return [self._give_out(number) for number in list(self._held)]

    def _give_out(self, number: int) -> Segment:
        segment = self._held.pop(number).segment
        self._shown.add(number)
        if segment.text.strip() and not segment.searched:
            self._trusting = False
        return segment
