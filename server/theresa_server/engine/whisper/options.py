"""The options of a speech model: which model to load, and on what hardware."""

from dataclasses import dataclass
from pathlib import Path

from theresa_server.engine.whisper.features import ContextMode

DEVICES = ("auto", "cpu", "cuda")

CONTEXT_MODES: tuple[ContextMode, ...] = ("auto", "full", "short")

COMPUTE_TYPES = (
    "auto",
    "int8",
    "int8_float32",
    "int8_float16",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
)
"""CTranslate2's compute types, see its documentation on quantization; ``auto`` chooses by device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Which model to load, and on what hardware.

    Raises:
        ValueError: a value is out of its range.
    """

    model: str = "base"
    """A name known to faster-whisper, a hub repository, a directory, or ``demo``."""
    name: str | None = None
    """The name clients use; ``None`` takes the declared name, or else ``model``."""
    device: str = "auto"
    """``auto`` (CUDA if a device is available, else the CPU), ``cpu`` or ``cuda``."""
    device_index: tuple[int, ...] = (0,)
    """The CUDA devices; each one gets a copy of the model."""
    compute_type: str = "auto"
    """One of ``COMPUTE_TYPES``; ``auto`` is int8 on a CPU, and int8_float16 or else float16 on CUDA."""
    workers: int = 0
    """Batches that run in parallel on each device; 0 chooses one per core, up to four, on a CPU, and 1 on CUDA."""
    cpu_threads: int = 0
    """Threads of each CPU worker; 0 divides the cores among the workers.

    On two cores, two workers of one thread are faster than one worker of two threads, even for a single job.
    """
    max_batch: int = 0
    """Jobs per batch; 0 chooses 4 on a CPU and 16 on CUDA."""
    cache: Path | None = None
    """The folder of the model cache; ``None`` is the default folder."""
    condition_on_previous_text: bool | None = None
    """Whether a segment is decoded with the text of the previous one; ``None`` takes the declaration, or else yes."""
    encoder_context: ContextMode = "auto"
    """Which jobs get an encoder window shorter than Whisper's 30 s."""
    encoder_floor_ms: int | None = None
    """The shortest window; ``None`` takes the declared one, or else 10 s."""
    encoder_margin_ms: int | None = None
    """The silence after the speech; ``None`` takes the declared one, or else 2 s."""

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ValueError(f"device must be one of {', '.join(DEVICES)}, not {self.device!r}")
        if self.compute_type not in COMPUTE_TYPES:
            raise ValueError(f"compute_type must be one of {', '.join(COMPUTE_TYPES)}, not {self.compute_type!r}")
        if not self.device_index or min(self.device_index) < 0 or len({*self.device_index}) < len(self.device_index):
            raise ValueError("device_index must list at least one device, without duplicates or negative numbers")
        if self.encoder_context not in CONTEXT_MODES:
            raise ValueError(f"encoder_context must be one of {', '.join(CONTEXT_MODES)}, not {self.encoder_context!r}")
        if min(self.workers, self.cpu_threads, self.max_batch) < 0:
            raise ValueError("workers, cpu_threads and max_batch must not be negative")
