"""One server with the demo model, shared by all tests that need nothing special of it."""

from collections.abc import Iterator

import pytest

from tests.serving import RunningServer, serving


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    with serving() as running:
        yield running
