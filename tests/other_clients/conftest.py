"""The server that all clients of this folder talk to."""

from collections.abc import Iterator

import pytest

from tests.other_clients.expected import KEY
from tests.serving import RunningServer, serving
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=(KEY,)))) as running:
        yield running
