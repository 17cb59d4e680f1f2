"""A server process with the demo model, shared by all tests of the product as its users have it."""

from collections.abc import Iterator

import pytest

from tests.serving import process


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Address of the native protocol."""
    with process() as (_, http):
        yield http.replace("http", "ws") + "/v1/stream"
