"""Choose the device, the compute type and the threads of a model."""

import os

import ctranslate2

from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.speech.recognition import ModelError

_PREFERRED = {
    "cpu": ("int8", "int8_float32", "float32"),
    "cuda": ("int8_float16", "float16", "int8_float32", "float32"),
}


def choose_device(options: EngineOptions) -> str:
    """Return ``cpu`` or ``cuda``.

    Raises:
        ModelError: CUDA is requested and a device is missing.
    """
    count = 0 if options.device == "cpu" else ctranslate2.get_cuda_device_count()
    if options.device == "cpu" or (options.device == "auto" and count == 0):
        return "cpu"
    if count == 0:
        raise ModelError("no CUDA device is visible: use --device cpu, or check the driver and CUDA_VISIBLE_DEVICES.")
    if max(options.device_index) >= count:
        raise ModelError(f"there is no CUDA device {max(options.device_index)}: this machine has 0 to {count - 1}.")
    return "cuda"


def choose_compute_type(options: EngineOptions, device: str) -> str:
    """Return the compute type to use on a device.

    Raises:
        ModelError: the requested type is not supported; the message lists the supported ones.
    """
    supported = set.intersection(
        *(
            ctranslate2.get_supported_compute_types(device, index)
            for index in (options.device_index if device == "cuda" else (0,))
        )
    )
    if options.compute_type == "auto":
        return next((name for name in _PREFERRED[device] if name in supported), "default")
    if options.compute_type not in supported:
        raise ModelError(
            f"compute type {options.compute_type!r} is not supported on this machine's {device}: "
            f"use auto or one of {', '.join(sorted(supported))}."
        )
    return options.compute_type


def choose_workers(options: EngineOptions, device: str) -> tuple[int, int]:
    """Return the number of workers per device and of threads per worker."""
    if device == "cuda":
        return options.workers or 1, options.cpu_threads
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = options.workers or min(4, max(1, cores // max(1, options.cpu_threads)))
    return workers, options.cpu_threads or max(1, cores // workers)
