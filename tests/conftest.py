"""What all tests share: where things are, how Hypothesis searches, and a guard against blocking the event loop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

# The same examples every time; `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("deterministic", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile("deterministic")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared data beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the recordings in ../shared, which are not beside this checkout")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_blocking_calls() -> Iterator[BlockBuster]:
    """A blocking call of ours on the event loop raises ``BlockingError``."""
    with blockbuster_ctx(["theresa_protocol", "theresa_client", "theresa_server"]) as blockbuster:
        yield blockbuster
