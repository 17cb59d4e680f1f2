"""Room for so many requests at once; others have to come back."""

from collections.abc import Iterator
from contextlib import contextmanager

from theresa_server.endpoints.http.errors import Rejected
from theresa_server.serving.admission import Refused


class ConcurrencyLimit:
    """So many places; ``refused`` is who comes when all are taken."""

    def __init__(self, count: int, refused: Refused) -> None:
        self._free = count
        self._refused = refused

    @contextmanager
    def take(self) -> Iterator[None]:
        """A place, for the time of this context. Raises ``Rejected``: nobody waits for one."""
        if not self._free:
            raise Rejected(self._refused)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
