"""How much of a recording is taken, and how many at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """The limits of one server.

    Attributes:
        max_bytes: size of a recording.
        max_s: its length in seconds.
        at_once: how many recordings are transcribed at the same time.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_s: int = 4 * 3600
    at_once: int = 4

    @property
    def waiting(self) -> int:
        """How many more may be uploaded meanwhile and wait for their turn."""
        return 2 * self.at_once
