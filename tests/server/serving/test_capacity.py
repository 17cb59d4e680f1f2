"""The estimate of how many speakers a model can handle."""

from collections.abc import Sequence

import pytest

from tests.doubles import Gate
from theresa_server.serving.capacity import UTTERANCE_S, estimate_speakers, speakers_from_costs
from theresa_server.speech.recognition import DecodeJob, Hypothesis


@pytest.mark.parametrize(
    ("partial_s", "final_s", "interval_ms", "number"),
    [(0.02, 0.16, 500, 10), (0.02, 0.16, 1_000, 13), (9.0, 9.0, 500, 1)],
)
def test_the_estimate_follows_from_the_cost_of_partials_and_finals(
    partial_s: float, final_s: float, interval_ms: int, number: int
) -> None:
    assert speakers_from_costs(partial_s, final_s, interval_ms) == number


def test_the_trial_decodes_a_batch_of_partials_and_a_final() -> None:
    class Recorder(Gate):
        def __init__(self) -> None:
            super().__init__()
            self.opened.set()
            self.decoded: set[tuple[int, bool, int]] = set()

        def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
            self.decoded |= {(len(jobs), job.final, job.pcm.size) for job in jobs}
            return super().transcribe(jobs)

    model = Recorder()

    assert estimate_speakers(model, 500) > 1
    assert model.decoded == {(2, False, UTTERANCE_S * 8_000), (1, True, UTTERANCE_S * 16_000)}
