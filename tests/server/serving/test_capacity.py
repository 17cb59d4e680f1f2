"""How many speakers a model is expected to carry."""

from collections.abc import Sequence

import pytest

from tests.doubles import Gate
from theresa_server.serving.capacity import SPEECH_S, expected, speakers
from theresa_server.speech.recognition import DecodeJob, Hypothesis


@pytest.mark.parametrize(
    ("partial_s", "final_s", "interval_ms", "number"),
    [(0.02, 0.16, 500, 10), (0.02, 0.16, 1_000, 13), (9.0, 9.0, 500, 1)],
)
def test_it_follows_from_what_partials_and_finals_cost(
    partial_s: float, final_s: float, interval_ms: int, number: int
) -> None:
    assert expected(partial_s, final_s, interval_ms) == number


def test_the_trial_is_a_batch_of_partials_and_a_final_on_speech() -> None:
    class Notes(Gate):
        def __init__(self) -> None:
            super().__init__()
            self.opened.set()
            self.heard: set[tuple[int, bool, int]] = set()

        def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
            self.heard |= {(len(jobs), job.final, job.pcm.size) for job in jobs}
            return super().transcribe(jobs)

    model = Notes()

    assert speakers(model, 500) > 1
    assert model.heard == {(2, False, SPEECH_S * 8_000), (1, True, SPEECH_S * 16_000)}
