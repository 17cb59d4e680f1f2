"""What has been done on one model since it was loaded, counted for its operator. Pure."""

from bisect import bisect_left
from dataclasses import dataclass, field

from theresa_server.engine.pressure import FinishedJob
from theresa_server.speech.guards import GuardAction, GuardCounters
from theresa_server.speech.recognition import EngineError, Hypothesis, JobKind

WAIT_BOUNDS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""How long jobs waited is told in classes: up to each of these, and beyond the last."""


@dataclass(slots=True)
class WorkDone:
    """Jobs of one kind: the audio in them, how long they had waited and how long the model worked on them."""

    jobs: int = 0
    failed: int = 0
    audio_s: float = 0.0
    waited_s: float = 0.0
    worked_s: float = 0.0
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAIT_BOUNDS_S) + 1))
    """How many jobs there are in each class of waits."""


class Tally:
    """Figures that only grow."""

    def __init__(self) -> None:
        self.work: dict[JobKind, WorkDone] = {kind: WorkDone() for kind in JobKind}
        self.guards = GuardCounters()
        self.finals = 0

    def note(self, served: FinishedJob, outcome: Hypothesis | EngineError) -> None:
        """Take in a job that is done."""
        work = self.work[served.kind]
        work.jobs += 1
        work.audio_s += served.audio_s
        work.waited_s += served.waited_s
        work.worked_s += served.call_s / served.shared
        work.waits[bisect_left(WAIT_BOUNDS_S, served.waited_s)] += 1
        if isinstance(outcome, EngineError):
            work.failed += 1
        else:
            self.guards = self.guards.incremented(outcome.guard_actions)

    def sent(self, final: Hypothesis) -> None:
        """Take in a final that goes out; what was cut from it is known only then."""
        self.finals += 1
        if GuardAction.REPEAT in final.guard_actions:
            self.guards = self.guards.incremented([GuardAction.REPEAT])
