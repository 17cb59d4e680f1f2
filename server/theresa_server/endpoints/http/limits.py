"""A limit on the number of requests processed at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager

from theresa_server.endpoints.http.errors import RequestRefused
from theresa_server.serving.admission import Refusal


class ConcurrencyLimit:
    """A fixed number of slots. Requests beyond it are refused, not queued."""

    def __init__(self, slots: int, refusal: Refusal) -> None:
        self._free = slots
        self._refusal = refusal

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Hold a slot inside the context.

        Raises:
            RequestRefused: when no slot is free.
        """
        if not self._free:
            raise RequestRefused(self._refusal)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
