"""The choice of device, compute type and threads."""

import os
from typing import Any

import ctranslate2
import pytest

from theresa_server.engine.whisper.devices import choose_compute_type, choose_device, choose_workers
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.speech.recognition import ModelError


def test_a_missing_cuda_device_is_an_error() -> None:
    message = "there is no CUDA device 99" if ctranslate2.get_cuda_device_count() else "no CUDA device is visible"
    with pytest.raises(ModelError, match=message):
        choose_device(EngineOptions(device="cuda", device_index=(99,)))


def test_the_error_for_an_unsupported_compute_type_lists_the_supported_ones() -> None:
    with pytest.raises(ModelError, match="use auto or one of "):
        choose_compute_type(EngineOptions(compute_type="float16"), "cpu")


def test_a_cpu_computes_in_int8() -> None:
    assert choose_compute_type(EngineOptions(), "cpu") == "int8"


def test_given_workers_and_threads_are_used() -> None:
    assert choose_workers(EngineOptions(workers=3, cpu_threads=2), "cpu") == (3, 2)


def test_workers_and_threads_do_not_exceed_the_cores() -> None:
    workers, threads = choose_workers(EngineOptions(), "cpu")
    assert 1 <= workers <= 4
    assert 1 <= workers * threads <= max(1, os.cpu_count() or 1)


def test_more_threads_than_cores_leave_one_worker() -> None:
    assert choose_workers(EngineOptions(cpu_threads=256), "cpu") == (1, 256)


@pytest.mark.parametrize(
    "invalid",
    [
        {"device": "tpu"},
        {"compute_type": "int4"},
        {"device_index": ()},
        {"device_index": (0, 0)},
        {"device_index": (-1,)},
        {"workers": -1},
    ],
)
def test_invalid_options_are_rejected(invalid: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        EngineOptions(**invalid)
